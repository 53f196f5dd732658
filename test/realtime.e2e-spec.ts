import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { Client } from './support/client.js';
import { SocketClient } from './support/socket-client.js';
import type { Presenting } from './support/socket-client.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const APP = 'https://app.example.com';
const ROOM_FOR_ONE_MORE_CHECK_MS = 2_000;

describe('Sockets', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  const open: SocketClient[] = [];
  beforeAll(async () => {
    world = await World.start({ RUN_JOBS: 'false', CORS_ORIGINS: APP });
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterEach(() => open.splice(0).forEach((socket) => socket.close()));
  afterAll(() => world.stop());

  const kept = async (socket: Promise<SocketClient>) => {
    open.push(await socket);
    return socket;
  };
  const connect = (client: Client) => kept(SocketClient.as(client));
  const refusal = (presenting: Presenting) =>
    SocketClient.connect(world.url, presenting).then(
      () => 'let in',
      (error: { code: string }) => error.code,
    );
  const tokenOf = ({ headers }: Client) => (headers['authorization'] ?? '').replace('Bearer ', '');
  const keyOf = ({ headers }: Client) => headers['x-api-key'] ?? '';

  /** A token that ends when it is told to. */
  function tokenUntil(client: Client, end: number): string {
    const [header = '', payload = ''] = tokenOf(client).split('.');
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), exp: Math.floor(end / 1_000) };
    const body = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    const { JWT_SECRET } = world.config.settings;
    return `${body}.${createHmac('sha256', JWT_SECRET).update(body).digest('base64url')}`;
  }

  describe('let in', () => {
    it('whoever has a token or a key, presented as browsers or as servers do', async () => {
      const key = keyOf(await acme.withKey(['messages:read']));
      const ways: Presenting[] = [
        { auth: { token: tokenOf(acme.admin) } },
        { auth: { apiKey: key } },
        { headers: { authorization: `Bearer ${tokenOf(acme.admin)}` } },
        { headers: { 'x-api-key': key } },
        { auth: { token: tokenOf(acme.admin), apiKey: null } },
        { auth: { token: tokenOf(acme.admin) }, transports: ['polling'] },
        { auth: { token: tokenOf(acme.admin) }, transports: ['polling', 'websocket'] },
      ];
      for (const way of ways) await kept(SocketClient.connect(world.url, way));
    });

    it('nobody without a credential, or with two, or with one that is not valid', async () => {
      const [token, apiKey] = [tokenOf(acme.admin), keyOf(await acme.withKey(['messages:read']))];
      const ways: Presenting[] = [
        {},
        { auth: {} },
        { auth: { token, apiKey } },
        { auth: { token }, headers: { authorization: `Bearer ${token}` } },
        { auth: { token }, headers: { 'x-api-key': apiKey } },
        { auth: { token: `${token}x` } },
        { auth: { token: apiKey } },
        { auth: { apiKey: token } },
        { auth: { token: { $ne: '' } } },
        { auth: { token: [token] } },
        { auth: { token: 1 } },
        { auth: { token: '' } },
        { auth: JSON.parse(`{"__proto__":{"token":"${token}"}}`) },
        { headers: { authorization: `Basic ${token}` } },
        { headers: { authorization: token } },
        { headers: { cookie: `token=${token}` } },
      ];
      for (const way of ways) expect([way, await refusal(way)]).toEqual([way, 'unauthenticated']);
      expect(await refusal({ auth: { token: tokenUntil(acme.admin, Date.now() - 5_000) } })).toBe('token_expired');
    });

    it('no token that HTTP would not take either', async () => {
      const [header, payload] = tokenOf(acme.admin).split('.');
      const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
      const { JWT_SECRET } = world.config.settings;
      const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
      const sign = (head: string, part: object, digest = 'sha256', secret = JWT_SECRET) => {
        const body = `${head}.${encode(part)}`;
        return `${body}.${createHmac(digest, secret).update(body).digest('base64url')}`;
      };
      const tokens = [
        `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`,
        sign(encode({ alg: 'HS384', typ: 'JWT' }), claims, 'sha384'),
        sign(header ?? '', claims, 'sha256', 'another secret'),
        sign(header ?? '', { ...claims, iss: 'https://evil.example' }),
        sign(header ?? '', { ...claims, aud: 'another-service' }),
        sign(header ?? '', { ...claims, exp: undefined }),
        sign(header ?? '', { ...claims, userId: 'root' }),
        sign(header ?? '', { ...claims, userId: randomUUID() }),
        sign(header ?? '', { ...claims, orgId: rival.id }),
        sign(header ?? '', { ...claims, orgId: { contains: '' } }),
        sign(header ?? '', { ...claims, orgId: rival.id, act: { sub: claims.userId, orgId: acme.id } }),
      ];
      for (const token of tokens) {
        expect([token, await refusal({ auth: { token } })]).toEqual([token, 'unauthenticated']);
        await new Client(world.url, { authorization: `Bearer ${token}` }).get('/auth/me').expect(401);
      }
    });

    it('no key that may read neither conversations nor messages', async () => {
      expect(await refusal({ auth: { apiKey: keyOf(await acme.withKey(['users:read', 'messages:write'])) } })).toBe(
        'forbidden',
      );
    });

    it('nobody of an organization that is not active, and says so', async () => {
      const closed = await world.organization();
      await world.superAdmin.delete(`/organizations/${closed.id}`).expect(200);
      expect(await refusal({ auth: { token: tokenOf(closed.admin) } })).toBe('organization_inactive');
    });

    it('and counts whom they refuse', async () => {
      const count = async () => {
        const { text } = await world.anonymous.get('/metrics').expect(200);
        return Number(/polydesk_refused_authorizations_total\{reason="unauthenticated"\} (\d+)/.exec(text)?.[1] ?? 0);
      };
      const before = await count();
      await refusal({ auth: { token: 'x' } });
      expect(await count()).toBe(before + 1);
    });

    it('and counts whom they let in, and naming nobody', async () => {
      const count = async () => {
        const { text } = await world.anonymous.get('/metrics').expect(200);
        return Number(/^polydesk_sockets (\d+)$/m.exec(text)?.[1] ?? 0);
      };
      const until = async (expected: number) => {
        while ((await count()) !== expected) await new Promise(setImmediate);
      };
      await until(0);
      const sockets = [await connect(acme.admin), await connect(rival.admin)];
      await until(2);
      sockets.forEach((socket) => socket.close());
      await until(0);
    });

    it('no more than 30 of one caller', async () => {
      const agent = await acme.as('agent');
      for (let count = 0; count < 30; count += 1) await connect(agent);
      expect(await refusal({ auth: { token: tokenOf(agent) } })).toBe('too_many');
      await connect(acme.admin);
      open[0]?.close();
    });

    it('pages of the origins that may call, and of no other', async () => {
      const allowed = async (origin: string) => {
        const { headers } = await fetch(`${world.url}/socket.io/?EIO=4&transport=polling`, { headers: { origin } });
        return headers.get('access-control-allow-origin');
      };
      expect(await allowed(APP)).toBe(APP);
      expect(await allowed('https://evil.example')).toBeNull();
    });

    it('nobody to another namespace', async () => {
      for (const name of [acme.id, rival.id, `org:${acme.id}`, 'admin'])
        await expect(
          SocketClient.connect(`${world.url}/${name}`, { auth: { token: tokenOf(acme.admin) } }),
        ).rejects.toThrow('Invalid namespace');
    });
  });

  describe('tell', () => {
    it('of messages and conversations as HTTP shows them, and nobody else', async () => {
      const [socket, other] = [await connect(acme.admin), await connect(rival.admin)];
      const { id, oaId, customerId } = await acme.conversation('Xin chào');
      const created = await socket.hears('message.created', ({ conversationId }) => conversationId === id);
      const listed = await acme.get(`/conversations/${id}/messages`).expect(200);
      expect(created.content).toEqual([listed.body.data[0], { cursor: expect.stringMatching(/^[\w-]+$/) }]);
      expect((await socket.hears('conversation.created')).content[0]).toMatchObject({ id, orgId: acme.id });

      await world.facebook.text(oaId, customerId, 'Còn hàng không?');
      await socket.hears('message.created', ({ text }) => text === 'Còn hàng không?');
      const updated = await socket.hears('conversation.updated', ({ unreadCount }) => unreadCount === 2);
      const shown = await acme.get(`/conversations/${id}`).expect(200);
      expect(updated.content[0]).toEqual(shown.body.data);

      await acme.patch(`/conversations/${id}`, { status: 'resolved' }).expect(200);
      await socket.hears('conversation.updated', ({ status }) => status === 'resolved');

      const sent = await acme.post(`/conversations/${id}/messages`, { text: 'Còn ạ' }).expect(202);
      await socket.hears('message.created', (message) => message.id === sent.body.data.id);

      await rival.conversation('Bonjour');
      await other.hears('conversation.updated');
      expect(JSON.stringify(other.heard)).not.toContain(acme.id);
      expect(JSON.stringify(other.heard)).not.toContain(id);
      expect(JSON.stringify(socket.heard)).not.toContain(rival.id);
    });

    it('of a conversation in order', async () => {
      const socket = await connect(acme.admin);
      const { oaId, customerId } = await acme.conversation('0');
      const texts = Array.from({ length: 12 }, (_, index) => `in order ${index}`);
      for (const text of texts) await world.facebook.text(oaId, customerId, text);
      await socket.hears('message.created', ({ text }) => text === texts.at(-1));
      const heard = socket.heard
        .filter(({ event }) => event === 'message.created')
        .map(({ content }) => content[0].text);
      expect(heard.filter((text) => texts.includes(text))).toEqual(texts);
    });

    it('each caller of what they may read', async () => {
      const [conversations, messages] = [
        await connect(await acme.withKey(['conversations:read'])),
        await connect(await acme.withKey(['messages:read'])),
      ];
      const { id } = await acme.conversation();
      await conversations.hears('conversation.updated', (conversation) => conversation.id === id);
      await messages.hears('message.created', ({ conversationId }) => conversationId === id);
      const admin = await connect(acme.admin);
      await acme.patch(`/conversations/${id}`, { status: 'snoozed' }).expect(200);
      await conversations.hears('conversation.updated', ({ status }) => status === 'snoozed');
      await admin.hears('conversation.updated', ({ status }) => status === 'snoozed');
      expect(new Set(conversations.events)).toEqual(new Set(['conversation.created', 'conversation.updated']));
      expect(new Set(messages.events)).toEqual(new Set(['message.created']));
    });

    it('and look nothing up where nobody of the organization can hear', async () => {
      const { oaId, customerId } = await acme.conversation();
      const statements = async () => {
        const { text } = await world.anonymous.get('/metrics').expect(200);
        return Number(/^polydesk_database_statement_duration_seconds_count (\d+)$/m.exec(text)?.[1]);
      };
      const costOf = async (heardBy: SocketClient | null) => {
        const before = await statements();
        const texts = Array.from({ length: 20 }, (_, index) => `${randomUUID()} ${index}`);
        for (const text of texts) await world.facebook.text(oaId, customerId, text);
        await heardBy?.hears('message.created', ({ text }) => text === texts.at(-1));
        return (await statements()) - before;
      };
      await costOf(null);
      const alone = await costOf(null);
      await connect(rival.admin);
      const besideOthers = await costOf(null);
      const heard = await costOf(await connect(acme.admin));
      expect(besideOthers).toBeLessThan(alone + 15); // Once a second it is asked whether the rival still may.
      expect(heard).toBeGreaterThanOrEqual(alone + 20);
    });

    it('a super admin what happens in the organization that they switched to, unseen there', async () => {
      const { body } = await world.superAdmin.post('/auth/switch-organization', { orgId: acme.id }).expect(200);
      const [visitor, admin] = [
        await kept(SocketClient.connect(world.url, { auth: { token: body.tokens.accessToken } })),
        await connect(acme.admin),
      ];
      await acme.conversation();
      await visitor.hears('message.created');
      await rival.conversation();
      expect(JSON.stringify(visitor.heard)).not.toContain(rival.id);
      expect((await admin.ask('presence.list')).data).toEqual([acme.admin.user.id]);
    });
  });

  describe('end', () => {
    /** How long it takes, and what is said. */
    async function endOf(socket: SocketClient, change: () => PromiseLike<unknown>) {
      await change();
      const begun = Date.now();
      const reason = await socket.ended;
      expect(reason).toBe('io server disconnect');
      expect(Date.now() - begun).toBeLessThan(ROOM_FOR_ONE_MORE_CHECK_MS);
      return socket.heard.find(({ event }) => event === 'session.ended')?.content[0].code;
    }
    const behind = (sql: string, id: string) => () => world.database.rows(sql, [id]);

    it('with their user, also where it was ended past the application', async () => {
      const [agent, colleague] = [await acme.as('agent'), await acme.as('agent')];
      const stays = await connect(acme.admin);
      const socket = await connect(agent);
      expect(await endOf(socket, () => acme.delete(`/users/${agent.user.id}`).expect(200))).toBe('unauthenticated');
      const other = await connect(colleague);
      const sql = 'UPDATE users SET is_active = false WHERE id = $1';
      expect(await endOf(other, behind(sql, colleague.user.id))).toBe('unauthenticated');
      expect(await refusal({ auth: { token: tokenOf(colleague) } })).toBe('unauthenticated');
      expect(stays.socket.connected).toBe(true);
    });

    it('with their organization', async () => {
      const closing = await world.organization();
      const [socket, key, other] = [
        await connect(closing.admin),
        await connect(await closing.withKey(['messages:read'])),
        await connect(acme.admin),
      ];
      const ends = [socket, key].map((one) => endOf(one, () => Promise.resolve()));
      await world.superAdmin.delete(`/organizations/${closing.id}`).expect(200);
      expect(await Promise.all(ends)).toEqual(['organization_inactive', 'organization_inactive']);
      expect(other.socket.connected).toBe(true);
    });

    it('with their key: revoked, over, or rotated away', async () => {
      const make = async (fields: object = {}) =>
        (await acme.post('/api-keys', { name: 'k', scopes: ['messages:read'], ...fields }).expect(201)).body.data;
      const [revoked, rotated] = [await make(), await make()];
      const over = await make({ expiresAt: new Date(Date.now() + 2_500).toISOString() });
      const at = ({ key }: { key: string }) => kept(SocketClient.connect(world.url, { auth: { apiKey: key } }));
      const [first, second, third] = [await at(revoked), await at(rotated), await at(over)];
      expect(await endOf(first, () => acme.delete(`/api-keys/${revoked.id}`).expect(200))).toBe('unauthenticated');
      const { body } = await acme.post(`/api-keys/${rotated.id}/rotate`, { overlapSeconds: 0 }).expect(200);
      expect(await endOf(second, () => Promise.resolve())).toBe('unauthenticated');
      await at(body.data);
      await third.ended;
    });

    it('with their access token', async () => {
      const end = Date.now() + 2_000;
      const socket = await kept(SocketClient.connect(world.url, { auth: { token: tokenUntil(acme.admin, end) } }));
      await socket.ended;
      expect(socket.heard.at(-1)).toEqual({
        event: 'session.ended',
        content: [{ code: 'token_expired', message: expect.any(String) }],
      });
    });

    it('where the role changed, so that the next one has the new rights', async () => {
      const agent = await acme.as('manager');
      const socket = await connect(agent);
      const change = () => acme.patch(`/users/${agent.user.id}`, { role: 'agent' }).expect(200);
      expect(await endOf(socket, change)).toBe('permissions_changed');
      await connect(agent);
    });

    it('not with a new password, as access tokens do not', async () => {
      const agent = await acme.as('agent');
      const socket = await connect(agent);
      await acme.patch(`/users/${agent.user.id}`, { password: 'another good password' }).expect(200);
      await agent.get('/auth/me').expect(200);
      expect((await socket.ask('presence.list')).ok).toBe(true);
    });
  });

  describe('watch', () => {
    it('conversations of their organization, and no other, nor learn that there are others', async () => {
      const [socket, own, foreign] = [await connect(acme.admin), await acme.conversation(), await rival.conversation()];
      expect(await socket.ask('conversation.watch', { conversationId: own.id })).toEqual({ ok: true });
      const nothing = await socket.ask('conversation.watch', { conversationId: uuidv7() });
      expect(nothing).toEqual({ ok: false, error: { code: 'not_found', message: expect.any(String) } });
      for (const conversationId of [foreign.id, 'x', '', rival.id, `conversation ${rival.id} ${foreign.id}`])
        expect(JSON.stringify(await socket.ask('conversation.watch', { conversationId }))).toBe(
          JSON.stringify(nothing),
        );
    });

    it('at most 100 of them', async () => {
      const socket = await connect(acme.admin);
      const { id, oaId } = await acme.conversation();
      const customers = Array.from({ length: 100 }, (_, index) => String(5_000_000 + index));
      for (const customer of customers) await world.facebook.text(oaId, customer, 'x');
      const { body } = await acme.get(`/conversations?oaId=${oaId}&limit=100`).expect(200);
      const ids = [...new Set([...body.data.map((one: { id: string }) => one.id), id])];
      const patiently = async (conversationId: unknown) => {
        for (;;) {
          const answer = await socket.ask('conversation.watch', { conversationId });
          if (answer.error?.code !== 'rate_limited') return answer;
          await delay(200);
        }
      };
      expect(ids.length).toBeGreaterThan(100);
      const answers = [];
      for (const conversationId of ids) answers.push(await patiently(conversationId));
      expect(answers.filter(({ ok }) => ok)).toHaveLength(100);
      expect(answers.find(({ ok }) => !ok)?.error?.code).toBe('too_many');
      await socket.ask('conversation.unwatch', { conversationId: ids[0] });
      expect(await patiently(ids.at(-1))).toEqual({ ok: true });
    });
  });

  describe('say who is typing', () => {
    it('to those who watch the conversation, and not to whoever types', async () => {
      const [agent, watcher] = [await acme.as('agent'), await acme.as('agent')];
      const [typing, sameUser, looking, elsewhere] = [
        await connect(agent),
        await connect(agent),
        await connect(watcher),
        await connect(acme.admin),
      ];
      const { id } = await acme.conversation();
      for (const socket of [typing, sameUser, looking])
        expect(await socket.ask('conversation.watch', { conversationId: id })).toEqual({ ok: true });
      await typing.ask('typing', { conversationId: id, isTyping: true });
      const { content } = await looking.hears('typing');
      const user = { id: agent.user.id, name: agent.user.username };
      expect(content).toEqual([{ conversationId: id, user, isTyping: true }]);
      await typing.ask('typing', { conversationId: id, isTyping: false });
      await looking.hears('typing', ({ isTyping }) => !isTyping);
      for (const socket of [typing, sameUser, elsewhere]) expect(socket.events).not.toContain('typing');
    });

    it('until they stop saying so, or are gone', async () => {
      const [first, second] = [await connect(await acme.as('agent')), await connect(await acme.as('agent'))];
      const looking = await connect(acme.admin);
      const [one, two] = [await acme.conversation(), await acme.conversation()];
      for (const { id } of [one, two]) await looking.ask('conversation.watch', { conversationId: id });
      await first.ask('conversation.watch', { conversationId: one.id });
      await second.ask('conversation.watch', { conversationId: two.id });
      await first.ask('typing', { conversationId: one.id, isTyping: true });
      await second.ask('typing', { conversationId: two.id, isTyping: true });
      const stopped = (id: string) =>
        looking.hears('typing', (typing) => typing.conversationId === id && !typing.isTyping);
      second.close();
      await stopped(two.id);
      await stopped(one.id);
    });

    it('of people who may write, where they watch', async () => {
      const { id } = await acme.conversation();
      const foreign = await rival.conversation();
      const key = await connect(await acme.withKey(['conversations:read', 'messages:read', 'messages:write']));
      const reader = await connect(await acme.withKey(['conversations:read']));
      const admin = await connect(acme.admin);
      for (const socket of [key, reader]) {
        await socket.ask('conversation.watch', { conversationId: id });
        expect((await socket.ask('typing', { conversationId: id, isTyping: true })).error?.code).toBe('forbidden');
      }
      const answers = [];
      for (const conversationId of [id, foreign.id, uuidv7()])
        answers.push(JSON.stringify(await admin.ask('typing', { conversationId, isTyping: true })));
      expect(new Set(answers).size).toBe(1);
      expect(answers[0]).toContain('not_found');
    });
  });

  describe('say who is online', () => {
    it('to the people of the organization, as they come and go', async () => {
      const [agent, manager] = [await acme.as('agent'), await acme.as('manager')];
      const [admin, other] = [await connect(acme.admin), await connect(rival.admin)];
      const [first, second] = [await connect(agent), await connect(agent)];
      expect((await admin.hears('presence')).content).toEqual([{ userId: agent.user.id, isOnline: true }]);
      const list = await admin.ask('presence.list');
      expect(list).toEqual({ ok: true, data: expect.arrayContaining([acme.admin.user.id, agent.user.id]) });
      first.close();
      await connect(manager);
      await admin.hears('presence', ({ userId }) => userId === manager.user.id);
      expect(admin.heard.filter(({ content }) => content[0].isOnline === false)).toEqual([]);
      second.close();
      await admin.hears('presence', ({ userId, isOnline }) => userId === agent.user.id && !isOnline);
      expect(other.heard).toEqual([]);
      expect((await other.ask('presence.list')).data).toEqual([rival.admin.user.id]);
    });

    it('and neither of keys nor to them, unless they may read users', async () => {
      const [admin, key, reader] = [
        await connect(acme.admin),
        await connect(await acme.withKey(['conversations:read'])),
        await connect(await acme.withKey(['conversations:read', 'users:read'])),
      ];
      expect((await key.ask('presence.list')).error?.code).toBe('forbidden');
      expect((await reader.ask('presence.list')).data).toEqual([acme.admin.user.id]);
      await connect(await acme.as('agent'));
      await reader.hears('presence');
      expect([admin.events.length, key.events]).toEqual([1, []]);
    });
  });
});
