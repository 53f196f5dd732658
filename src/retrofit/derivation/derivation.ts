import type { Table } from '../catalogue/catalogue.js';

/** How the rows of one table come by their organization. Made of the plan and the catalogue by `deriveAll`. */
export interface Derivation {
  table: Table;
  /** The tables that hold its rows: itself, its partitions, or it and those that inherit from it. Partitioned tables hold none. */
  holders: Table[];
  /** In the order of precedence: the first that is not null counts. */
  answers: Answer[];
  /** Rows with two different answers get none, and are quarantined. */
  quarantinesConflicts: boolean;
  unowned: 'stop' | 'leave' | { give: string };
  /** The column may stay null: rows may belong to nobody. */
  isNullable: boolean;
  /** The column existed before; it is kept on rollback. */
  hasColumn: boolean;
}

export type Answer = ItselfAnswer | CopyAnswer | DefaultAnswer;

/** The row stands for an organization. */
export interface ItselfAnswer {
  kind: 'itself';
  /** SQL over the row's columns, or null for every row. */
  where: string | null;
  key: string[];
}

/** The organization of another row. */
export interface CopyAnswer {
  kind: 'copy';
  parent: Table;
  on: JoinedColumn[];
  /** The parent's column that says whose it is: the organization column, or the key where organizations themselves are pointed to. */
  owner: string;
  /** Whether at most one row can be found. */
  isUnique: boolean;
  /** Whether the database holds the join to be true: a foreign key, validated and not deferrable. */
  isEnforced: boolean;
}

export interface JoinedColumn {
  child: string;
  childType: string;
  parent: string;
  parentType: string;
  /** As in {@link Column.equals}. */
  equals: string;
  /** The type that both are compared as where it is not theirs; null where they are compared as they are. */
  as: string | null;
}

/** Everything of the table belongs to one organization. */
export interface DefaultAnswer {
  kind: 'default';
  id: string;
}
