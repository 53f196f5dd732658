import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { Customer } from '../src/providers/customer.js';
import { Desk } from './support/providers.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

/** Ids as Zalo has them, which no number holds. */
const PERSON = '5512345678901234567';
const OTHER_WAYS = ['oa-key header', 'app-secret body', 'app-secret header'] as const;

describe('Zalo', () => {
  let desk: Desk;
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let people = 0n;

  beforeAll(async () => {
    desk = await Desk.start();
    world = await World.start({ ...desk.settings, RUN_JOBS: 'true' });
    desk.pointAt(world.url);
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(async () => {
    await world.stop();
    await desk.stop();
  });

  it('goes the whole way: connect, receive, answer, delivered, read, token dies, reconnect, disconnect', async () => {
    const oa = desk.oa({ name: 'Tiệm hoa' });
    await authorize(oa.oaId);
    const customer = desk.customer('zalo', oa.oaId, nextPerson());
    await customer.writes('Còn hoa hồng không?');
    const conversation = await conversationOf(customer);
    expect(conversation).toMatchObject({ platform: 'zalo', oaId: oa.oaId, customer: { externalId: customer.id } });

    const answer = await send(conversation.id, 'Dạ còn ạ');
    await customer.hears('Dạ còn ạ');
    await message(conversation.id, answer, { status: 'delivered' });
    await customer.reads();
    await message(conversation.id, answer, { status: 'read', isRead: true });

    desk.killToken(oa.oaId);
    const lost = await send(conversation.id, 'Anh cần mấy bông?');
    await message(conversation.id, lost, { status: 'failed', error: { code: expect.any(String) } });
    const [dead] = await integrations(oa.oaId);
    expect(dead).toMatchObject({ status: 'reconnect_required', statusReason: expect.any(String) });

    await authorize(oa.oaId);
    expect(await integrations(oa.oaId)).toMatchObject([{ id: dead.id, status: 'connected' }]);
    await acme.post(`/messages/${lost}/retry`).expect(202);
    await customer.hears('Anh cần mấy bông?');

    await acme.delete(`/integrations/${dead.id}`).expect(200);
    await customer.writes('Còn ai ở đó không?');
    const { body } = await acme.get(`/conversations/${conversation.id}/messages`).expect(200);
    expect(body.data.map(({ text }: { text: string }) => text)).not.toContain('Còn ai ở đó không?');
  }, 60_000);

  describe('brings', () => {
    it('texts, quotes and attachments, each once, and to its organization alone', async () => {
      const { customer, conversation } = await talk();
      const first = await customer.writes({ attachments: [{ type: 'image' }, { type: 'file', name: 'giá.pdf' }] });
      await customer.writes({ text: 'Cái này', replyTo: first });
      const { body } = await acme.get(`/conversations/${conversation.id}/messages`).expect(200);
      expect(body.data).toMatchObject([
        { direction: 'in', text: 'Cái này', metadata: { replyTo: first } },
        { text: null, attachments: [{ type: 'image' }, { type: 'file', title: 'giá.pdf' }] },
        { text: 'Xin chào' },
      ]);
      await rival.get(`/conversations/${conversation.id}/messages`).expect(404);
    });

    it('reactions', async () => {
      const { customer, conversation } = await talk();
      const answer = await send(conversation.id, 'Dạ');
      const { id } = await customer.hears('Dạ');
      await customer.reacts(id, '/-heart');
      await message(conversation.id, answer, { metadata: { reactions: expect.anything() } });
    });

    it('receipts whichever side the account is on', async () => {
      const { customer, conversation } = await talk();
      const answer = await send(conversation.id, 'Dạ vâng');
      const { id } = await customer.hears('Dạ vâng');
      await message(conversation.id, answer, { status: 'delivered' });
      const sides = { sender: { id: customer.id }, recipient: { id: customer.page.oaId } };
      await post({ event_name: 'user_seen_message', ...sides, message: { msg_ids: [id] } }).expect(200);
      await message(conversation.id, answer, { status: 'read' });
    });

    it('what staff writes in its own console, as theirs', async () => {
      const { customer, conversation } = await talk();
      const sides = { sender: { id: customer.page.oaId, admin_id: '31' }, recipient: { id: customer.id } };
      await post({ event_name: 'oa_send_text', ...sides, message: { msg_id: 'c1', text: 'Từ Zalo' } }).expect(200);
      const { body } = await acme.get(`/conversations/${conversation.id}/messages`).expect(200);
      expect(body.data[0]).toMatchObject({ direction: 'out', text: 'Từ Zalo', metadata: { adminId: '31' } });
    });

    it('word of an answer that it took after hours of waiting, whose acknowledgement was lost', async () => {
      const { customer, conversation } = await talk();
      const { oaId } = customer.page;
      desk.fault({ platform: 'zalo', page: oaId, code: -32, retryAfter: 2 });
      desk.fault({ platform: 'zalo', page: oaId, drop: 'after' });
      const answer = await send(conversation.id, 'Dạ, giờ mới gửi được');
      await world.database.rows(`UPDATE messages SET created_at = created_at - interval '8 hours' WHERE id = $1`, [
        answer,
      ]);
      const { id } = await customer.hears('Dạ, giờ mới gửi được');
      const known = async () =>
        (await world.database.rows('SELECT FROM messages WHERE id = $1 AND part_ids = $2', [answer, [id]])).length > 0;
      await until(known);
      const { body } = await acme.get(`/conversations/${conversation.id}/messages`).expect(200);
      expect(body.data).toHaveLength(2); // Its echo is no other message.
    });

    it('the wish to be forgotten', async () => {
      const { customer, conversation } = await talk();
      await customer.withdraws();
      await until(async () => (await acme.get(`/conversations/${conversation.id}`)).status === 404);
    });

    it('the wish to be forgotten, of which nothing is left that named them', async () => {
      const { customer, conversation } = await talk();
      await customer.writes('Giao đến số 12 ngõ Huế');
      await send(conversation.id, 'Dạ');
      await customer.hears('Dạ');
      const [sides, oaId] = [
        { sender: { id: customer.id }, recipient: { id: customer.page.oaId } },
        customer.page.oaId,
      ];
      await post({ event_name: 'user_submit_info', ...sides, info: { phone: '84909123456' } }).expect(200);
      await post({ event_name: 'user_click_chatnow', oa_id: oaId, user_id: customer.id }).expect(200);
      await post({ event_name: 'add_user_to_tag', oa_id: oaId, tag: { user_ids: [customer.id] } }).expect(200);
      await post({ event_name: 'user_reacted_message', ...sides, message: { msg_id: 'm-early-7', react_icon: ':>' } });
      const other = await talk();
      expect(await traces(customer.id)).not.toEqual([]);
      await desk.settled();
      await customer.withdraws();
      await until(async () => (await acme.get(`/conversations/${conversation.id}`)).status === 404);
      for (const trace of [customer.id, 'ngõ Huế', '84909123456', 'm-early-7']) expect(await traces(trace)).toEqual([]);
      await acme.get(`/conversations/${other.conversation.id}`).expect(200);
    });

    it('the wish to be forgotten of somebody who never wrote', async () => {
      const { customer } = await talk();
      const stranger = nextPerson();
      const sides = { sender: { id: stranger }, recipient: { id: customer.page.oaId } };
      await post({ event_name: 'user_submit_info', ...sides, info: { phone: '84909123457' } }).expect(200);
      expect(await traces(stranger)).toEqual(['channel_events']);
      await post({ event_name: 'user_withdraw', oa_id: customer.page.oaId, user_id: stranger }).expect(200);
      expect(await traces(stranger)).toEqual([]);
    });
  });

  describe('is believed', () => {
    const body = { event_name: 'follow', oa_id: '1', follower: { id: '2' } };

    it('where it signs in the way that it documents', async () => {
      await post(body).expect(200);
    });

    it.each(OTHER_WAYS)('where it signs in the way %s, as its other documents say', async (way) => {
      await post(body, way).expect(200);
    });

    it.each([
      ['nothing', undefined],
      ['another secret', `mac=${'0'.repeat(64)}`],
      ['something malformed', 'mac=xyz'],
    ])('not where it signs with %s: nothing is kept', async (_name, signature) => {
      const { customer, conversation } = await talk();
      const text = JSON.stringify({
        ...{ event_name: 'user_send_text', sender: { id: customer.id }, recipient: { id: customer.page.oaId } },
        ...{ message: { msg_id: 'forged', text: 'Forged' }, timestamp: String(Date.now()) },
      });
      const refused = await raw(text, signature).expect(401);
      expect(refused.body.error.code).toBe('invalid_signature');
      const { body: kept } = await acme.get(`/conversations/${conversation.id}/messages`).expect(200);
      expect(kept.data).toHaveLength(1);
    });

    it('where it tries the address with an empty object, unsigned', async () => {
      await raw('{}').expect(200);
      await world.anonymous.get('/webhooks/zalo').expect(200);
    });
  });

  /** Connects as a person does: to Zalo and back. */
  async function authorize(oaId: string): Promise<void> {
    const { body } = await acme.post('/integrations/zalo/authorize').expect(201);
    const answer = await request(`${body.data.url}&oa_id=${oaId}`).get('').expect(302);
    const back = new URL(String(answer.headers['location']));
    await world.anonymous.get(back.pathname + back.search).expect(200);
  }

  async function talk() {
    const oa = desk.oa();
    await authorize(oa.oaId);
    const customer = desk.customer('zalo', oa.oaId, nextPerson());
    await customer.writes('Xin chào');
    return { customer, conversation: await conversationOf(customer) };
  }

  /** The organization's tables in which a text stands anywhere. */
  async function traces(text: string): Promise<string[]> {
    const tables = await world.database.rows<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'org_id'
       ORDER BY 1`,
    );
    const holds = async ({ name }: { name: string }) =>
      (
        await world.database.rows(`SELECT FROM ${name} t WHERE t.org_id = $1 AND t::text LIKE $2`, [
          acme.id,
          `%${text}%`,
        ])
      ).length > 0;
    const found = await Promise.all(tables.map(async (table) => ((await holds(table)) ? [table.name] : [])));
    return found.flat();
  }

  function nextPerson(): string {
    people += 1n;
    return String(BigInt(PERSON) + people);
  }

  async function conversationOf({ page }: Customer) {
    const { body } = await acme.get(`/conversations?oaId=${page.oaId}`).expect(200);
    return body.data[0];
  }

  async function integrations(oaId: string) {
    const { body } = await acme.get('/integrations?platform=zalo&limit=100').expect(200);
    return body.data.filter((integration: { oaId: string }) => integration.oaId === oaId);
  }

  async function send(conversationId: string, text: string): Promise<string> {
    const { body } = await acme.post(`/conversations/${conversationId}/messages`, { text }).expect(202);
    return body.data.id;
  }

  /** Resolves once a message is as expected. */
  async function message(conversationId: string, id: string, expected: object): Promise<void> {
    let seen: unknown;
    const matches = async () => {
      const { body } = await acme.get(`/conversations/${conversationId}/messages`).expect(200);
      seen = body.data.find((item: { id: string }) => item.id === id);
      return isLike(seen, expected);
    };
    await until(matches).catch(() => expect(seen).toMatchObject(expected));
  }

  /** As Zalo sends it, signed in one of the ways that its documents know. */
  function post(event: object, way = 'oa-key body'): request.Test {
    const { appId, appSecret, oaSecretKey } = desk.desk.settings.zalo;
    const [inBody, inHeader] = [String(Date.now()), String(Date.now() + 1)];
    const text = JSON.stringify({ app_id: appId, ...event, timestamp: inBody });
    const secret = way.startsWith('oa-key') ? oaSecretKey : appSecret;
    const signed = appId + text + (way.endsWith('body') ? inBody : inHeader) + secret;
    const mac = createHash('sha256').update(signed).digest('hex');
    return raw(text, `mac=${mac}`).set('x-zevent-timestamp', inHeader);
  }

  function raw(text: string, signature?: string): request.Test {
    const sending = request(world.url).post('/webhooks/zalo').set('content-type', 'application/json');
    return (signature === undefined ? sending : sending.set('x-zevent-signature', signature)).send(text);
  }
});

function isLike(value: unknown, expected: object): boolean {
  try {
    expect(value).toMatchObject(expected);
    return true;
  } catch {
    return false;
  }
}

async function until(holds: () => Promise<boolean>, withinMs = 15_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('It did not come true in time');
    await delay(20);
  }
}
