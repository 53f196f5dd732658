import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from './support/eventually.js';
import { DEMO_USER_TOKEN, Desk } from './support/providers.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

describe('A Messenger page', () => {
  let desk: Desk;
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
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
    const { oaId } = desk.facebookPage({ name: 'Tiệm bánh' });
    const before = await seenBy(rival);
    const page = await connect(oaId);
    expect(page).toMatchObject({ platform: 'facebook', oaId, name: 'Tiệm bánh', status: 'connected' });
    expect(desk.isTold(oaId)).toBe(true);

    const customer = desk.customer('facebook', oaId, String(randomInt(1e12, 9e13)));
    await customer.writes('Còn bánh mì không?');
    const [conversation] = (await acme.get(`/conversations?oaId=${oaId}`).expect(200)).body.data;
    expect(conversation).toMatchObject({
      ...{ platform: 'facebook', oaId, customer: { externalId: customer.id }, unreadCount: 1 },
      lastMessage: { text: 'Còn bánh mì không?', direction: 'in' },
    });

    const answered = await answer(conversation.id, 'Dạ còn, bánh mới ra lò ạ!');
    const heard = await customer.hears('Dạ còn, bánh mới ra lò ạ!');
    expect(await reached(conversation.id, answered, 'delivered')).toMatchObject({ providerMessageId: heard.id });
    await customer.reads();
    expect(await reached(conversation.id, answered, 'read')).toMatchObject({ isRead: true, direction: 'out' });

    desk.killToken(oaId);
    const lost = await answer(conversation.id, 'Mình lấy mấy ổ ạ?');
    const failed = await reached(conversation.id, lost, 'failed');
    expect(failed?.error).toMatchObject({ code: expect.stringContaining('190'), message: expect.any(String) });
    expect(await integration(page.id)).toMatchObject({
      status: 'reconnect_required',
      statusReason: expect.stringMatching(/connect the page again/),
    });

    await refuseRival(oaId, page.id, conversation, lost);
    desk.renewToken(oaId);
    expect((await connect(oaId)).id).toBe(page.id);
    expect(await integration(page.id)).toMatchObject({ status: 'connected', statusReason: null });
    await acme.post(`/messages/${lost}/retry`).expect(202);
    await customer.hears('Mình lấy mấy ổ ạ?');
    await reached(conversation.id, lost, 'delivered');

    await acme.delete(`/integrations/${page.id}`).expect(200);
    expect(await integration(page.id)).toMatchObject({ status: 'disconnected', isActive: false });
    expect(desk.isTold(oaId)).toBe(false);
    await customer.writes('Còn ai ở đó không?');
    await desk.settled();
    expect((await messagesIn(conversation.id)).map(({ text }) => text)).toEqual([
      ...['Mình lấy mấy ổ ạ?', 'Dạ còn, bánh mới ra lò ạ!', 'Còn bánh mì không?'],
    ]);
    expect(await seenBy(rival)).toEqual(before);
  }, 60_000);

  /** What an organization sees where something of Messenger would show. */
  async function seenBy(who: TestOrganization): Promise<unknown[]> {
    const lists = ['/integrations', '/conversations', '/customers', '/audit-logs', '/search/messages?q=bánh'];
    return Promise.all(lists.map(async (path) => (await who.get(encodeURI(path)).expect(200)).body.data));
  }

  /** Nothing of the page is there for another organization, while it is connected to ours. */
  async function refuseRival(
    oaId: string,
    integrationId: string,
    conversation: { id: string; customer: { id: string } },
    messageId: string,
  ): Promise<void> {
    for (const path of [
      `/integrations/${integrationId}`,
      `/customers/${conversation.customer.id}`,
      `/conversations/${conversation.id}`,
      `/conversations/${conversation.id}/messages`,
    ])
      await rival.get(path).expect(404);
    await rival.post(`/conversations/${conversation.id}/messages`, { text: 'Chào' }).expect(404);
    await rival.post(`/messages/${messageId}/retry`).expect(404);
    await rival.delete(`/integrations/${integrationId}`).expect(404);
    const pages = { userToken: DEMO_USER_TOKEN, pageIds: [oaId] };
    const { body } = await rival.post('/integrations/facebook/connect', pages).expect(409);
    expect(body.error.code).toBe('integration_in_use');
  }

  async function connect(oaId: string) {
    const pages = { userToken: DEMO_USER_TOKEN, pageIds: [oaId] };
    return (await acme.post('/integrations/facebook/connect', pages).expect(201)).body.data[0];
  }

  async function integration(id: string) {
    return (await acme.get(`/integrations/${id}`).expect(200)).body.data;
  }

  async function answer(conversationId: string, text: string): Promise<string> {
    return (await acme.post(`/conversations/${conversationId}/messages`, { text }).expect(202)).body.data.id;
  }

  async function messagesIn(id: string): Promise<{ id: string; text: string; status: string; error: unknown }[]> {
    return (await acme.get(`/conversations/${id}/messages`).expect(200)).body.data;
  }

  /** The message, once it has got so far. */
  async function reached(conversationId: string, messageId: string, status: string) {
    return eventually(
      async () => (await messagesIn(conversationId)).find(({ id }) => id === messageId),
      (message) => message?.status === status,
    );
  }
});
