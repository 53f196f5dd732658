import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type request from 'supertest';
import { AnsweringWorld, eventually } from './support/chatbot-desk.js';
import type { ChatbotCustomer } from './support/chatbot-desk.js';
import { Client } from './support/client.js';
import { OtherServer, fails, hangs } from './support/model-stub.js';
import type { TestOrganization } from './support/test-organization.js';

interface Operation {
  description?: string;
  responses: Record<string, { description?: string }>;
}

describe("A chatbot of a partner's webhook", () => {
  let desk: AnsweringWorld;
  let acme: TestOrganization;
  const servers: OtherServer[] = [];
  beforeAll(async () => {
    desk = await AnsweringWorld.start();
    acme = await desk.world.organization();
  });
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));
  afterAll(() => desk.stop());

  async function partner(config: object = {}) {
    const server = await OtherServer.start();
    servers.push(server);
    const customer = await desk.customer(acme, { type: 'webhook', config: { url: `${server.url}/bot`, ...config } });
    return { server, customer };
  }

  /** As the chatbot itself. */
  async function keyOf(customer: ChatbotCustomer): Promise<Client> {
    const { body } = await acme.post(`/chatbots/${customer.bot.id}/api-key`).expect(201);
    return new Client(desk.world.url).withKey(body.data.key);
  }

  const told = (server: OtherServer, count: number) =>
    eventually(
      () => Promise.resolve(server.heard),
      ({ length }) => length >= count,
    );

  it('is told every message of its customers, signed by Standard Webhooks', async () => {
    const { server, customer } = await partner();
    await customer.writes('one');
    await told(server, 1);
    await customer.writes('two');
    const heard = await told(server, 2);
    const [message] = await customer.messages();
    for (const { raw, headers } of heard)
      expect(new Webhook(customer.bot.secret).verify(raw, headers as Record<string, string>)).toBeTruthy();
    expect(heard[0]).toMatchObject({
      path: '/bot',
      headers: { 'webhook-id': `msg_${message?.id}`, 'content-type': 'application/json' },
      body: {
        type: 'message.created',
        timestamp: expect.stringMatching(/Z$/),
        data: { conversation: { id: (await customer.conversation()).id, status: 'pending' }, message: { text: 'one' } },
      },
    });
    expect(heard[1]?.body.data?.message.text).toBe('two');
  });

  it('is told one message at a time, in their order, however long it takes', async () => {
    const { server, customer } = await partner();
    let goOn = (): void => undefined;
    server.next(async (_, response) => {
      await new Promise<void>((resolve) => (goOn = resolve));
      response.end();
    });
    await customer.writes('one');
    await told(server, 1);
    for (const text of ['two', 'three']) await customer.writes(text);
    await customer.settled(['follow']);
    expect(server.heard).toHaveLength(1);
    goOn();
    const heard = await told(server, 3);
    expect(heard.map(({ body }) => body.data?.message.text)).toEqual(['one', 'two', 'three']);
  });

  it('is told again what a process that died was at', async () => {
    const { server, customer } = await partner();
    await customer.writes('one');
    await told(server, 1);
    await customer.settled();
    const { id } = await customer.conversation();
    await desk.world.database.rows(
      `UPDATE conversations SET bot_answered_id = NULL, bot_busy_until = now() + interval '1 second' WHERE id = $1`,
      [id],
    );
    await customer.writes('two');
    const heard = await told(server, 3);
    expect(heard.map(({ body }) => body.data?.message.text)).toEqual(['one', 'one', 'two']);
    expect(heard[1]?.headers['webhook-id']).toBe(heard[0]?.headers['webhook-id']);
  });

  it('answers with its own key, as itself, and keeps the conversation', async () => {
    const { customer } = await partner();
    const bot = await keyOf(customer);
    await customer.writes('hello');
    const { id } = await customer.conversation();
    const { body } = await bot.post(`/conversations/${id}/messages`, { text: 'I am a partner' }).expect(202);
    expect(body.data).toMatchObject({ senderType: 'chatbot', senderId: customer.bot.id, accountId: null });
    expect(await customer.conversation()).toMatchObject({ status: 'pending' });
    await bot.patch(`/conversations/${id}`, { status: 'open' }).expect(200);
    expect(await customer.conversation()).toMatchObject({ status: 'open' });
  });

  it('writes only in conversations that it has', async () => {
    const [{ customer }, { customer: other }] = [await partner(), await partner()];
    const bot = await keyOf(customer);
    for (const each of [customer, other]) await each.writes('hello');
    const refused = async ({ id }: { id: string }) => {
      const { body } = await bot.post(`/conversations/${id}/messages`, { text: 'mine?' }).expect(409);
      expect(body.error.code).toBe('not_its_conversation');
      await bot.patch(`/conversations/${id}`, { status: 'resolved' }).expect(409);
      await bot.post(`/conversations/${id}/read`).expect(409);
    };
    await refused(await other.conversation());
    await customer.patch({ assigneeId: acme.admin.user.id });
    await refused(await customer.conversation());
    expect([...(await customer.answers()), ...(await other.answers())]).toEqual([]);
  });

  it('changes nothing beside conversations that it does not have', async () => {
    const [{ customer }, { customer: other }] = [await partner(), await partner()];
    const bot = await keyOf(customer);
    for (const each of [customer, other]) await each.writes('hello');
    const { body: label } = await acme.post('/labels', { name: `VIP ${customer.oaId}` }).expect(201);
    const [labelIds, userIds] = [[label.data.id], [acme.admin.user.id]];
    const changes = ({ id }: { id: string }) => [
      bot.put(`/conversations/${id}/labels`, { labelIds }),
      bot.put(`/conversations/${id}/participants`, { userIds }),
      bot.post(`/conversations/${id}/notes`, { text: 'Asked for a price' }),
      bot.post(`/conversations/${id}/typing`),
    ];
    const mine = await customer.conversation();
    for (const change of changes(mine)) expect((await change).status).toBeLessThan(300);
    const { body: timeline } = await bot.get(`/conversations/${mine.id}/timeline`).expect(200);
    const note = timeline.data.find(({ kind }: { kind: string }) => kind === 'note');
    await bot.patch(`/notes/${note.id}`, { text: 'Asked for two prices' }).expect(200);

    const refused = async (given: { id: string }, more: request.Test[] = []) => {
      for (const change of [...changes(given), bot.patch(`/conversations/${given.id}`, { assigneeId: null }), ...more])
        expect((await change.expect(409)).body.error.code).toBe('not_its_conversation');
    };
    await refused(await other.conversation());
    await customer.patch({ assigneeId: acme.admin.user.id });
    await refused(mine, [bot.patch(`/notes/${note.id}`, { text: 'mine?' }), bot.delete(`/notes/${note.id}`)]);
    const { body: untouched } = await acme
      .get(`/conversations/${(await other.conversation()).id}/timeline`)
      .expect(200);
    expect(untouched.data).toEqual([]);
  });

  it('is refused in the same words by every route that changes a conversation', async () => {
    const { body: document } = await desk.world.anonymous.get('/openapi.json').expect(200);
    const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ route: `${method} ${path}`, ...operation })),
    );
    const changing = operations.filter(
      ({ route, description = '' }) =>
        /^\w+ \/(conversations|messages|notes)\//.test(route) && /`\w+:write`/.test(description),
    );
    expect(changing.length).toBeGreaterThan(8);
    const silent = changing.filter(
      ({ responses }) => !/not_its_conversation/.test(responses['409']?.description ?? ''),
    );
    expect(silent.map(({ route }) => route)).toEqual([]);
  });

  it("writes nothing in the name of customers: a partner's channel is for keys of its own", async () => {
    const { customer } = await partner();
    const bot = await keyOf(customer);
    const { body: endpoint } = await acme
      .post('/webhook-endpoints', { url: 'http://127.0.0.1:9/', eventTypes: ['message.created'] })
      .expect(201);
    const fields = { platform: 'api', oaId: `api-${customer.oaId}`, name: 'Ours', webhookEndpointId: endpoint.data.id };
    const { body } = await acme.post('/integrations', fields).expect(201);
    const inbound = { messageId: 'm1', customer: { externalId: 'c1' }, text: 'I am a customer' };
    await bot.post(`/integrations/${body.data.id}/inbound`, inbound).expect(403);
    await bot.post(`/integrations/${body.data.id}/receipts`, { messageId: body.data.id, status: 'read' }).expect(403);
    const channel = await acme.withKey(['messages:write']);
    await channel.post(`/integrations/${body.data.id}/inbound`, inbound).expect(200);
  });

  it('has one key, which ends with the next one and with itself', async () => {
    const { customer } = await partner();
    const first = await keyOf(customer);
    const second = await keyOf(customer);
    await first.get('/conversations').expect(401);
    await second.get('/conversations').expect(200);
    await second.get('/customers').expect(403);
    await acme.delete(`/chatbots/${customer.bot.id}`).expect(200);
    await second.get('/conversations').expect(401);
  });

  it('is tried again where it fails, under the same id', async () => {
    const { server, customer } = await partner();
    server.next(fails(503));
    server.next(fails(429));
    await customer.writes('hello');
    const heard = await told(server, 3);
    await customer.settled();
    expect(new Set(heard.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await customer.conversation()).toMatchObject({ status: 'pending' });
  });

  it('gives way to people where it keeps failing, refuses, or takes too long', async () => {
    const failing = await partner();
    for (let tries = 0; tries < 3; tries += 1) failing.server.next(fails(500));
    await failing.customer.writes('hello');
    expect(await failing.customer.handedOver()).toMatch(/status 500/);
    expect(failing.server.heard).toHaveLength(3);

    const refusing = await partner();
    refusing.server.next(fails(404));
    await refusing.customer.writes('hello');
    expect(await refusing.customer.handedOver()).toMatch(/status 404/);
    expect(refusing.server.heard).toHaveLength(1);

    const slow = await partner({ timeoutMs: 500 });
    for (let tries = 0; tries < 3; tries += 1) slow.server.next(hangs());
    await slow.customer.writes('hello');
    expect(await slow.customer.handedOver()).toMatch(/within 0.5 s/);
  }, 30_000);

  it('signs with a new secret once it is rotated', async () => {
    const { server, customer } = await partner();
    const { body } = await acme.post(`/chatbots/${customer.bot.id}/rotate-secret`).expect(200);
    expect(body.data.secret).toMatch(/^whsec_/);
    expect(body.data.secret).not.toBe(customer.bot.secret);
    await customer.writes('hello');
    const [heard] = await told(server, 1);
    const headers = heard?.headers as Record<string, string>;
    expect(new Webhook(body.data.secret).verify(heard?.raw ?? '', headers)).toBeTruthy();
    expect(() => new Webhook(customer.bot.secret).verify(heard?.raw ?? '', headers)).toThrow();
  });
});
