import { SCHEMA } from '../database/sql.js';
import { granteesIn, IS_USERS_SCHEMA, isNoExtensions } from './catalogue-queries.js';

export const SERVER = `
SELECT current_setting('server_version_num')::int AS "serverVersion", current_database()::text AS database`;

export const ROLE = `
SELECT r.rolname::text AS name, r.rolsuper AS "isSuperuser", r.rolsuper OR r.rolbypassrls AS "bypassesRowSecurity",
  r.rolsuper OR r.rolcreaterole AS "mayCreateRoles",
  coalesce((SELECT has_schema_privilege(n.oid, 'CREATE') FROM pg_namespace n WHERE n.nspname = '${SCHEMA}'),
    has_database_privilege(current_database(), 'CREATE')) AS "mayKeepJournal"
FROM pg_roles r WHERE r.rolname = current_user`;

/** What a function reads that a view calls, PostgreSQL does not know. */
export const VIEWS = `
WITH RECURSIVE reads AS (
  SELECT r.ev_class AS view, d.refobjid AS oid
  FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm')
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    AND d.refobjid <> r.ev_class
  UNION
  SELECT reads.view, d.refobjid
  FROM reads JOIN pg_rewrite r ON r.ev_class = reads.oid JOIN pg_class v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm')
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    AND d.refobjid <> r.ev_class
)
SELECT c.oid, n.nspname::text AS schema, c.relname::text AS "localName", c.relkind = 'm' AS "isMaterialized",
  pg_get_userbyid(c.relowner)::text AS owner,
  EXISTS (SELECT FROM pg_options_to_table(c.reloptions) o WHERE o.option_name = 'security_invoker' AND o.option_value::boolean) AS "isInvoker",
  (SELECT o.option_value FROM pg_options_to_table(c.reloptions) o WHERE o.option_name = 'security_invoker') AS "invokerOption",
  ARRAY(SELECT DISTINCT t.oid FROM reads JOIN pg_class t ON t.oid = reads.oid
    WHERE reads.view = c.oid AND t.relkind IN ('r', 'p', 'f') ORDER BY 1) AS reads,
  ${granteesIn('SELECT c.relacl UNION ALL SELECT a.attacl FROM pg_attribute a WHERE a.attrelid = c.oid', 'c.relowner')} AS grantees
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND ${IS_USERS_SCHEMA} AND ${isNoExtensions('c.oid', 'pg_class')}
ORDER BY n.nspname, c.relname`;

export const DEFINER_FUNCTIONS = `
SELECT format('%I.%I(%s)', n.nspname, p.proname, array_to_string(ARRAY(
    SELECT format_type(a.type, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS a(type, place) ORDER BY a.place), ', ')) AS signature,
  pg_get_userbyid(p.proowner)::text AS owner,
  EXISTS (SELECT FROM pg_roles r WHERE r.oid = p.proowner AND (r.rolsuper OR r.rolbypassrls)) AS "bypassesRowSecurity",
  EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE') AS "isPublic"
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prosecdef AND p.prorettype <> 'trigger'::regtype AND ${IS_USERS_SCHEMA} AND ${isNoExtensions('p.oid', 'pg_proc')}
ORDER BY 1`;
