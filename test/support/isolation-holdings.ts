import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { TestDatabase } from './test-database.js';
import { tenantTables } from './catalogue.js';
import type { TestOrganization } from './test-organization.js';
import type { World } from './world.js';

/** What an organization has of everything, by the names that paths and fields give it. */
export interface Holdings {
  organization: TestOrganization;
  /** A row of each collection, by its word in the path: `/conversations/{id}` -> `conversations`. */
  rows: Record<string, string>;
  /** What fields and filters hold, by their names. */
  fields: Record<string, string>;
  /** The place after the first row of each list that has cursors, by its path. */
  cursors: Record<string, string>;
}

const PARTNER = 'https://partner.example.com/hooks';
const LONG_AGO = Buffer.from('2001-01-01T00:00:00.000Z 00000000-0000-0000-0000-000000000000').toString('base64url');
/** What a list wants to be asked, so that it has a row, and a place after it. */
const AS_ASKED: Record<string, string> = {
  '/search/messages': '&q=text',
  '/search/customers': '&q=text',
  '/messages/changes': `&cursor=${LONG_AGO}`,
};

/** Two of each kind, made as they are made; all text of an organization can be told from any other's. */
export async function stock(world: World, cursorLists: string[]): Promise<Holdings> {
  const organization = await world.organization({ displayName: word('display') });
  const texts = { name: word('name'), username: word('user'), email: `${word('mail')}@example.com` };
  const rows: Record<string, string> = { organizations: organization.id };
  for (let round = 0; round < 2; round += 1) Object.assign(rows, await stockOnce(world, organization));
  const user = await organization.post('/users', { ...texts, password: word('password'), role: 'agent' }).expect(201);
  rows['users'] = user.body.data.id;
  const following = { userIds: [user.body.data.id] };
  await organization.put(`/conversations/${rows['conversations']}/participants`, following).expect(200);
  const fields = { ...texts, ...(await fieldsOf(organization, rows)) };
  return { organization, rows, fields, cursors: await cursorsOf(organization, cursorLists, rows) };
}

/** Everything of an organization in all tables, as one sum a table. */
export async function checksums(database: TestDatabase, orgId: string): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for (const [table, column] of await ownedTables(database)) {
    const [sum] = await database.rows<{ sum: string }>(
      `SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS sum FROM ${table} t WHERE ${column} = $1`,
      [orgId],
    );
    sums[table] = sum?.sum ?? '';
  }
  return sums;
}

/** By what an answer would give an organization away: its ids, in all tables, and its words. */
export async function tracesOf({ database, superAdmin }: World, { organization, fields }: Holdings): Promise<string[]> {
  const traces = new Set([organization.id, organization.name, ...Object.values(fields)]);
  for (const [table, column] of await ownedTables(database)) {
    const rows = await database.rows<{ row: string }>(`SELECT t::text AS row FROM ${table} t WHERE ${column} = $1`, [
      organization.id,
    ]);
    for (const { row } of rows)
      for (const [id] of row.matchAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)) traces.add(id);
  }
  traces.delete(superAdmin.user.id); // Who made every organization here, and is named by each.
  return [...traces];
}

async function ownedTables(database: TestDatabase): Promise<[table: string, column: string][]> {
  const tables = (await tenantTables(database)).map((table): [string, string] => [table, 'org_id']);
  return [...tables, ['organizations', 'id']];
}

async function stockOnce(world: World, organization: TestOrganization): Promise<Record<string, string>> {
  const made = async (path: string, body: object) => (await organization.post(path, body)).body.data.id;
  const text = word('text');
  const { id } = await organization.conversation(text);
  const send = { text: word('text'), clientMessageId: word('client') };
  const sent = await organization.post(`/conversations/${id}/messages`, send).expect(202);
  await world.database.rows(`UPDATE messages SET status = 'failed' WHERE id = $1`, [sent.body.data.id]);
  const [file] = await world.database.rows<{ id: string }>(
    `INSERT INTO media_files (org_id, id, message_id, position) VALUES ($1, $2, $3, 0) RETURNING id`,
    [organization.id, randomUUID(), sent.body.data.id],
  );
  const { body } = await organization.get(`/conversations/${id}`).expect(200);
  await organization.patch(`/customers/${body.data.customer.id}`, { nickName: text }).expect(200);
  await organization.post(`/conversations/${id}/notes`, { text: word('note') }).expect(201);
  const label = await made('/labels', { name: word('label') });
  await organization.put(`/conversations/${id}/labels`, { labelIds: [label] }).expect(200);
  const channel = await ownChannel(organization);
  const endpoint = await made('/webhook-endpoints', { url: PARTNER, eventTypes: ['message.created'] });
  await organization.post(`/webhook-endpoints/${endpoint}/test`).expect(202);
  return {
    conversations: id,
    customers: body.data.customer.id,
    integrations: channel.integrationId,
    'messages of partners': channel.messageId,
    messages: sent.body.data.id,
    media: file?.id ?? '',
    'webhook-endpoints': endpoint,
    deliveries: await made(`/webhook-endpoints/${endpoint}/test`, {}),
    notes: await made(`/conversations/${id}/notes`, { text: word('note') }),
    labels: label,
    'quick-replies': await made('/quick-replies', { shortcut: word('shortcut'), text: word('reply') }),
    chatbots: await made('/chatbots', {
      ...{ name: word('chatbot'), type: 'webhook', config: { url: 'https://bots.example.com' } },
    }),
    invitations: await made('/invitations', { email: `${word('guest')}@example.com`, role: 'agent' }),
    'api-keys': await made('/api-keys', { name: word('key'), scopes: ['users:read'] }),
  };
}

