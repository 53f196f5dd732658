import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AnsweringWorld } from './support/chatbot-desk.js';
import type { TestOrganization } from './support/test-organization.js';
import type { World } from './support/world.js';

const RULES = {
  type: 'rules',
  config: {
    greeting: 'Xin chào!',
    keywords: [{ words: ['giá'], answer: 'It costs 5', quickReplies: [{ title: 'Buy' }] }],
    handoffWords: ['nhân viên'],
    handoffAnswer: 'One moment',
    fallbackAnswer: 'Please say that again',
  },
};

interface Entry {
  targetId: string;
  changes: Record<string, unknown>;
}

describe('A chatbot of rules', () => {
  let desk: AnsweringWorld;
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    desk = await AnsweringWorld.start();
    ({ world } = desk);
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => desk.stop());

  it('has the conversations of its page first, and answers what customers write', async () => {
    const customer = await desk.customer(acme, RULES);
    await customer.writes('Gia bao nhieu vay?');
    expect(await customer.answered(1)).toEqual(['Xin chào!\n\nIt costs 5']);
    const [answer] = await customer.answers();
    expect(answer).toMatchObject({ senderType: 'chatbot', senderId: customer.bot.id });
    expect(answer?.metadata).toEqual({ quickReplies: [{ title: 'Buy', payload: 'Buy' }] });
    expect(await customer.conversation()).toMatchObject({ status: 'pending', chatbotId: customer.bot.id });
    await customer.writes('hmm');
    expect(await customer.answered(2)).toEqual(['Xin chào!\n\nIt costs 5', 'Please say that again']);
  });

  it('hands over to people where they are asked for, says why, and is silent from then on', async () => {
    const customer = await desk.customer(acme, RULES);
    await customer.writes('cho gap nhan vien');
    expect(await customer.handedOver()).toBe('The customer asked for a person');
    expect(await customer.answered(1)).toEqual(['Xin chào!\n\nOne moment']);
    await customer.writes('giá?');
    await customer.settled();
    expect(await customer.answers()).toHaveLength(1);
    expect(await customer.conversation()).toMatchObject({ status: 'open' });
  });

  it('has what it did written down as its own doing', async () => {
    const customer = await desk.customer(acme, { ...RULES, name: 'Greeter' });
    await customer.writes('nhân viên');
    await customer.handedOver();
    const { body } = await acme.get('/audit-logs').expect(200);
    const { id } = await customer.conversation();
    const entry = body.data.find(({ targetId, changes }: Entry) => targetId === id && changes['status']);
    expect(entry).toMatchObject({
      action: 'conversation.updated',
      actor: expect.objectContaining({ type: 'system', name: 'chatbot Greeter' }),
    });
  });

  it.each<[string, (customer: Awaited<ReturnType<AnsweringWorld['customer']>>) => Promise<unknown>]>([
    [
      'writes',
      async (customer) =>
        acme.post(`/conversations/${(await customer.conversation()).id}/messages`, { text: 'I am here' }).expect(202),
    ],
    ['writes at the provider itself', (customer) => customer.isWrittenTo('I am here')],
    ['is given it', (customer) => customer.patch({ assigneeId: acme.admin.user.id })],
    ['opens it', (customer) => customer.patch({ status: 'open' })],
  ])('is silent once a person %s', async (_, takeOver) => {
    const customer = await desk.customer(acme, RULES);
    await customer.writes('giá?');
    await customer.answered(1);
    await takeOver(customer);
    expect(await customer.conversation()).toMatchObject({ status: 'open' });
    await customer.writes('giá?');
    await customer.settled();
    const bots = (await customer.answers()).filter(({ senderType }) => senderType === 'chatbot');
    expect(bots).toHaveLength(1);
  });

  it('answers again once it is given the conversation back, greeting anew, but not what was said meanwhile', async () => {
    const customer = await desk.customer(acme, RULES);
    await customer.writes('nhân viên');
    await customer.handedOver();
    await customer.writes('gia?');
    await customer.patch({ status: 'pending' });
    await customer.settled();
    expect(await customer.answers()).toHaveLength(1);
    await customer.writes('hmm');
    expect((await customer.answered(2))[1]).toBe('Xin chào!');
  });

  it('has a resolved conversation again where its customer writes again', async () => {
    const customer = await desk.customer(acme, RULES);
    await customer.writes('giá?');
    await customer.answered(1);
    await customer.patch({ status: 'resolved' });
    await customer.writes('giá?');
    expect(await customer.answered(2)).toHaveLength(2);
    expect(await customer.conversation()).toMatchObject({ status: 'pending' });
  });

  it('leaves its conversations to people once it is switched off, becomes a name only, or goes', async () => {
    for (const change of [{ isActive: false }, { type: null }, null]) {
      const customer = await desk.customer(acme, RULES);
      await customer.writes('giá?');
      await customer.answered(1);
      const path = `/chatbots/${customer.bot.id}`;
      await (change ? acme.patch(path, change) : acme.delete(path)).expect(200);
      expect(await customer.handedOver()).toBe(change ? 'The chatbot is switched off' : 'The chatbot was deleted');
      await customer.writes('giá?');
      await customer.settled();
      expect(await customer.answers()).toHaveLength(1);
    }
  });

  it('hands over a conversation that it is given while it is switched off', async () => {
    const customer = await desk.customer(acme, { ...RULES, isActive: false });
    await customer.writes('giá?');
    expect(await customer.conversation()).toMatchObject({ status: 'open' });
    await customer.patch({ status: 'pending' });
    await customer.writes('giá?');
    expect(await customer.handedOver()).toBe('The chatbot is switched off');
  });

  it('answers each message once, however many come at a time and however often it is asked', async () => {
    const customer = await desk.customer(acme, RULES);
    await customer.writes('giá?');
    await customer.answered(1);
    await Promise.all(Array.from({ length: 8 }, () => customer.writes('giá?')));
    const { id } = await customer.conversation();
    for (let again = 0; again < 3; again += 1)
      await world.database.rows(`SELECT graphile_worker.add_job('answer', $1::json)`, [
        JSON.stringify({ orgId: acme.id, conversationId: id }),
      ]);
    await customer.settled();
    const [row] = await world.database.rows<{ is_all: boolean }>(
      `SELECT bot_answered_id = (SELECT max(id::text) FROM messages WHERE conversation_id = $1 AND direction = 'in')::uuid AS is_all
       FROM conversations WHERE id = $1`,
      [id],
    );
    expect(row?.is_all).toBe(true);
    const answers = await customer.answers();
    expect(answers.length).toBeGreaterThan(1);
    expect(answers.length).toBeLessThanOrEqual(9);
  });

  it('does nothing for the page of another organization', async () => {
    const [ours, theirs] = [await desk.customer(acme, RULES), await desk.customer(rival, { name: 'A name only' })];
    await theirs.writes('giá?');
    await ours.writes('giá?');
    await ours.answered(1);
    await theirs.settled();
    expect(await theirs.answers()).toEqual([]);
    expect(await theirs.conversation()).toMatchObject({ status: 'open' });
  });
});
