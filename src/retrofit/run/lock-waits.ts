import type { Session } from '../database/session.js';

/** The oldest transactions of others, which whatever takes a lock or builds an index must wait for: `process 4711 (psql, for 95 s): SELECT …`. */
export async function waitsOf(session: Session): Promise<string[]> {
  const rows = await session.rows<{ line: string }>(
    `SELECT format('process %s (%s, for %s s): %s', pid, coalesce(nullif(application_name, ''), usename),
       extract(epoch FROM clock_timestamp() - xact_start)::int, left(regexp_replace(query, '\\s+', ' ', 'g'), 60)) AS line
     FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < clock_timestamp() - interval '0.1 second'
       AND application_name <> 'polydesk retrofit'
     ORDER BY xact_start LIMIT 3`,
  );
  return rows.map(({ line }) => line);
}
