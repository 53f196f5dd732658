import type pg from 'pg';

/** Which rows go where. */
export interface Move {
  from: string;
  to: string;
  /** Users who go. */
  users: string[];
  /** What rows name as their owner, where that is one of them: account ids, and ids of users. */
  accounts: string[];
}

/** A row that stays where it is, and why. */
export interface Unplaced {
  kind: 'user' | 'integration' | 'chatbot' | 'customer' | 'conversation';
  id: string;
  label: string;
  reason: string;
}

export interface MoveCounts {
  users: number;
  integrations: number;
  customers: number;
  conversations: number;
  messages: number;
  chatbots: number;
}

/** Of a customer of several owners each gets a record: `stays` leaves the old one, `is_new` says that the other side has none. */
const MOVING = `CREATE TEMPORARY TABLE moving (
  kind text, id uuid, target uuid NOT NULL, stays boolean NOT NULL DEFAULT false, is_new boolean NOT NULL DEFAULT true,
  PRIMARY KEY (kind, id)) ON COMMIT DROP`;

const CHOOSE_USERS = `INSERT INTO moving (kind, id, target)
  SELECT 'users', id, id FROM users WHERE org_id = $1 AND id = ANY ($2::uuid[])`;
const CHOOSE_CHATBOTS = `INSERT INTO moving (kind, id, target)
  SELECT 'chatbots', id, id FROM chatbots WHERE org_id = $1 AND account_id = ANY ($2::uuid[])`;
const CHOOSE_INTEGRATIONS = `INSERT INTO moving (kind, id, target)
  SELECT 'integrations', i.id, i.id FROM integrations i
  WHERE i.org_id = $1 AND i.account_id = ANY ($3::uuid[]) AND i.id <> ALL ($4::uuid[]) AND NOT EXISTS (
    SELECT FROM integrations o WHERE o.org_id = $2 AND o.platform = i.platform AND o.oa_id = i.oa_id)`;
/** A person has one conversation with a page: the other side may have it already. */
const CHOOSE_CONVERSATIONS = `INSERT INTO moving (kind, id, target)
  SELECT 'conversations', c.id, c.id
  FROM conversations c JOIN customers p ON p.org_id = c.org_id AND p.id = c.customer_id
  LEFT JOIN customers q ON q.org_id = $2 AND q.platform = p.platform AND q.external_id = p.external_id
  WHERE c.org_id = $1 AND c.account_id = ANY ($3::uuid[]) AND NOT EXISTS (
    SELECT FROM conversations o
    WHERE o.org_id = $2 AND o.platform = c.platform AND o.oa_id = c.oa_id AND o.customer_id = q.id)`;
const CHOOSE_CUSTOMERS = `INSERT INTO moving (kind, id, target, stays, is_new)
  SELECT 'customers', p.id, coalesce(q.id, CASE WHEN s.stays THEN gen_random_uuid() ELSE p.id END), s.stays, q.id IS NULL
  FROM customers p
  CROSS JOIN LATERAL (SELECT EXISTS (
    SELECT FROM conversations o LEFT JOIN moving m ON m.kind = 'conversations' AND m.id = o.id
    WHERE o.org_id = $1 AND o.customer_id = p.id AND m.id IS NULL) AS stays) s
  LEFT JOIN customers q ON q.org_id = $2 AND q.platform = p.platform AND q.external_id = p.external_id
  WHERE p.org_id = $1 AND EXISTS (
    SELECT FROM conversations c JOIN moving m ON m.kind = 'conversations' AND m.id = c.id
    WHERE c.org_id = $1 AND c.customer_id = p.id)`;

const LEFT_INTEGRATIONS = `SELECT id, platform || ' ' || oa_id AS label FROM integrations i
  WHERE org_id = $1 AND account_id = ANY ($2::uuid[])
    AND NOT EXISTS (SELECT FROM moving m WHERE m.kind = 'integrations' AND m.id = i.id) ORDER BY id`;
const LEFT_CONVERSATIONS = `SELECT id, platform || ' ' || oa_id AS label FROM conversations c
  WHERE org_id = $1 AND account_id = ANY ($2::uuid[])
    AND NOT EXISTS (SELECT FROM moving m WHERE m.kind = 'conversations' AND m.id = c.id) ORDER BY id`;

/** Writes down in the temporary table `moving`, for this transaction, which rows go. `unsealable`: integrations that cannot. */
export async function chooseRows(client: pg.Client, move: Move, unsealable: Map<string, string>): Promise<void> {
  const { from, to, users, accounts } = move;
  // After a move before this one, the planner's idea of who owns how much is from another time.
  await client.query('ANALYZE users, integrations, chatbots, customers, conversations, messages');
  await client.query('DROP TABLE IF EXISTS moving');
  await client.query(MOVING);
  await client.query(CHOOSE_USERS, [from, users]);
  await client.query(CHOOSE_CHATBOTS, [from, accounts]);
  await client.query(CHOOSE_INTEGRATIONS, [from, to, accounts, [...unsealable.keys()]]);
  await client.query(CHOOSE_CONVERSATIONS, [from, to, accounts]);
  await client.query('ANALYZE moving');
  await client.query(CHOOSE_CUSTOMERS, [from, to]);
  await client.query('ANALYZE moving');
}

export async function countChosen(client: pg.Client, { from }: Move): Promise<MoveCounts> {
  const { rows } = await client.query<{ kind: string; count: number }>(
    `SELECT kind, count(*)::integer AS count FROM moving GROUP BY kind
     UNION ALL SELECT 'messages', count(*)::integer FROM messages m
     WHERE m.org_id = $1 AND m.conversation_id IN (SELECT id FROM moving WHERE kind = 'conversations')`,
    [from],
  );
  const of = (kind: string) => rows.find((row) => row.kind === kind)?.count ?? 0;
  return {
    users: of('users'),
    integrations: of('integrations'),
    customers: of('customers'),
    conversations: of('conversations'),
    messages: of('messages'),
    chatbots: of('chatbots'),
  };
}

/** What belongs to those who go, and has to stay all the same. */
export async function listLeft(client: pg.Client, move: Move, unsealable: Map<string, string>): Promise<Unplaced[]> {
  const values = [move.from, move.accounts];
  const pages = await client.query<{ id: string; label: string }>(LEFT_INTEGRATIONS, values);
  const conversations = await client.query<{ id: string; label: string }>(LEFT_CONVERSATIONS, values);
  const taken = `${move.to} has this page already`;
  const met = `${move.to} has a conversation of this customer with this page already`;
  return [
    ...pages.rows.map((row) => ({ kind: 'integration' as const, ...row, reason: unsealable.get(row.id) ?? taken })),
    ...conversations.rows.map((row) => ({ kind: 'conversation' as const, ...row, reason: met })),
  ];
}
