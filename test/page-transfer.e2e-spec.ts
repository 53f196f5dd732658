import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FacebookSender } from './support/facebook-sender.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const CUSTOMER = '123';

describe('A page that changes hands', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.stop());

  const integrationOf = async (organization: TestOrganization, page: string) => {
    const { body } = await organization.get('/integrations').expect(200);
    return body.data.find(({ oaId }: { oaId: string }) => oaId === page);
  };
  const disconnect = async (organization: TestOrganization, page: string) =>
    organization.delete(`/integrations/${(await integrationOf(organization, page)).id}`).expect(200);
  const onlyConversationOf = async (organization: TestOrganization) => {
    const { body } = await organization.get('/conversations').expect(200);
    expect(body.data).toHaveLength(1);
    return body.data[0];
  };
  const textsOf = async (organization: TestOrganization) => {
    const { id } = await onlyConversationOf(organization);
    const { body } = await organization.get(`/conversations/${id}/messages`).expect(200);
    return body.data.map(({ text }: { text: string }) => text);
  };

  it('begins anew with its new owner, and goes on where it was when it comes back', async () => {
    const [first, second] = [await world.organization(), await world.organization()];
    const page = await first.page();
    await world.facebook.text(page, CUSTOMER, 'to the first owner');
    const original = await onlyConversationOf(first);
    await second
      .post('/integrations', { platform: 'facebook', oaId: page, name: 'Mine now', accessToken: 'x' })
      .expect(409);
    await disconnect(first, page);

    await second.page(page);
    const chatbot = (await second.post('/chatbots', { name: 'Mai' }).expect(201)).body.data.id;
    await second.patch(`/integrations/${(await integrationOf(second, page)).id}`, { chatbotId: chatbot }).expect(200);
    await world.facebook.text(page, CUSTOMER, 'to the second owner');
    const other = await onlyConversationOf(second);
    expect(other.id).not.toBe(original.id);
    expect(other.customer.id).not.toBe(original.customer.id);
    expect(other).toMatchObject({ orgId: second.id, chatbotId: chatbot, accountId: second.admin.user.id });
    expect(await textsOf(second)).toEqual(['to the second owner']);
    expect(await onlyConversationOf(first)).toEqual(original);
    await first.get(`/conversations/${other.id}`).expect(404);
    await second.get(`/conversations/${original.id}`).expect(404);
    await second.get(`/conversations/${original.id}/messages`).expect(404);

    await disconnect(second, page);
    await first.page(page);
    await world.facebook.text(page, CUSTOMER, 'back to the first owner');
    expect(await onlyConversationOf(first)).toMatchObject({ id: original.id, unreadCount: 2 });
    expect(await textsOf(first)).toEqual(['back to the first owner', 'to the first owner']);
    expect(await onlyConversationOf(second)).toEqual(other);
  });

  it('belongs to its new owner at once, also on a node that has just asked whose it is', async () => {
    const [first, second] = [await world.organization(), await world.organization()];
    const node = await world.node();
    const other = new FacebookSender(await node.getUrl(), world.config.settings.FACEBOOK_APP_SECRET);
    try {
      const page = await first.page();
      await other.text(page, CUSTOMER, 'to the first owner');
      await disconnect(first, page);
      await second.page(page);
      await other.text(page, CUSTOMER, 'to the second owner');
      await other.text(page, `${CUSTOMER}4`, 'a stranger, to the second owner');
      expect(await textsOf(first)).toEqual(['to the first owner']);
      expect((await second.get('/conversations').expect(200)).body.data).toHaveLength(2);
      await disconnect(second, page);
      await other.text(page, CUSTOMER, 'to nobody');
      const [row] = await world.database.rows('SELECT count FROM unrouted_events WHERE external_id = $1', [page]);
      expect(row).toEqual({ count: '1' });
    } finally {
      await node.close();
    }
  });

  it('loses what is written while nobody has connected it', async () => {
    const owner = await world.organization();
    const page = await owner.page();
    await world.facebook.text(page, CUSTOMER, 'hello');
    await disconnect(owner, page);
    await world.facebook.text(page, CUSTOMER, 'anybody there?');
    expect(await textsOf(owner)).toEqual(['hello']);
    const [row] = await world.database.rows('SELECT count FROM unrouted_events WHERE external_id = $1', [page]);
    expect(row).toEqual({ count: '1' });
  });

  it('loses nothing to anybody else while it changes hands under a stream of messages', async () => {
    const owners = [await world.organization(), await world.organization()] as const;
    const page = await owners[0].page();
    let isMoving = true;
    const sent: string[] = [];
    const stream = async (): Promise<void> => {
      while (isMoving) sent.push(await world.facebook.text(page, `${CUSTOMER}${sent.length % 7}`, 'hello'));
    };
    const move = async (): Promise<void> => {
      const [first, second] = owners;
      for (const [from, to] of [[first, second] as const, [second, first] as const, [first, second] as const]) {
        await disconnect(from, page);
        await to.page(page);
      }
    };
    await Promise.all([stream(), stream(), stream(), move().finally(() => (isMoving = false))]);

    const kept = await world.database.rows<{ mid: string; owner: string; conversationOwner: string }>(
      `SELECT m.provider_message_id AS mid, m.org_id AS owner, c.org_id AS "conversationOwner"
       FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.oa_id = $1`,
      [page],
    );
    for (const { owner, conversationOwner } of kept) expect(conversationOwner).toBe(owner);
    expect(new Set(kept.map(({ mid }) => mid)).size).toBe(kept.length);
    const [unrouted] = await world.database.rows<{ count: string }>(
      'SELECT count FROM unrouted_events WHERE external_id = $1',
      [page],
    );
    expect(kept.length + Number(unrouted?.count ?? 0)).toBe(sent.length);
    const wrong = await world.database.rows(
      `SELECT FROM conversations c WHERE c.oa_id = $1 AND c.unread_count <>
         (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id AND m.direction = 'in' AND NOT m.is_read)`,
      [page],
    );
    expect(wrong).toEqual([]);
  });
});
