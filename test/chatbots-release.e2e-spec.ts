import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { AnsweringWorld } from './support/chatbot-desk.js';
import type { ChatbotCustomer } from './support/chatbot-desk.js';
import { eventually } from './support/eventually.js';
import { OtherServer } from './support/model-stub.js';
import { SocketClient } from './support/socket-client.js';
import type { TestOrganization } from './support/test-organization.js';
import type { World } from './support/world.js';

const RULES = { type: 'rules', config: { fallbackAnswer: 'Hello' } };

describe('A chatbot that answers no more', () => {
  let desk: AnsweringWorld;
  let world: World;
  let acme: TestOrganization;
  beforeAll(async () => {
    desk = await AnsweringWorld.start();
    world = desk.world;
    acme = await world.organization();
  });
  afterAll(() => desk.stop());

  it.each([
    ['is switched off', { isActive: false }, 'The chatbot is switched off'],
    ['becomes a name only', { type: null }, 'The chatbot is switched off'],
    ['is deleted', null, 'The chatbot was deleted'],
  ])('and %s tells everybody that people have its conversations', async (_name, change, reason) => {
    const [customer, partner, rival] = [await answering(acme), await OtherServer.start(), await world.organization()];
    const { id } = await customer.conversation();
    const eventTypes = ['conversation.status_changed'];
    await acme.post('/webhook-endpoints', { url: partner.url, eventTypes }).expect(201);
    const [ours, theirs] = [await SocketClient.as(acme.admin), await SocketClient.as(rival.admin)];
    await end(acme, customer, change);

    const { content } = await ours.hears('conversation.updated', (shown) => shown.id === id && shown.status === 'open');
    expect(content[0]).toMatchObject({ id, status: 'open', chatbotId: change ? customer.bot.id : null });
    const [told] = await eventually(
      () => partner.heard,
      ({ length }) => length > 0,
    );
    expect(told?.body).toMatchObject({
      type: 'conversation.status_changed',
      data: { id, status: 'open', previousStatus: 'pending', orgId: acme.id },
    });
    expect(await customer.handedOver()).toBe(reason);
    const { body } = await acme.get(`/conversations/${id}/timeline`).expect(200);
    expect(body.data).toMatchObject([
      { kind: 'handed_over', data: { status: 'open', previousStatus: 'pending' }, actor: { type: 'system' } },
    ]);
    expect(theirs.heard).toEqual([]);
    for (const socket of [ours, theirs]) socket.close();
    await partner.stop();
    await world.database.rows('UPDATE webhook_endpoints SET is_active = false');
  });

  it('leaves thousands to people a part at a time, each told of once, however often that is done', async () => {
    const [shop, beside] = [await world.organization(), await world.organization()];
    const [customer, others] = [await answering(shop), await answering(beside)];
    const ids = await manyConversations(shop, customer, 450);
    await end(shop, customer, { isActive: false });
    await eventually(() => stillPending(shop), nobody);
    const payload = { orgId: shop.id, chatbotId: customer.bot.id, why: 'off', conversationIds: ids };
    await world.database.rows(`SELECT graphile_worker.add_job('release-conversations', $1::json)`, [
      JSON.stringify(payload),
    ]);
    await customer.settled(['release-conversations']);
    const entries = await world.database.rows<{ entries: string }>(
      `SELECT count(*) AS entries FROM timeline_entries WHERE org_id = $1 AND kind = 'handed_over' GROUP BY conversation_id`,
      [shop.id],
    );
    expect(entries).toEqual(Array.from({ length: 451 }, () => ({ entries: '1' })));
    const audited = `SELECT FROM audit_entries WHERE org_id = $1 AND changes ? 'handoffReason'`;
    expect(await world.database.rows(audited, [shop.id])).toHaveLength(451);
    expect(await others.conversation()).toMatchObject({ status: 'pending' });
  });

  it('keeps those that it is given back before anybody came to them, and those that somebody has taken', async () => {
    const shop = await world.organization();
    const customer = await answering(shop);
    const [taken = '', ...ids] = await manyConversations(shop, customer, 3);
    await shop.patch(`/conversations/${taken}`, { status: 'snoozed' }).expect(200);
    const conversationIds = JSON.stringify({
      ...{ orgId: shop.id, chatbotId: customer.bot.id, why: 'off' },
      conversationIds: [taken, ...ids],
    });
    await world.database.rows(`SELECT graphile_worker.add_job('release-conversations', $1::json)`, [conversationIds]);
    await customer.settled(['release-conversations']);
    expect(await stillPending(shop)).toBe(3);
    await end(shop, customer, { isActive: false });
    await eventually(() => stillPending(shop), nobody);
    const { body } = await shop.get(`/conversations/${taken}`).expect(200);
    expect(body.data).toMatchObject({ status: 'snoozed' });
  });

  async function answering(organization: TestOrganization): Promise<ChatbotCustomer> {
    const customer = await desk.customer(organization, RULES);
    await customer.writes('Hello?');
    await customer.answered(1);
    await customer.settled();
    return customer;
  }

  async function end(organization: TestOrganization, { bot }: ChatbotCustomer, change: object | null): Promise<void> {
    const path = `/chatbots/${bot.id}`;
    await (change ? organization.patch(path, change) : organization.delete(path)).expect(200);
  }

  /** More that the chatbot is answering, as many customers would have begun them. */
  async function manyConversations({ id: orgId }: TestOrganization, { bot, oaId }: ChatbotCustomer, count: number) {
    const ids = Array.from({ length: count }, () => uuidv7());
    await world.database.rows(
      `INSERT INTO customers (org_id, id, platform, external_id) SELECT $1, id, 'facebook', id::text FROM unnest($2::uuid[]) id`,
      [orgId, ids],
    );
    await world.database.rows(
      `INSERT INTO conversations (org_id, id, platform, oa_id, customer_id, chatbot_id, status)
       SELECT $1, id, 'facebook', $3, id, $4, 'pending' FROM unnest($2::uuid[]) id`,
      [orgId, ids, oaId, bot.id],
    );
    return ids;
  }

  async function stillPending({ id }: TestOrganization): Promise<number> {
    const pending = `SELECT FROM conversations WHERE org_id = $1 AND status = 'pending'`;
    return (await world.database.rows(pending, [id])).length;
  }
});

const nobody = (left: number) => left === 0;
