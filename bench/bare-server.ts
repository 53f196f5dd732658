/**
 * The yardstick: Fastify and pg with hand-written, prepared SQL. It verifies the same tokens and signatures, answers the same
 * JSON, and leaves the same rows. It has no roles, no validation, no log, no row-level security: `org_id = $1` is all.
 */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { fastify } from 'fastify';
import type { FastifyRequest } from 'fastify';
import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { IDLE_TIMEOUT_MS } from '../src/platform/database/database-connections.js';
import { isoTimestamps } from '../src/platform/database/timestamps.js';
import { CONVERSATIONS, MESSAGES, OPEN, RECEIVE, SEND } from './bare-statements.js';
import { receivedIn } from './messenger-body.js';
import { toConversation, toMessage, toPage } from './bare-views.js';
import type { ConversationRow, MessageRow } from './bare-views.js';

const { BENCH_SYSTEM_URL, JWT_SECRET = '', FACEBOOK_APP_SECRET = '', PORT } = process.env;
const CONVERSATIONS_SHOWN = 50;
const MESSAGES_SHOWN = 50;

interface Claims {
  userId: string;
  username: string;
  accountId: string;
  orgId: string;
}

const jwt = new JwtService({
  secret: createSecretKey(Buffer.from(JWT_SECRET)),
  verifyOptions: { algorithms: ['HS256'], issuer: 'polydesk', audience: 'polydesk' },
});
const pool = new pg.Pool({
  connectionString: BENCH_SYSTEM_URL,
  max: 10,
  idleTimeoutMillis: IDLE_TIMEOUT_MS,
  types: isoTimestamps,
});
const server = fastify();

server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

server.get('/conversations', async (request) => {
  const { orgId } = claimsOf(request);
  const values = [orgId, CONVERSATIONS_SHOWN + 1];
  const { rows } = await pool.query<ConversationRow>({ name: 'conversations', text: CONVERSATIONS, values });
  return toPage(rows, CONVERSATIONS_SHOWN, (row) => row.last_activity_at, toConversation);
});

server.get<{ Params: { id: string } }>('/conversations/:id/messages', async (request, reply) => {
  const { orgId } = claimsOf(request);
  const values = [orgId, request.params.id, MESSAGES_SHOWN + 1];
  const { rows } = await pool.query<MessageRow>({ name: 'messages', text: MESSAGES, values });
  if (rows.length === 0) return reply.code(404).send({ ok: false });
  return toPage(rows, MESSAGES_SHOWN, (row) => row.created_at, toMessage);
});

server.post<{ Params: { id: string }; Body: Buffer }>('/conversations/:id/messages', async (request, reply) => {
  const { orgId, userId, username, accountId } = claimsOf(request);
  const { text, clientMessageId = null } = JSON.parse(request.body.toString()) as {
    text: string;
    clientMessageId?: string;
  };
  const [id, now, auditId] = [uuidv7(), new Date(), uuidv7()];
  const origin = [request.ip, request.headers['user-agent'] ?? null, request.id];
  const values = [
    orgId,
    request.params.id,
    id,
    userId,
    text,
    clientMessageId,
    now,
    auditId,
    username,
    ...origin,
    accountId,
  ];
  const { rows } = await pool.query<MessageRow>({ name: 'send', text: SEND, values });
  return rows[0] ? reply.code(202).send({ ok: true, data: toMessage(rows[0]) }) : reply.code(404).send({ ok: false });
});

server.post<{ Body: Buffer }>('/webhooks/facebook', async (request, reply) => {
  if (!isSigned(request.body, request.headers['x-hub-signature-256'])) return reply.code(401).send({ ok: false });
  for (const { page, customer, at, mid, text } of receivedIn(JSON.parse(request.body.toString()))) {
    const values = [page, customer, uuidv7(), text, mid, at, new Date()];
    const { rows } = await pool.query({ name: 'receive', text: RECEIVE, values });
    if (rows.length > 0) continue;
    await pool.query({ name: 'open', text: OPEN, values: [page, customer, uuidv7(), uuidv7(), at, new Date()] });
    await pool.query({ name: 'receive', text: RECEIVE, values });
  }
  return 'EVENT_RECEIVED';
});

await server.listen({ host: '127.0.0.1', port: Number(PORT) });
process.on(
  'SIGTERM',
  () =>
    void server
      .close()
      .then(() => pool.end())
      .then(() => process.exit(0)),
);

function claimsOf({ headers }: FastifyRequest): Claims {
  return jwt.verify<Claims & object>((headers.authorization ?? '').slice('Bearer '.length));
}

function isSigned(body: Buffer, signature: unknown): boolean {
  const expected = createHmac('sha256', FACEBOOK_APP_SECRET).update(body).digest();
  const given = Buffer.from(typeof signature === 'string' ? signature.slice('sha256='.length) : '', 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