async function fieldsOf(organization: TestOrganization, rows: Record<string, string>): Promise<Record<string, string>> {
  const { body: conversation } = await organization.get(`/conversations/${rows['conversations']}`).expect(200);
  const { body: messages } = await organization.get(`/conversations/${rows['conversations']}/messages`).expect(200);
  const text = messages.data[0].text;
  const { body: replies } = await organization.get('/quick-replies?limit=1').expect(200);
  const sent = { text: word('text'), clientMessageId: word('client') };
  await organization.post(`/conversations/${rows['conversations']}/messages`, sent).expect(202);
  const filename = word('file');
  const { body: uploaded } = await organization.upload(Buffer.from('GIF89a'), 'image/gif', filename).expect(201);
  return {
    filename,
    mediaId: uploaded.data.id,
    orgId: organization.id,
    organization: organization.name,
    organizationName: organization.name,
    integrationId: conversation.data.integrationId,
    oaId: conversation.data.oaId,
    assigneeId: rows['users'] ?? '',
    actorId: organization.admin.user.id,
    chatbotId: rows['chatbots'] ?? '',
    businessAccountId: word('account'),
    clientMessageId: sent.clientMessageId,
    signature: randomBytes(32).toString('hex'),
    mondayWorkspaceId: word('monday'),
    stripeCustomerId: word('stripe'),
    webhookEndpointId: rows['webhook-endpoints'] ?? '',
    messageId: rows['messages of partners'] ?? '',
    replyToMessageId: rows['messages'] ?? '',
    providerMessageId: messages.data.at(-1).providerMessageId,
    externalId: conversation.data.customer.externalId,
    conversationId: rows['conversations'] ?? '',
    labelId: rows['labels'] ?? '',
    labelIds: rows['labels'] ?? '',
    userIds: rows['users'] ?? '',
    search: text,
    shortcut: replies.data[0].shortcut,
    q: messages.data.at(-1).text,
    code: word('code'),
    oa_id: conversation.data.oaId,
    pageIds: conversation.data.oaId,
    phoneNumberIds: conversation.data.oaId,
    state: `pd_st_${Buffer.from(organization.id).toString('base64url')}.${randomUUID()}.${randomBytes(32).toString('base64url')}`,
  };
}

async function cursorsOf(
  organization: TestOrganization,
  lists: string[],
  rows: Record<string, string>,
): Promise<Record<string, string>> {
  const cursors: Record<string, string> = {};
  for (const list of lists) {
    const path = list.replace(/\/([\w-]+)\/\{\w+\}/g, (_, collection: string) => `/${collection}/${rows[collection]}`);
    const { body } = await organization.get(`${path}?limit=1${AS_ASKED[list] ?? ''}`).expect(200);
    cursors[list] = body.pagination.nextCursor;
  }
  return cursors;
}

/** A partner's own channel, on which a customer wrote and somebody answered. */
async function ownChannel(organization: TestOrganization): Promise<{ integrationId: string; messageId: string }> {
  const endpoint = { url: PARTNER, eventTypes: ['message.created'] };
  const webhookEndpointId = (await organization.post('/webhook-endpoints', endpoint).expect(201)).body.data.id;
  const page = { platform: 'api', oaId: word('channel'), name: word('shop'), webhookEndpointId };
  const { id } = (await organization.post('/integrations', page).expect(201)).body.data;
  const written = { messageId: word('message'), customer: { externalId: word('customer') }, text: word('text') };
  const { body } = await organization.post(`/integrations/${id}/inbound`, written).expect(200);
  const path = `/conversations/${body.data.conversationId}/messages`;
  const sent = await organization.post(path, { text: word('text') }).expect(202);
  return { integrationId: id, messageId: sent.body.data.id };
}

/** A word that is nowhere else. */
function word(kind: string): string {
  return `${kind}-${randomBytes(6).toString('hex')}`;
}

/** The same kind of value, of nobody. */
export function ghostOf(value: string): string {
  if (/^\d+$/.test(value)) return String(randomInt(10 ** 12)).padStart(value.length, '7');
  return value.replace(/[0-9a-f]{6,}(?=[^0-9a-f]*(@|$))/, (hex) =>
    randomBytes(hex.length).toString('hex').slice(0, hex.length),
  );
}

/** The same place in a list, of nobody's row. */
export function ghostOfCursor(cursor: string): string {
  const [at = '', id = '', ...rest] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  return Buffer.from([at, ghostOf(id), ...rest].join(' ')).toString('base64url');
}
