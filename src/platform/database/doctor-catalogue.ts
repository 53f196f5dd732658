import type pg from 'pg';
import { DATABASE_ROLES } from './database-connections.js';
import type { DatabaseRole } from './database-connections.js';
import { QUEUE_SCHEMA } from './shared-tables.js';

export interface KeyFacts {
  name: string;
  isPrimary: boolean;
  columns: string[];
}

export interface ReferenceFacts {
  name: string;
  columns: string[];
  target: string;
  targetColumns: string[];
  isValid: boolean;
  /** As in pg_constraint: a no action, r restrict, c cascade, n set null, d set default. */
  onDelete: string;
  onUpdate: string;
}

export interface PolicyFacts {
  name: string;
  permissive: string;
  roles: string[];
  cmd: string;
  qual: string | null;
  check: string | null;
}

export interface GrantFacts {
  role: DatabaseRole;
  privileges: string[];
  /** Columns that it may change, by a grant on the table or on the column. */
  changes: string[];
}

/** What Postgres's catalogue says of one table. */
export interface TableFacts {
  table: string;
  columns: Record<string, { type: string; isRequired: boolean }>;
  hasRowSecurity: boolean;
  isForced: boolean;
  isPartition: boolean;
  isUnlogged: boolean;
  keys: KeyFacts[];
  references: ReferenceFacts[];
  policies: PolicyFacts[];
  grants: GrantFacts[];
  triggers: string[];
}

const columnsOf = (relation: string, numbers: string) =>
  `ARRAY(SELECT a.attname::text FROM unnest(${numbers}) WITH ORDINALITY k(attnum, n)
         JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = k.attnum ORDER BY k.n)`;

const TABLES = `
SELECT c.oid::regclass::text AS table, c.relrowsecurity AS "hasRowSecurity", c.relforcerowsecurity AS "isForced",
  c.relispartition AS "isPartition", c.relpersistence = 'u' AS "isUnlogged",
  (SELECT coalesce(json_object_agg(a.attname, json_build_object(
      'type', format_type(a.atttypid, a.atttypmod), 'isRequired', a.attnotnull)), '{}')
   FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
  (SELECT coalesce(json_agg(json_build_object('name', i.indexrelid::regclass::text, 'isPrimary', i.indisprimary,
      'columns', ${columnsOf('c.oid', 'i.indkey')})), '[]')
   FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique) AS keys,
  (SELECT coalesce(json_agg(json_build_object('name', f.conname, 'target', f.confrelid::regclass::text,
      'columns', ${columnsOf('c.oid', 'f.conkey')}, 'targetColumns', ${columnsOf('f.confrelid', 'f.confkey')},
      'isValid', f.convalidated, 'onDelete', f.confdeltype, 'onUpdate', f.confupdtype)), '[]')
   FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f') AS references,
  (SELECT coalesce(json_agg(json_build_object('name', p.policyname, 'permissive', p.permissive, 'roles', p.roles,
      'cmd', p.cmd, 'qual', p.qual, 'check', p.with_check)), '[]')
   FROM pg_policies p WHERE p.schemaname = n.nspname AND p.tablename = c.relname) AS policies,
  (SELECT coalesce(json_agg(json_build_object('role', r.rolname,
      'privileges', ARRAY(SELECT privilege FROM unnest($2::text[]) privilege WHERE has_table_privilege(r.oid, c.oid, privilege)),
      'changes', ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
                       AND NOT a.attisdropped AND has_column_privilege(r.oid, c.oid, a.attnum, 'UPDATE') ORDER BY 1))), '[]')
   FROM pg_roles r WHERE r.rolname = ANY ($1)) AS grants,
  ARRAY(SELECT t.tgname::text FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal) AS triggers
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg\\_temp%'
  AND n.nspname <> $3
  AND (NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
       OR EXISTS (SELECT FROM pg_roles r WHERE r.rolname = ANY ($1) AND has_schema_privilege(r.oid, n.oid, 'USAGE')
                  AND (has_table_privilege(r.oid, c.oid, array_to_string($2::text[], ','))
                       OR has_any_column_privilege(r.oid, c.oid, 'SELECT,INSERT,UPDATE'))))
ORDER BY 1`;

export const PRIVILEGES = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'];

/**
 * Every table of the database, those of other schemas included, and those of extensions as far as a serving role reaches them:
 * what is there can be read. Not the job queue's, where the serving role has no right at all: see `doctor-queue.ts`.
 */
export async function readTables(owner: pg.ClientBase): Promise<TableFacts[]> {
  const { rows } = await owner.query<TableFacts>(TABLES, [DATABASE_ROLES, PRIVILEGES, QUEUE_SCHEMA]);
  return rows;
}
