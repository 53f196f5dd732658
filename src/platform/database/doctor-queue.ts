import type pg from 'pg';
import { PRIVILEGES } from './doctor-catalogue.js';
import { QUEUE_SCHEMA } from './shared-tables.js';

/**
 * The job queue is graphile-worker's, in a schema of its own, and knows no organization: serving requests add to it through
 * `app.add_job`, which says whose a job is. A right of theirs in the schema itself would show, or do, what is anybody's.
 */
const FAULTS = `
WITH app AS (SELECT oid FROM pg_roles WHERE rolname = 'polydesk_app'),
  system AS (SELECT oid FROM pg_roles WHERE rolname = 'polydesk_system'),
  queue AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
  relations AS (SELECT c.oid, c.oid::regclass AS name, c.relkind AS kind, c.relrowsecurity AS is_secured
    FROM pg_class c JOIN queue ON c.relnamespace = queue.oid WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S'))
SELECT 'is missing: polydesk migrate makes it' AS fault WHERE NOT EXISTS (SELECT FROM queue)
UNION ALL
SELECT format('polydesk_app has %s on it', privilege)
FROM queue, app, unnest(ARRAY['USAGE', 'CREATE']) privilege WHERE has_schema_privilege(app.oid, queue.oid, privilege)
UNION ALL
SELECT format('polydesk_app has %s on %s', privilege, name)
FROM relations, app, unnest($2::text[]) privilege WHERE kind <> 'S' AND has_table_privilege(app.oid, relations.oid, privilege)
UNION ALL
SELECT format('polydesk_app has %s on columns of %s', privilege, name)
FROM relations, app, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) privilege WHERE kind <> 'S'
  AND has_any_column_privilege(app.oid, relations.oid, privilege) AND NOT has_table_privilege(app.oid, relations.oid, privilege)
UNION ALL
SELECT format('polydesk_app has %s on %s', privilege, name)
FROM relations, app, unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) privilege
WHERE kind = 'S' AND has_sequence_privilege(app.oid, relations.oid, privilege)
UNION ALL
SELECT format('polydesk_app may call %s', p.oid::regprocedure)
FROM pg_proc p JOIN queue ON p.pronamespace = queue.oid, app WHERE has_function_privilege(app.oid, p.oid, 'EXECUTE')
UNION ALL
SELECT 'polydesk_system lacks USAGE on it' FROM queue, system WHERE NOT has_schema_privilege(system.oid, queue.oid, 'USAGE')
UNION ALL
SELECT format('polydesk_system lacks %s on %s', privilege, name)
FROM relations, system, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) privilege
WHERE kind = 'r' AND NOT has_table_privilege(system.oid, relations.oid, privilege)
UNION ALL
SELECT format('no policy on %s lets polydesk_system work', name)
FROM relations, system WHERE is_secured
  AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = relations.oid AND system.oid = ANY (p.polroles))
UNION ALL
SELECT format('polydesk_system may not call %s', p.oid::regprocedure)
FROM pg_proc p JOIN queue ON p.pronamespace = queue.oid, system WHERE NOT has_function_privilege(system.oid, p.oid, 'EXECUTE')
ORDER BY 1`;

/** What is wrong with the job queue's schema: it is for `polydesk_system` alone, and that role must be able to work with it. */
export async function queueFaults(owner: pg.ClientBase): Promise<string[]> {
  const { rows } = await owner.query<{ fault: string }>(FAULTS, [QUEUE_SCHEMA, PRIVILEGES]);
  return rows.map(({ fault }) => fault);
}
