import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type request from 'supertest';
import { fromCustomer, pageBody } from './support/facebook-sender.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const WRITTEN = ['messages', 'chatbots', 'users', 'customers'];

describe('While Postgres answers, but has no room left', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let conversation: { id: string; oaId: string; customerId: string };
  let rivals: string;

  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
    conversation = await acme.conversation();
    rivals = (await rival.conversation()).id;
    await world.database.rows(
      `CREATE FUNCTION refuse_row() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = TG_ARGV[0]; END $$`,
    );
  });
  afterAll(() => world.stop());

  /** Every row that is written meets the error that Postgres gives by itself where a disk is full. */
  const whileExhausted = async (state: string, work: () => Promise<void>) => {
    for (const table of WRITTEN)
      await world.database.rows(
        `CREATE TRIGGER exhausted BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse_row('${state}')`,
      );
    try {
      await work();
    } finally {
      for (const table of WRITTEN) await world.database.rows(`DROP TRIGGER exhausted ON ${table}`);
    }
  };
  const everything = () =>
    world.database.rows(
      `SELECT (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM customers) AS customers,
              (SELECT count(*) FROM chatbots) AS chatbots, (SELECT count(*) FROM audit_entries) AS audit,
              (SELECT sum(unread_count) FROM conversations) AS unread`,
    );
  const connections = async () => {
    const rows = await world.database.rows<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename LIKE 'polydesk%'`,
    );
    return rows.map(({ pid }) => pid);
  };
  const event = (mid: string, customer: string) =>
    world.facebook.post(
      pageBody(conversation.oaId, [
        { ...fromCustomer(conversation.oaId, customer, Date.now()), message: { mid, text: 'Xin chào' } },
      ]),
    );
  const unreadOf = async () =>
    Number((await acme.get(`/conversations/${conversation.id}`).expect(200)).body.data.unreadCount);

  const expectUnavailable = async (sent: request.Test) => {
    const { status, body, headers } = await sent;
    expect({ path: sent.url, status, error: body.error, wait: headers['retry-after'] }).toEqual({
      path: sent.url,
      status: 503,
      error: { code: 'unavailable', message: expect.any(String), requestId: headers['x-request-id'] },
      wait: '5',
    });
  };

  it.each([
    ['of its disk', '53100'],
    ['of memory', '53200'],
    ['within its own limits', '53400'],
    ['on a device that fails', '58030'],
  ])('%s, answers 503, keeps nothing by halves, reads on, and takes in later what is sent again', async (_, state) => {
    const [before, unread, open] = [await everything(), await unreadOf(), await connections()];
    const [mid, clientMessageId] = [`m_${randomUUID()}`, randomUUID()];
    const said = { text: 'Chào bạn', clientMessageId };
    const newcomer = String(Date.now());
    await whileExhausted(state, async () => {
      await Promise.all([
        expectUnavailable(event(mid, conversation.customerId)),
        expectUnavailable(event(`m_${randomUUID()}`, newcomer)),
        expectUnavailable(acme.post(`/conversations/${conversation.id}/messages`, said)),
        expectUnavailable(rival.post(`/conversations/${rivals}/messages`, { text: 'half' })),
        expectUnavailable(rival.post('/chatbots', { name: 'half' })),
        expectUnavailable(acme.patch(`/users/${acme.admin.user.id}`, { name: 'Linh' })),
      ]);
      await acme.get('/conversations').expect(200);
      await rival.get('/users').expect(200);
      await world.anonymous.get('/health/ready').expect(200);
    });
    expect(await everything()).toEqual(before);
    expect(await connections()).toEqual(expect.arrayContaining(open));
    for (let times = 0; times < 2; times += 1) {
      await event(mid, conversation.customerId).expect(200);
      await acme.post(`/conversations/${conversation.id}/messages`, said).expect(202);
    }
    expect(await unreadOf()).toBe(unread + 1);
    const kept = `SELECT direction FROM messages WHERE provider_message_id = $1 OR client_message_id::text = $2 ORDER BY 1`;
    const rows = await world.database.rows(kept, [mid, clientMessageId]);
    expect(rows.map((row) => Object.values(row))).toEqual([['in'], ['out']]);
  });
});
