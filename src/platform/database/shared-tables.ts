/** Tables that belong to no organization, each with the reason. Every other table is an organization's, and must say whose. */
export const SHARED_TABLES = new Map([
  ['_prisma_migrations', "Prisma's book-keeping: no role but the owner reaches it"],
  ['unrouted_events', 'events of pages that nobody has connected: there is no organization yet'],
  ['rate_limits', 'counts by hashed key, asked for before or beside any organization; say nothing of one'],
  ['job_runners', 'processes that work on jobs: there is no organization'],
  ['socket_io_attachments', 'what nodes tell each other for half a minute: only polydesk_system reaches it'],
]);

/** Where the job queue lives: graphile-worker's own tables, which belong to no organization and which no request reaches. */
export const QUEUE_SCHEMA = 'graphile_worker';

/** What is looked up before the organization is known: it has `org_id`, but its key cannot begin with it. */
export const DIRECTORY_TABLES = ['channel_routes', 'api_key_routes', 'organization_names'];

export type TableKind = 'organization' | 'tenant' | 'directory' | 'shared';

export function kindOf(table: string): TableKind {
  if (SHARED_TABLES.has(table)) return 'shared';
  if (DIRECTORY_TABLES.includes(table)) return 'directory';
  return table === 'organizations' ? 'organization' : 'tenant';
}

/** The column that says whose a row is. */
export function orgColumnOf(table: string): string {
  return kindOf(table) === 'organization' ? 'id' : 'org_id';
}
