import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Client } from './support/client.js';
import { SocketClient } from './support/socket-client.js';
import type { Answer } from './support/socket-client.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const EVENTS = ['conversation.watch', 'conversation.unwatch', 'typing', 'presence.list'];

describe('A socket that misbehaves', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let foreign: { id: string; oaId: string; customerId: string };
  let victim: SocketClient;
  const open: SocketClient[] = [];
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
    foreign = await rival.conversation();
    victim = await SocketClient.as(rival.admin);
    await victim.ask('conversation.watch', { conversationId: foreign.id });
  });
  afterEach(() => open.splice(0).forEach((socket) => socket.close()));
  afterAll(async () => {
    victim.close();
    await world.stop();
  });

  const connect = async (client: Client) => {
    const socket = await SocketClient.as(client);
    open.push(socket);
    return socket;
  };
  /** Waits where the server asks for it. */
  const patiently = async (socket: SocketClient, event: string, ...content: unknown[]): Promise<Answer> => {
    for (;;) {
      const answer = await socket.ask(event, ...content);
      if (answer.error?.code !== 'rate_limited') return answer;
      await delay(250);
    }
  };
  /** The server is well, and the victim has heard nothing that is not its own. */
  const expectUnharmed = async (attacker: SocketClient) => {
    const text = `to rival ${Math.random()}`;
    await world.facebook.text(foreign.oaId, foreign.customerId, text);
    await victim.hears('message.created', (message) => message.text === text);
    await world.anonymous.get('/health/live').expect(200);
    expect(JSON.stringify(attacker.heard)).not.toContain(text);
    expect(JSON.stringify(attacker.heard)).not.toContain(foreign.id);
    expect(JSON.stringify(victim.heard)).not.toContain(acme.id);
    expect(victim.events).not.toContain('typing');
  };

  it('is told what is wrong with what it sends', async () => {
    const socket = await connect(acme.admin);
    const wrong: unknown[][] = [
      [],
      [null],
      ['text'],
      [1],
      [true],
      [[]],
      [[{ conversationId: foreign.id }]],
      [{}],
      [{ conversationId: null }],
      [{ conversationId: 1 }],
      [{ conversationId: { $ne: null } }],
      [{ conversationId: [foreign.id] }],
      [{ conversationId: foreign.id, orgId: rival.id }],
      [{ conversationId: foreign.id, room: `conversation ${rival.id} ${foreign.id}` }],
      [JSON.parse(`{"__proto__":{"conversationId":"${foreign.id}"}}`)],
      [{ constructor: { prototype: {} } }],
      [{ conversationId: foreign.id }, { conversationId: foreign.id }],
      [Buffer.from('x')],
      [{ conversationId: Buffer.from(foreign.id) }],
    ];
    for (const content of wrong) {
      const answer = await patiently(socket, 'conversation.watch', ...content);
      expect([content, answer.error?.code]).toEqual([content, 'invalid']);
    }
    for (const isTyping of [undefined, 'true', 1, null, {}])
      expect((await patiently(socket, 'typing', { conversationId: foreign.id, isTyping })).error?.code).toBe('invalid');
    await expectUnharmed(socket);
  });

  it('finds no other events', async () => {
    const socket = await connect(acme.admin);
    for (const event of [
      'join',
      'deliver',
      'board',
      'arrived',
      'standing',
      'message.created',
      '__proto__',
      'constructor',
      '',
      'error',
    ])
      expect([event, (await patiently(socket, event, { room: `people ${rival.id}` })).error?.code]).toEqual([
        event,
        'invalid',
      ]);
    await expectUnharmed(socket);
  });

  it('cannot say anything that another organization hears, or hear it, whatever it sends', async () => {
    const names = fc.constantFrom(
      foreign.id,
      rival.id,
      acme.id,
      `messages ${rival.id}`,
      `conversation ${rival.id} ${foreign.id}`,
      `people ${rival.id}`,
      `caller ${rival.id} user ${rival.admin.user.id}`,
      victim.socket.id ?? '',
    );
    const value = fc.oneof(names, fc.jsonValue(), fc.boolean());
    const keys = fc.constantFrom('conversationId', 'isTyping', 'orgId', 'room', 'rooms', '__proto__', 'user', 'nsp');
    const said = fc.tuple(
      fc.oneof(fc.constantFrom(...EVENTS), names, fc.string()),
      fc.oneof(fc.dictionary(keys, value), value),
    );
    const reserved = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'];
    let socket = await connect(acme.admin);
    await fc.assert(
      fc.asyncProperty(said, async ([event, payload]) => {
        if (reserved.includes(event)) return;
        if (!socket.socket.connected) socket = await connect(acme.admin);
        const answer = await patiently(socket, event, payload);
        expect(answer.ok && event === 'conversation.watch').toBe(false);
        expect(JSON.stringify(answer.data ?? null)).not.toContain(rival.admin.user.id);
        if (!answer.ok) expect(['invalid', 'not_found', 'forbidden']).toContain(answer.error?.code);
      }),
      { numRuns: 150 },
    );
    await expectUnharmed(socket);
  }, 60_000);

  it('sends too fast, and is told so; far too fast, and is cut off', async () => {
    const socket = await connect(acme.admin);
    const answers = await Promise.all(Array.from({ length: 60 }, () => socket.ask('presence.list')));
    expect(answers.filter(({ ok }) => ok).length).toBeLessThanOrEqual(40);
    expect(answers.at(-1)?.error?.code).toBe('rate_limited');
    for (let count = 0; count < 1_000; count += 1) socket.socket.emit('presence.list');
    expect(await socket.ended).toMatch(/io server disconnect|transport/);
    await expectUnharmed(await connect(acme.admin));
  });

  it('sends too much at once, and is cut off', async () => {
    const socket = await connect(acme.admin);
    socket.socket.emit('conversation.watch', { conversationId: 'x'.repeat(20_000) });
    expect(await socket.ended).toMatch(/transport/);
    await expectUnharmed(await connect(acme.admin));
  });

  it.each<[string, (socket: SocketClient) => void]>([
    ['a packet that is none', ({ socket }) => socket.io.engine.write('2[{{')],
    ['a reserved event', ({ socket }) => socket.io.engine.write('2["disconnect"]')],
    ['attachments without end', ({ socket }) => socket.io.engine.write('51000000-["x",{"_placeholder":true,"num":0}]')],
    ['another type of packet', ({ socket }) => socket.io.engine.write('9["x"]')],
  ])('sends %s, and only harms itself', async (_, send) => {
    const socket = await connect(acme.admin);
    send(socket);
    expect(await socket.ended).toBeTruthy();
    await expectUnharmed(await connect(acme.admin));
  });

  it('sends no acknowledgement, and is none the worse', async () => {
    const socket = await connect(acme.admin);
    for (const event of EVENTS) socket.socket.emit(event, { conversationId: foreign.id, isTyping: true });
    expect((await patiently(socket, 'presence.list')).ok).toBe(true);
    await expectUnharmed(socket);
  });
});
