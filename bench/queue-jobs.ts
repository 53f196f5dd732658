import type pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { DELIVER } from '../src/modules/messages/message-jobs.js';
import { TOKEN } from './pages.js';
import type { Page } from './pages.js';

export const TASKS = { ours: DELIVER, bare: 'post' } as const;
export type WorkerName = keyof typeof TASKS;

/** What a bare job posts. */
export interface Posting {
  url: string;
  headers: Record<string, string>;
  body: object;
}

/** A conversation with a customer who has just written. */
export interface Chat extends Page {
  conversationId: string;
  customer: string;
}

const TEXT = 'Thank you, it is on its way.';

const CHATS = `
  WITH chat AS (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[], $5::text[])
      AS chat (org_id, integration_id, oa_id, id, customer)
  ), customer AS (
    INSERT INTO customers (org_id, id, platform, external_id, created_at, updated_at)
    SELECT org_id, id, 'facebook', customer, now(), now() FROM chat
  )
  INSERT INTO conversations (org_id, id, platform, oa_id, customer_id, integration_id, last_inbound_at, last_activity_at,
    created_at, updated_at)
  SELECT org_id, id, 'facebook', oa_id, id, integration_id, now(), now(), now(), now() FROM chat`;

/** As sending leaves them: see MessagesRepository.queue. $1 organizations, $2 conversations, $3 messages, $4 text. */
const MESSAGES = `
  INSERT INTO messages (org_id, id, conversation_id, platform, oa_id, direction, sender_id, sender_type, text, status,
    client_message_id, account_id, created_at, updated_at)
  SELECT c.org_id, message.id, c.id, c.platform, c.oa_id, 'out', u.id::text, 'user', $4, 'queued',
    message.id::text, u.account_id, clock_timestamp(), clock_timestamp()
  FROM unnest($1::text[], $2::uuid[], $3::uuid[]) AS message (org_id, conversation_id, id)
  JOIN conversations c ON c.org_id = message.org_id AND c.id = message.conversation_id
  JOIN LATERAL (SELECT id, account_id FROM users WHERE users.org_id = c.org_id LIMIT 1) u ON true`;

/** $1 task, $2 payloads, $3 keys or nulls: app.add_job's, many at once. */
const JOBS = `
  SELECT count(*) FROM graphile_worker.add_jobs((
    SELECT array_agg(json_populate_record(NULL::graphile_worker.job_spec,
      json_build_object('identifier', $1::text, 'payload', payload, 'job_key', key, 'run_at', now())))
    FROM unnest($2::json[], $3::text[]) AS job (payload, key)
  ))`;

/** Conversations one after another over all pages, each of which may send ten messages a second. */
export async function openChats(owner: pg.Client, pages: Page[], count: number): Promise<Chat[]> {
  const chats = Array.from({ length: count }, (_, at): Chat => {
    const page = pages[at % pages.length];
    if (!page) throw new Error('There is no page to send through');
    const conversationId = uuidv7();
    return { ...page, conversationId, customer: `queue-${conversationId}` };
  });
  const of = (field: keyof Chat) => chats.map((chat) => chat[field]);
  await owner.query(CHATS, [of('orgId'), of('integrationId'), of('oaId'), of('conversationId'), of('customer')]);
  return chats;
}

/** A queued message in every conversation, with its job; in the transaction that is open. */
export async function addOurJobs(owner: pg.Client, chats: Chat[]): Promise<void> {
  const [orgIds, conversations] = [chats.map(({ orgId }) => orgId), chats.map(({ conversationId }) => conversationId)];
  await owner.query(MESSAGES, [orgIds, conversations, chats.map(() => uuidv7()), TEXT]);
  const payloads = chats.map(({ orgId, conversationId }) => JSON.stringify({ conversationId, orgId }));
  const keys = chats.map(({ orgId, conversationId }) => `${orgId} ${DELIVER} ${conversationId}`);
  await owner.query(JOBS, [TASKS.ours, payloads, keys]);
}

/** The same requests, ready to be posted. */
export async function addBareJobs(owner: pg.Client, chats: Chat[], url: string): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
  const postings = chats.map(({ customer }): Posting => {
    const message = { metadata: uuidv7(), text: TEXT };
    return { url, headers, body: { messaging_type: 'RESPONSE', recipient: { id: customer }, message } };
  });
  const payloads = postings.map((posting) => JSON.stringify(posting));
  await owner.query(JOBS, [TASKS.bare, payloads, payloads.map(() => null)]);
}
