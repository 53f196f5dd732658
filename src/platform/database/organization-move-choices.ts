import type pg from 'pg';
import type { ChoiceLimits, Move } from './organization-move-plan.js';

/** Of a customer of several owners each gets a record: `stays` leaves the old one, `is_new` says that the other side has none. */
const MOVING = `CREATE TEMPORARY TABLE moving (
  kind text, id uuid, target uuid NOT NULL, stays boolean NOT NULL DEFAULT false, is_new boolean NOT NULL DEFAULT true,
  PRIMARY KEY (kind, id)) ON COMMIT DROP`;

const CHOOSE_USERS = `INSERT INTO moving (kind, id, target)
  SELECT 'users', id, id FROM users WHERE org_id = $1 AND id = ANY ($2::uuid[])`;
const CHOOSE_CHATBOTS = `INSERT INTO moving (kind, id, target)
  SELECT 'chatbots', id, id FROM chatbots WHERE org_id = $1 AND account_id = ANY ($2::uuid[]) AND id <> ALL ($3::uuid[])`;
const CHOOSE_ENDPOINTS = `INSERT INTO moving (kind, id, target)
  SELECT 'webhook_endpoints', e.id, e.id FROM webhook_endpoints e WHERE e.org_id = $1 AND e.id <> ALL ($2::uuid[])
    AND e.created_by IN (SELECT id FROM moving WHERE kind = 'users')`;
const CHOOSE_QUICK_REPLIES = `INSERT INTO moving (kind, id, target)
  SELECT 'quick_replies', r.id, r.id FROM quick_replies r WHERE r.org_id = $1 AND r.account_id = ANY ($3::uuid[])
    AND NOT EXISTS (SELECT FROM quick_replies o WHERE o.org_id = $2 AND o.shortcut = r.shortcut)`;
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
/** Labels are everybody's: they stay, and the conversations that go find one of the same name on the other side. */
const CHOOSE_LABELS = `INSERT INTO moving (kind, id, target, stays, is_new)
  SELECT 'labels', l.id, coalesce(q.id, gen_random_uuid()), true, q.id IS NULL
  FROM labels l LEFT JOIN labels q ON q.org_id = $2 AND q.name = l.name
  WHERE l.org_id = $1 AND EXISTS (
    SELECT FROM conversation_labels c JOIN moving m ON m.kind = 'conversations' AND m.id = c.conversation_id
    WHERE c.org_id = $1 AND c.label_id = l.id)`;

/** Writes down in the temporary table `moving`, for this transaction, which rows go. */
export async function chooseRows(client: pg.Client, move: Move, limits: ChoiceLimits): Promise<void> {
  const { from, to, users, accounts } = move;
  const unsealable = [...limits.unsealable.keys()];
  // After a move before this one, the planner's idea of who owns how much is from another time.
  await client.query('ANALYZE users, integrations, chatbots, customers, conversations, messages');
  await client.query('DROP TABLE IF EXISTS moving');
  await client.query(MOVING);
  await client.query(CHOOSE_USERS, [from, users]);
  await client.query(CHOOSE_CHATBOTS, [from, accounts, unsealable]);
  if (limits.takesEndpoints) await client.query(CHOOSE_ENDPOINTS, [from, unsealable]);
  await client.query(CHOOSE_QUICK_REPLIES, [from, to, accounts]);
  await client.query(CHOOSE_INTEGRATIONS, [from, to, accounts, unsealable]);
  await client.query(CHOOSE_CONVERSATIONS, [from, to, accounts]);
  await client.query('ANALYZE moving');
  await client.query(CHOOSE_CUSTOMERS, [from, to]);
  await client.query(CHOOSE_LABELS, [from, to]);
  await client.query('ANALYZE moving');
}
