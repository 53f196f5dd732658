import type pg from 'pg';
import { DATABASE_ROLES } from './database-connections.js';
import { QUEUE_SCHEMA } from './shared-tables.js';

/**
 * Our functions that run as their owner, and why they must. Each holds itself to the organization that is bound: its text is
 * asked for that, and for a search path of its own, which nobody else can put names into.
 */
export const KNOWN_DOORS = new Map([
  [
    'app.add_job(text,jsonb,text,timestamp with time zone)',
    "the queue is no organization's: each job says whose it is",
  ],
  [
    'app.found_messages(text,uuid,timestamp with time zone,uuid,integer)',
    'policies keep words from an index; ids only',
  ],
  [
    'app.found_customers(text,text,timestamp with time zone,uuid,integer)',
    'policies keep words from an index; ids only',
  ],
]);

/**
 * Views run as their owner unless told otherwise (an extension's know nothing of our tables, and Citus has some that everybody
 * may read, and the job queue's is looked at by `doctor-queue.ts`), materialized views keep rows without policies, definer functions run as their maker.
 */
const DOORS = `
SELECT format('view %s is readable by %s and not security_invoker: it shows every organization', c.oid::regclass, r.rolname) AS door
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_roles r
WHERE c.relkind = 'v' AND n.nspname NOT IN ('pg_catalog', 'information_schema', $3) AND r.rolname = ANY ($1)
  AND has_table_privilege(r.oid, c.oid, 'SELECT')
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
  AND NOT coalesce((SELECT option_value::boolean FROM pg_options_to_table(c.reloptions) WHERE option_name = 'security_invoker'), false)
UNION ALL
SELECT format('materialized view %s is readable by %s: no policy holds there', c.oid::regclass, r.rolname)
FROM pg_class c, pg_roles r
WHERE c.relkind = 'm' AND r.rolname = ANY ($1) AND has_table_privilege(r.oid, c.oid, 'SELECT')
UNION ALL
SELECT format('function %s runs as its owner and %s may call it', p.oid::regprocedure, r.rolname)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, pg_roles r
WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND r.rolname = ANY ($1)
  AND has_schema_privilege(r.oid, n.oid, 'USAGE') AND has_function_privilege(r.oid, p.oid, 'EXECUTE')
  AND NOT p.oid::regprocedure::text = ANY ($2)
UNION ALL
SELECT format('function %s runs as its owner, and does not hold itself to the bound organization', p.oid::regprocedure)
FROM pg_proc p
WHERE p.oid::regprocedure::text = ANY ($2)
  AND NOT (p.prosrc ~ 'app\\.bound_org\\(\\)|current_setting\\(''app\\.org_id''' AND coalesce(p.proconfig::text, '') ~ 'search_path=')
ORDER BY 1`;

/** Ways around row-level security that are no tables. */
export async function sideDoors(owner: pg.ClientBase): Promise<string[]> {
  const { rows } = await owner.query<{ door: string }>(DOORS, [DATABASE_ROLES, [...KNOWN_DOORS.keys()], QUEUE_SCHEMA]);
  return rows.map(({ door }) => door);
}
