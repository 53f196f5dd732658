import type { Leak } from '../phases/leaks.js';
import type { OtherColumns } from './baselines.js';
import type { Probe } from './probe.js';

/** What `verify` found, in one snapshot. Its JSON is for machines, and to be kept. */
export interface Certificate {
  ok: boolean;
  database: string;
  /** ISO 8601. */
  at: string;
  /** As `pg_current_snapshot()`. */
  snapshot: string;
  serverVersion: number;
  /** Phases that are finished. */
  phases: string[];
  organizations: number;
  tables: TableCertificate[];
  /** Tables that belong to everybody, by the plan. */
  shared: string[];
  /** Views and functions that show rows past their policies. Those that the application's role can reach are faults. */
  leaks: Leak[];
  /** In sentences, each with its table. Empty where all is well. */
  faults: string[];
}

export interface TableCertificate {
  table: string;
  rows: number;
  owned: number;
  /** Without an organization, and recorded as such. */
  quarantined: number;
  /** Without an organization, and nobody knew. */
  unowned: number;
  /** Rows that point to a row which does not exist. */
  dangling: number;
  /** Rows that point into another organization. */
  crossOrganization: number;
  /** Those of them that the plan knows of: by `conflicts: first`, another way decides. */
  accepted: number;
  otherColumns: OtherColumns;
  /** Null before there is row-level security. */
  probe: Probe | null;
}
