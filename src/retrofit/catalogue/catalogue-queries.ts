import { SCHEMA } from '../database/sql.js';

/** A condition: the schema `n` is neither PostgreSQL's, nor the tool's. */
export const IS_USERS_SCHEMA = `n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', '${SCHEMA}')`;

/** A condition: the object did not come with an extension, which alone may change it. */
export function isNoExtensions(oid: string, catalogue: 'pg_class' | 'pg_proc'): string {
  return `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalogue}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;
}

/** Names of roles in an access control list, PUBLIC as `public`, without the owner. */
export function granteesIn(acls: string, owner: string): string {
  return `ARRAY(SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee)::text END
    FROM (${acls}) AS lists(acl), aclexplode(acl) AS a WHERE a.grantee <> ${owner} ORDER BY 1)`;
}

export const TABLES = `
SELECT c.oid, n.nspname::text AS schema, c.relname::text AS "localName",
  CASE c.relkind WHEN 'p' THEN 'partitioned' WHEN 'f' THEN 'foreign' ELSE 'ordinary' END AS kind,
  (SELECT i.inhparent FROM pg_inherits i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno LIMIT 1) AS "parentOid",
  c.relispartition AS "isPartition",
  (SELECT ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS key(number, place)
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = key.number ORDER BY key.place)
    FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p') AS "primaryKey",
  ARRAY(SELECT r.rulename::text FROM pg_rewrite r WHERE r.ev_class = c.oid ORDER BY 1) AS rules,
  json_build_object('isEnabled', c.relrowsecurity, 'isForced', c.relforcerowsecurity,
    'policies', ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid ORDER BY 1)) AS "rowSecurity",
  pg_get_userbyid(c.relowner)::text AS owner,
  pg_has_role(c.relowner, 'USAGE') AS "mayBeAltered",
  has_schema_privilege(n.oid, 'CREATE') AS "mayBeIndexed",
  has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS "mayBeRead",
  row_security_active(c.oid) AS "hidesRows",
  ${granteesIn('SELECT c.relacl UNION ALL SELECT a.attacl FROM pg_attribute a WHERE a.attrelid = c.oid', 'c.relowner')} AS grantees,
  c.reltuples::float8 AS "estimatedRows",
  coalesce(pg_relation_size(c.oid), 0)::float8 AS bytes,
  coalesce(pg_total_relation_size(c.oid), 0)::float8 AS "totalBytes"
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND ${IS_USERS_SCHEMA} AND ${isNoExtensions('c.oid', 'pg_class')}`;

/** From PostgreSQL 18 on NOT NULL may be NOT VALID: then nulls may be there. A domain may stand on a domain. `format_type` with -1 gives a name that is SQL for the type without length: bpchar, not character. */
export const COLUMNS = `
WITH RECURSIVE base AS (
  SELECT t.oid, t.oid AS base, false AS forbids_null FROM pg_type t WHERE t.typtype <> 'd'
  UNION ALL
  SELECT t.oid, base.base, t.typnotnull OR base.forbids_null FROM pg_type t JOIN base ON base.oid = t.typbasetype
  WHERE t.typtype = 'd'
)
SELECT a.attrelid AS "tableOid", a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type,
  format_type(base.base, -1) AS "baseType", NOT base.forbids_null AND (NOT a.attnotnull OR EXISTS (SELECT FROM pg_constraint k
    WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated)) AS "isNullable",
  a.attgenerated <> '' AS "isGenerated", a.attidentity <> '' AS "isIdentity",
  CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS default,
  CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END AS generation,
  coalesce((SELECT format('OPERATOR(%I.%s)', on_schema.nspname, o.oprname)
    FROM pg_opclass k JOIN pg_amop m ON m.amopfamily = k.opcfamily AND (m.amoplefttype, m.amoprighttype, m.amopstrategy) = (k.opcintype, k.opcintype, 3)
    JOIN pg_operator o ON o.oid = m.amopopr JOIN pg_namespace on_schema ON on_schema.oid = o.oprnamespace
    JOIN pg_am ON pg_am.oid = k.opcmethod AND pg_am.amname = 'btree'
    WHERE k.opcdefault AND k.opcintype = base.base AND on_schema.nspname <> 'pg_catalog'), '=') AS equals
FROM pg_attribute a JOIN base ON base.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum`;

/** Without those that a partition has from its parent, and those that PostgreSQL makes for each partition that is pointed to. */
export const FOREIGN_KEYS = `
SELECT k.conrelid AS "tableOid", k.conname::text AS name, ${columnsOf('k.conkey', 'k.conrelid')} AS columns,
  k.confrelid AS references, ${columnsOf('k.confkey', 'k.confrelid')} AS "referencedColumns",
  ${actionOf('k.confupdtype')} AS "onUpdate", ${actionOf('k.confdeltype')} AS "onDelete",
  k.convalidated AS "isValidated", k.condeferrable AS "isDeferrable", k.condeferred AS "isDeferred",
  pg_get_constraintdef(k.oid) AS definition, false AS "isOfPartitions"
FROM pg_constraint k
WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid = ANY ($1::oid[])
ORDER BY k.conrelid, k.conname`;

export const INDEXES = `
SELECT i.indrelid AS "tableOid", c.oid, n.nspname::text AS schema, c.relname::text AS name, i.indisunique AS "isUnique",
  i.indisprimary AS "isPrimary", i.indisvalid AND i.indisready AND i.indislive AS "isValid", i.indpred IS NOT NULL AS "isPartial",
  ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS key(number, place)
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = key.number AND key.number > 0
    WHERE key.place <= i.indnkeyatts ORDER BY key.place) AS columns,
  m.amname::text AS method, pg_get_indexdef(c.oid) AS definition,
  CASE WHEN k.oid IS NOT NULL THEN json_build_object('name', k.conname,
    'kind', CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' ELSE 'exclusion' END,
    'definition', pg_get_constraintdef(k.oid), 'isDeferrable', k.condeferrable) END AS constraint,
  (SELECT h.inhparent FROM pg_inherits h WHERE h.inhrelid = c.oid) AS "parentOid"
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
WHERE i.indrelid = ANY ($1::oid[])
ORDER BY i.indrelid, c.relname`;

/** Partitions' copies of a trigger are internal in PostgreSQL 14. Bit 16 of the type: UPDATE (pg_trigger.h). */
export const TRIGGERS = `
SELECT t.tgrelid AS "tableOid", t.tgname::text AS name, t.tgenabled::text AS enabled,
  (t.tgtype & 16) <> 0 AND t.tgattr::text = '' AS "firesOnUpdate"
FROM pg_trigger t
WHERE t.tgrelid = ANY ($1::oid[]) AND (NOT t.tgisinternal OR (t.tgparentid <> 0 AND t.tgconstraint = 0))
ORDER BY t.tgrelid, t.tgname`;

function columnsOf(numbers: string, table: string): string {
  return `ARRAY(SELECT a.attname::text FROM unnest(${numbers}) WITH ORDINALITY AS key(number, place)
    JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = key.number ORDER BY key.place)`;
}

function actionOf(column: string): string {
  return `CASE ${column} WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
    WHEN 'd' THEN 'SET DEFAULT' ELSE 'NO ACTION' END`;
}
