import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { Client } from './support/client.js';
import { ServerProcess } from './support/server-process.js';
import { SocketClient } from './support/socket-client.js';
import { TcpProxy } from './support/tcp-proxy.js';
import type { TestOrganization } from './support/test-organization.js';
import { World, testEnvironment } from './support/world.js';

const WITHIN_MS = 2_000;

/** The world is one node; servers beside it are others, each a process of its own, on the same database. */
describe('Sockets on several nodes', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let proxy: TcpProxy;
  let other: ServerProcess;
  let otherUrl: string;
  let third: ServerProcess;
  let thirdUrl: string;
  const open: SocketClient[] = [];

  beforeAll(async () => {
    const direct = new URL(process.env['POLYDESK_TEST_POSTGRES'] ?? '');
    proxy = await TcpProxy.to(direct.hostname, Number(direct.port));
    world = await World.start({ RUN_JOBS: 'false' }, [], (url) => url); // Past a pooler: nodes listen.
    other = start(world.database.url);
    otherUrl = await listening(other);
    third = start(world.database.url.replace(`:${direct.port}/`, `:${proxy.port}/`));
    thirdUrl = await listening(third);
    [acme, rival] = [await world.organization(), await world.organization()];
    await haveMet();
  }, 180_000);
  afterEach(() => {
    proxy.heal();
    open.splice(0).forEach((socket) => socket.close());
  });
  afterAll(async () => {
    for (const node of [other, third]) node.kill('SIGTERM');
    await Promise.all([other.ended, third.ended]);
    await world.stop();
    await proxy.close();
  });

  /** Directly: what sockets tell each other needs a session. */
  const start = (url: string) =>
    ServerProcess.start({
      ...testEnvironment(url),
      DATABASE_DIRECT_URL: url,
      ENVIRONMENT: 'test',
      RUN_JOBS: 'false',
    });
  /** Patiently: starting from the sources takes a busy machine a while. */
  async function listening(node: ServerProcess): Promise<string> {
    await node.said(/listening on http/, 80_000);
    return node.url();
  }
  const connect = async (client: Client, at: string) => {
    const socket = await SocketClient.as(client, at);
    open.push(socket);
    return socket;
  };
  /** Whether everybody knows of everybody: each sees who is on the others. */
  async function haveMet(): Promise<void> {
    const sockets = await Promise.all([world.url, otherUrl, thirdUrl].map((url) => connect(acme.admin, url)));
    const agents = [await acme.as('agent'), await acme.as('agent'), await acme.as('agent')];
    const urls = [otherUrl, thirdUrl, world.url];
    for (const [index, agent] of agents.entries()) await connect(agent, urls[index] ?? '');
    for (const socket of sockets)
      while (((await socket.ask('presence.list')).data as string[]).length < 4) await delay(100);
    open.splice(0).forEach((socket) => socket.close());
  }

  it('hear what happened on another one, and only their own', async () => {
    const [here, there, foreign] = [
      await connect(acme.admin, world.url),
      await connect(acme.admin, otherUrl),
      await connect(rival.admin, otherUrl),
    ];
    const { id } = await acme.conversation('qua nút khác');
    for (const socket of [here, there]) {
      const { content } = await socket.hears('message.created', ({ conversationId }) => conversationId === id);
      const listed = await acme.get(`/conversations/${id}/messages`).expect(200);
      expect(content[0]).toEqual(listed.body.data[0]);
      await socket.hears('conversation.created', (conversation) => conversation.id === id);
    }
    await new Client(otherUrl, acme.admin.headers).patch(`/conversations/${id}`, { status: 'resolved' }).expect(200);
    await here.hears('conversation.updated', ({ status }) => status === 'resolved');
    const own = await rival.conversation('của mình');
    await foreign.hears('message.created', ({ conversationId }) => conversationId === own.id);
    for (const socket of [here, there]) expect(JSON.stringify(socket.heard)).not.toContain(rival.id);
    expect(JSON.stringify(foreign.heard)).not.toContain(acme.id);
  });

  it('hear what is longer than a notification', async () => {
    const there = await connect(acme.admin, otherUrl);
    const { oaId, customerId } = await acme.conversation();
    const text = 'dài ơi là dài '.repeat(280);
    await world.facebook.text(oaId, customerId, text);
    const { content } = await there.hears('message.created', (message) => message.text?.startsWith('dài'));
    expect(content[0].text).toBe(text);
  });

  it('hear from the first moment: whoever is let in misses nothing', async () => {
    for (let round = 0; round < 5; round += 1) {
      const fresh = await world.organization();
      const { oaId, customerId } = await fresh.conversation();
      const there = await connect(fresh.admin, otherUrl);
      await world.facebook.text(oaId, customerId, 'at once');
      await there.hears('message.created', ({ text }) => text === 'at once');
      there.close();
    }
  });

  it('see who types, and who is online, on another one', async () => {
    const agent = await acme.as('agent');
    const { id } = await acme.conversation();
    const [here, foreign] = [await connect(acme.admin, world.url), await connect(rival.admin, world.url)];
    await here.ask('conversation.watch', { conversationId: id });
    const there = await connect(agent, otherUrl);
    const echo = await connect(agent, world.url);
    await echo.ask('conversation.watch', { conversationId: id });
    await here.hears('presence', ({ userId, isOnline }) => userId === agent.user.id && isOnline);
    expect((await here.ask('presence.list')).data).toContain(agent.user.id);
    await there.ask('conversation.watch', { conversationId: id });
    await there.ask('typing', { conversationId: id, isTyping: true });
    await here.hears('typing', ({ isTyping }) => isTyping);
    there.close();
    await here.hears('typing', ({ isTyping }) => !isTyping);
    expect((await here.ask('presence.list')).data).toContain(agent.user.id);
    echo.close();
    await here.hears('presence', ({ userId, isOnline }) => userId === agent.user.id && !isOnline);
    expect(echo.events).not.toContain('typing');
    expect(foreign.events).toEqual([]);
  });

  it('are ended within two seconds where their caller is, by whichever node', async () => {
    const agent = await acme.as('agent');
    const [socket, stays] = [await connect(agent, otherUrl), await connect(acme.admin, otherUrl)];
    await acme.delete(`/users/${agent.user.id}`).expect(200);
    const begun = Date.now();
    await socket.ended;
    expect(Date.now() - begun).toBeLessThan(WITHIN_MS);

    const { body } = await acme.post('/api-keys', { name: 'k', scopes: ['messages:read'] }).expect(201);
    const key = await connect(new Client(world.url).withKey(body.data.key), otherUrl);
    await acme.delete(`/api-keys/${body.data.id}`).expect(200);
    const revoked = Date.now();
    await key.ended;
    expect(Date.now() - revoked).toBeLessThan(WITHIN_MS);

    const closing = await world.organization();
    const member = await connect(closing.admin, otherUrl);
    await world.superAdmin.delete(`/organizations/${closing.id}`).expect(200);
    const closed = Date.now();
    await member.ended;
    expect(Date.now() - closed).toBeLessThan(WITHIN_MS);
    expect(stays.socket.connected).toBe(true);
  });

  it('go on where Postgres was away for a while, and are told that they may have missed something', async () => {
    const [there, here] = [await connect(acme.admin, thirdUrl), await connect(acme.admin, world.url)];
    const { oaId, customerId } = await acme.conversation();
    await there.hears('message.created');
    proxy.cut();
    await world.facebook.text(oaId, customerId, 'meanwhile');
    await here.hears('message.created', ({ text }) => text === 'meanwhile');
    proxy.heal();
    await there.hears('events.missed');
    for (let attempt = 0; ; attempt += 1) {
      const text = `after ${attempt}`;
      await world.facebook.text(oaId, customerId, text);
      const isHeard = there.hears('message.created', (message) => message.text === text).then(() => true);
      if (await Promise.race([isHeard, delay(2_000, false)])) break;
      isHeard.catch(() => undefined);
      if (attempt > 5) throw new Error('It hears nothing any more');
    }
    await here.hears('conversation.updated', (conversation) => conversation.oaId === oaId);
    const back = new Client(thirdUrl, acme.admin.headers);
    const conversation = await acme.conversation();
    await back.patch(`/conversations/${conversation.id}`, { status: 'pending' }).expect(200);
    await here.hears('conversation.updated', ({ id, status }) => id === conversation.id && status === 'pending');
    expect(there.socket.connected).toBe(true);
  }, 60_000);

  it('hear once of each event, also after Postgres was away again and again', async () => {
    const there = await connect(acme.admin, thirdUrl);
    for (let times = 0; times < 3; times += 1) {
      const before = there.events.filter((event) => event === 'events.missed').length;
      proxy.cut();
      await delay(300);
      proxy.heal();
      while (there.events.filter((event) => event === 'events.missed').length === before) await delay(50);
    }
    const { oaId, customerId } = await acme.conversation();
    for (const text of ['một', 'hai']) await world.facebook.text(oaId, customerId, text);
    await there.hears('message.created', ({ text }) => text === 'hai');
    await acme.conversation('fence');
    await there.hears('message.created', ({ text }) => text === 'fence');
    for (const expected of ['một', 'hai'])
      expect(
        there.heard.filter(({ event, content }) => event === 'message.created' && content[0].text === expected),
      ).toHaveLength(1);
  }, 60_000);

  it('come back by themselves where their node stops, and are offline where it was killed', async () => {
    const node = start(world.database.url);
    const url = await listening(node);
    const [agent, colleague] = [await acme.as('agent'), await acme.as('agent')];
    const here = await connect(acme.admin, world.url);
    const there = await connect(agent, url);
    await here.hears('presence', ({ userId, isOnline }) => userId === agent.user.id && isOnline);
    const stopped = Date.now();
    node.kill('SIGTERM');
    expect(await there.ended).toMatch(/transport/); // Not the server's wish: clients connect again.
    await here.hears('presence', ({ userId, isOnline }) => userId === agent.user.id && !isOnline);
    expect(Date.now() - stopped).toBeLessThan(WITHIN_MS); // It said so itself.
    expect((await node.ended).code).toBe(0);

    const doomed = start(world.database.url);
    const at = await listening(doomed);
    await connect(colleague, at);
    await here.hears('presence', ({ userId, isOnline }) => userId === colleague.user.id && isOnline);
    doomed.kill('SIGKILL');
    await here.hears('presence', ({ userId, isOnline }) => userId === colleague.user.id && !isOnline);
  }, 180_000);

  it('cannot watch, on any node, what is another organization’s', async () => {
    const { id } = await rival.conversation();
    const there = await connect(acme.admin, otherUrl);
    const [foreign, nothing] = [
      await there.ask('conversation.watch', { conversationId: id }),
      await there.ask('conversation.watch', { conversationId: uuidv7() }),
    ];
    expect(JSON.stringify(foreign)).toBe(JSON.stringify(nothing));
  });
});
