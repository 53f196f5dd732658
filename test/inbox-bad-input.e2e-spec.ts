import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const MEBIBYTE = 1024 * 1024;

describe('Bad input to the inbox', () => {
  let world: World;
  let acme: TestOrganization;
  let paths: Record<'integration' | 'chatbot' | 'customer' | 'conversation', string>;
  beforeAll(async () => {
    world = await World.start();
    acme = await world.organization();
    const { id, oaId } = await acme.conversation();
    const { body: conversation } = await acme.get(`/conversations/${id}`).expect(200);
    const { body: chatbot } = await acme.post('/chatbots', { name: 'Mai' }).expect(201);
    expect(conversation.data.oaId).toBe(oaId);
    paths = {
      integration: `/integrations/${conversation.data.integrationId}`,
      chatbot: `/chatbots/${chatbot.data.id}`,
      customer: `/customers/${conversation.data.customer.id}`,
      conversation: `/conversations/${id}`,
    };
  });
  afterAll(() => world.stop());

  const raw = (method: 'post' | 'patch', path: string, bytes: string) =>
    request(world.url)[method](path).set(acme.admin.headers).set('content-type', 'application/json').send(bytes);
  const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) });

  const TARGETS: [keyof typeof paths, string][] = [
    ['integration', 'name'],
    ['chatbot', 'name'],
    ['customer', 'nickName'],
    ['conversation', 'nickName'],
  ];

  it.each(TARGETS)('never changes a %s by a text that is none, or that Postgres cannot keep', async (target, field) => {
    const before = (await acme.get(paths[target]).expect(200)).body;
    for (const value of ['a\0b', 'half \ud83d', 'x'.repeat(256), '', '   ', 5, true, {}, [], ['x'], { a: 'x' }]) {
      const { body } = await acme.patch(paths[target], { [field]: value }).expect(422);
      expect(body.error.details).toEqual([{ path: field, message: expect.any(String) }]);
    }
    expect((await acme.get(paths[target]).expect(200)).body).toEqual(before);
  });

  it.each(TARGETS)('never changes a %s by a body that is no object of known fields', async (target) => {
    const before = (await acme.get(paths[target]).expect(200)).body;
    for (const bytes of ['[]', 'null', '"x"', '5', '[{"name":"x"}]', '{"id":"x"}', '{"orgId":"org_default_001"}'])
      await raw('patch', paths[target], bytes).expect(422);
    for (const bytes of ['{', '{"name":}', '{"__proto__":{"name":"x"}}', '{"constructor":{"prototype":{}}}'])
      await raw('patch', paths[target], bytes).expect(400);
    const { body } = await raw('patch', paths[target], `{"name":"${'x'.repeat(MEBIBYTE)}"}`).expect(413);
    expect(body.error.code).toBe('too_large');
    expect((await acme.get(paths[target]).expect(200)).body).toEqual(before);
  });

  it.each<[keyof typeof paths, string]>([
    ['integration', 'meta'],
    ['chatbot', 'settings'],
  ])('of any shape is kept by a %s in its %s exactly as it came, or refused', async (target, field) => {
    const kept = {
      '': 0,
      'a.b': [1, [2, [null]]],
      $where: '1',
      then: 'x',
      length: -1,
      text: 'đ👋',
      number: 1.5e300,
      deep: nested(20),
    };
    const { body } = await acme.patch(paths[target], { [field]: kept }).expect(200);
    expect(body.data[field]).toEqual(kept);
    expect((await acme.get(paths[target]).expect(200)).body.data[field]).toEqual(kept);
    for (const value of [
      nested(40),
      [],
      'x',
      5,
      null,
      { a: 'x\0' },
      { 'a\0': 1 },
      { a: ['\ud83d'] },
      { a: [{ constructor: 5 }] },
    ]) {
      const refused = await acme.patch(paths[target], { [field]: value }).expect(422);
      expect(refused.body.error.details[0].path.split('.')[0]).toBe(field);
    }
    expect((await acme.get(paths[target]).expect(200)).body.data[field]).toEqual(kept);
  });

  it.each(['toString', 'constructor', 'hasOwnProperty', 'then', '__defineGetter__'])(
    'of a field called %s is refused like any unknown one',
    async (field) => {
      for (const target of TARGETS) {
        const { body } = await raw('patch', paths[target[0]], `{"${field}":5}`).expect(422);
        expect(body.error.details[0].path).toBe(field);
      }
    },
  );

  it.each(['x', '1', '00000000-0000-0000-0000-00000000000g', "' OR 1=1", '%00', '..%2f..', 'a'.repeat(5_000)])(
    'as an id is not there: %s',
    async (id) => {
      for (const list of ['integrations', 'chatbots', 'customers', 'conversations']) {
        const { body } = await acme.get(`/${list}/${encodeURIComponent(id)}`).expect(404);
        expect(body.error.code).toBe('not_found');
      }
    },
  );

  it.each(['integrationId', 'assigneeId', 'chatbotId', 'oaId', 'search', 'status', 'platform', 'unread'])(
    'in the filter %s is named',
    async (field) => {
      for (const value of ['%00', '', `${'x'.repeat(300)}`]) {
        const { body } = await acme.get(`/conversations?${field}=${value}`).expect(422);
        expect(body.error.details).toEqual([{ path: field, message: expect.any(String) }]);
      }
      await acme.get(`/conversations?${field}[a]=b`).expect(422);
      await acme.get(`/conversations?${field}=a&${field}=b`).expect(422);
    },
  );
});
