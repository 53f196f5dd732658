import pg from 'pg';

/** How much to seed. */
export interface SeedSize {
  organizations: number;
  messages: number;
}

/** Enough for a whole page of messages, and of conversations where an organization has some thousand messages. */
export const MESSAGES_PER_CONVERSATION = 60;
/** Tenants are never of one size: the first organization has this part of everything. */
export const LARGEST_SHARE = 0.2;

/** Ids that grow with time, as the UUIDv7 that the server makes, but the same at every seeding. */
const ID_FUNCTION = `
  CREATE FUNCTION pg_temp.id(kind text, n bigint, at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid
    FROM (SELECT md5(kind || n) AS h) hash
  $$`;

const SEED = [
  `CREATE TEMPORARY TABLE seed_conversations AS
   SELECT c, last_at, pg_temp.id('conversation', c, last_at - interval '1 day') AS id,
     pg_temp.id('customer', c, last_at - interval '1 day') AS customer_id,
     'bench_' || CASE WHEN c <= :conversations * :largest THEN 1 ELSE 2 + c % (:organizations - 1) END AS org_id
   FROM (
     SELECT c, timestamptz '2026-01-01' + (abs(hashtextextended('at' || c, 0)) % 7776000) * interval '1 second' AS last_at
     FROM generate_series(1, :conversations) c
   ) moments`,
  `INSERT INTO organizations (id, name, tier)
   SELECT 'bench_' || o, 'bench-' || o, 'enterprise' FROM generate_series(1, :organizations) o`,
  `INSERT INTO users (org_id, id, account_id, username, password_hash, role)
   SELECT 'bench_' || o, pg_temp.id('user', o, '2026-01-01'), pg_temp.id('account', o, '2026-01-01'), 'agent-' || o, 'none', 'agent'
   FROM generate_series(1, :organizations) o`,
  `INSERT INTO integrations (org_id, id, platform, oa_id, name)
   SELECT 'bench_' || o, pg_temp.id('integration', o, '2026-01-01'), 'facebook', 'page-' || o, 'Page ' || o
   FROM generate_series(1, :organizations) o`,
  `INSERT INTO channel_routes (platform, external_id, org_id, integration_id)
   SELECT platform, oa_id, org_id, id FROM integrations WHERE org_id LIKE 'bench\\_%'`,
  `INSERT INTO customers (org_id, id, platform, external_id, display_name, created_at, updated_at)
   SELECT org_id, customer_id, 'facebook', 'customer-' || c, 'Customer ' || c, last_at, last_at
   FROM seed_conversations ORDER BY last_at`,
  `INSERT INTO conversations (org_id, id, platform, oa_id, customer_id, integration_id, unread_count, created_at, updated_at,
     last_activity_at, last_message_id, last_message_text, last_message_direction, last_message_created_at)
   SELECT s.org_id, s.id, 'facebook', i.oa_id, s.customer_id, i.id, s.c % 3, last_at - interval '1 day', last_at, last_at,
     pg_temp.id('message', s.c * :perConversation, last_at), 'Message ' || :perConversation || ' of conversation ' || s.c, 'in', last_at
   FROM seed_conversations s JOIN integrations i ON i.org_id = s.org_id ORDER BY last_at`,
  `INSERT INTO messages (org_id, id, conversation_id, platform, oa_id, direction, sender_id, sender_type, text, status,
     provider_message_id, created_at, updated_at)
   SELECT org_id, pg_temp.id('message', c * :perConversation + n - :perConversation, at), id, 'facebook', oa_id,
     CASE n % 2 WHEN 0 THEN 'in' ELSE 'out' END,
     CASE n % 2 WHEN 0 THEN 'customer-' || c ELSE oa_id END,
     CASE n % 2 WHEN 0 THEN 'customer' ELSE 'user' END,
     'Message ' || n || ' of conversation ' || c, CASE n % 2 WHEN 0 THEN 'delivered' ELSE 'read' END,
     'm_' || c || '_' || n, at, at
   FROM (
     SELECT s.org_id, s.id, s.c, i.oa_id, n, s.last_at - (:perConversation - n) * interval '7 minutes' AS at
     FROM seed_conversations s JOIN integrations i ON i.org_id = s.org_id, generate_series(1, :perConversation) n
   ) messages ORDER BY at`,
  'DROP TABLE seed_conversations',
];

/** Fills a migrated database. Deterministic: the same size is the same rows. */
export async function seed(ownerUrl: string, size: SeedSize): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  try {
    await owner.query(ID_FUNCTION);
    for (const statement of SEED) await owner.query(withSize(statement, size));
    await owner.query('VACUUM (ANALYZE)');
    await owner.query('CHECKPOINT');
  } finally {
    await owner.end();
  }
}

function withSize(statement: string, { organizations, messages }: SeedSize): string {
  const numbers = {
    organizations,
    conversations: Math.round(messages / MESSAGES_PER_CONVERSATION),
    perConversation: MESSAGES_PER_CONVERSATION,
    largest: LARGEST_SHARE,
  };
  return Object.entries(numbers).reduce((text, [name, value]) => text.replaceAll(`:${name}`, String(value)), statement);
}
