import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

interface Listed {
  id: string;
  customer: { externalId: string };
}

describe('Conversations', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const customersIn = async (path: string): Promise<string[]> => {
    const { body } = await acme.get(path).expect(200);
    return body.data.map(({ customer }: Listed) => customer.externalId);
  };
  const unreadMessages = async (conversationId: string): Promise<number> => {
    const sql = `SELECT count(*)::integer FROM messages WHERE conversation_id = $1 AND direction = 'in' AND NOT is_read`;
    return (await world.database.rows<{ count: number }>(sql, [conversationId]))[0]?.count ?? 0;
  };

  describe('are listed', () => {
    it('newest activity first, page by page, while more comes in', async () => {
      const page = await acme.page();
      const start = Date.now() - 60_000;
      for (const [index, customer] of ['1', '2', '3', '4', '5'].entries())
        await world.facebook.text(page, customer, 'hello', start + index * 1_000);
      const path = `/conversations?oaId=${page}&limit=2`;
      const first = await acme.get(path).expect(200);
      await world.facebook.text(page, '6', 'a new one');
      await world.facebook.text(page, '5', 'again');
      const second = await acme.get(`${path}&cursor=${first.body.pagination.nextCursor}`).expect(200);
      const third = await acme.get(`${path}&cursor=${second.body.pagination.nextCursor}`).expect(200);
      const pages = [first, second, third].map(({ body }) =>
        body.data.map(({ customer }: Listed) => customer.externalId),
      );
      expect(pages).toEqual([['5', '4'], ['3', '2'], ['1']]);
      expect(third.body.pagination).toEqual({ limit: 2, nextCursor: null });
      expect(await customersIn(`/conversations?oaId=${page}`)).toEqual(['5', '6', '4', '3', '2', '1']);
    });

    it('each once, where many are of the same moment', async () => {
      const page = await acme.page();
      const at = Date.now() - 60_000;
      for (const customer of ['1', '2', '3', '4', '5']) await world.facebook.text(page, customer, 'hello', at);
      const seen: string[] = [];
      for (let cursor = ''; ;) {
        const { body } = await acme.get(`/conversations?oaId=${page}&limit=2${cursor}`).expect(200);
        seen.push(...body.data.map(({ customer }: Listed) => customer.externalId));
        if (body.pagination.nextCursor === null) break;
        cursor = `&cursor=${body.pagination.nextCursor}`;
      }
      expect(seen.toSorted()).toEqual(['1', '2', '3', '4', '5']);
    });

    it('to their organization only', async () => {
      const { id } = await acme.conversation();
      const { body } = await rival.get('/conversations').expect(200);
      expect(body.data.map((conversation: Listed) => conversation.id)).not.toContain(id);
    });

    it('by status, assignee, chatbot, integration and platform', async () => {
      const { id } = await acme.conversation();
      await acme.conversation();
      const agent = await acme.as('agent');
      const chatbot = await acme.post('/chatbots', { name: 'Mai' }).expect(201);
      const change = { status: 'snoozed', assigneeId: agent.user.id, chatbotId: chatbot.body.data.id };
      const { body } = await acme.patch(`/conversations/${id}`, change).expect(200);
      const { integrationId } = body.data;
      for (const [field, value] of Object.entries({ ...change, integrationId })) {
        const filtered = await acme.get(`/conversations?platform=facebook&${field}=${value}`).expect(200);
        expect([field, filtered.body.data.map((conversation: Listed) => conversation.id)]).toEqual([field, [id]]);
      }
      expect(await customersIn('/conversations?platform=zalo')).toEqual([]);
    });

    it('never by what belongs to another organization', async () => {
      const { id } = await acme.conversation();
      const chatbot = await rival.post('/chatbots', { name: 'Spy' }).expect(201);
      const { body } = await acme.get(`/conversations/${id}`).expect(200);
      const foreign = await rival.get(`/conversations?integrationId=${body.data.integrationId}`).expect(200);
      expect(foreign.body.data).toEqual([]);
      expect(await customersIn(`/conversations?chatbotId=${chatbot.body.data.id}`)).toEqual([]);
      expect(await customersIn(`/conversations?assigneeId=${rival.admin.user.id}`)).toEqual([]);
    });

    it('by whether anything is unread', async () => {
      const page = await acme.page();
      await world.facebook.text(page, 'reader', 'one');
      await world.facebook.text(page, 'writer', 'two');
      const { body } = await acme.get(`/conversations?oaId=${page}&search=reader`).expect(200);
      await acme.post(`/conversations/${body.data[0].id}/read`).expect(200);
      expect(await customersIn(`/conversations?oaId=${page}&unread=true`)).toEqual(['writer']);
      expect(await customersIn(`/conversations?oaId=${page}&unread=false`)).toEqual(['reader']);
    });

    it('by what names, ids and last messages contain, in any case, and literally', async () => {
      const page = await acme.page();
      await world.facebook.text(page, 'anh_7', 'Giảm 50% hôm nay');
      await world.facebook.text(page, 'binh', 'Chào shop');
      const found = (search: string) => customersIn(`/conversations?oaId=${page}&search=${encodeURIComponent(search)}`);
      const { body } = await acme.get(`/conversations?oaId=${page}&search=chào`).expect(200);
      await acme.patch(`/conversations/${body.data[0].id}`, { nickName: 'Chị Bình' }).expect(200);
      expect(await found('GIẢM')).toEqual(['anh_7']);
      expect(await found('chị bình')).toEqual(['binh']);
      expect(await found('H_7')).toEqual(['anh_7']);
      expect(await found('n_h')).toEqual([]);
      expect(await found('0%')).toEqual(['anh_7']);
      expect(await found('%')).toEqual(['anh_7']);
      expect(await found('\\')).toEqual([]);
    });

    it.each(['limit=0', 'limit=101', 'cursor=abc', 'status=closed', 'assigneeId=me', 'unread=maybe', 'page=2'])(
      'not by %s',
      async (query) => {
        const { body } = await acme.get(`/conversations?${query}`).expect(422);
        expect(body.error.details).toEqual([{ path: query.split('=')[0], message: expect.any(String) }]);
      },
    );
  });

  describe('are shown', () => {
    it('with their customer and last message', async () => {
      const { id, oaId, customerId } = await acme.conversation('Còn hàng không?');
      const { body } = await acme.get(`/conversations/${id}`).expect(200);
      expect(body.data).toEqual({
        id,
        orgId: acme.id,
        platform: 'facebook',
        oaId,
        integrationId: expect.any(String),
        chatbotId: null,
        customer: {
          id: expect.any(String),
          externalId: customerId,
          displayName: null,
          nickName: null,
          avatarUrl: null,
        },
        accountId: acme.admin.user.id,
        assigneeId: null,
        status: 'open',
        unreadCount: 1,
        lastMessage: { text: 'Còn hàng không?', direction: 'in', createdAt: expect.any(String) },
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
        updatedAt: expect.any(String),
      });
    });

    it('to another organization as if they did not exist', async () => {
      const { id } = await acme.conversation();
      for (const target of [id, uuidv7(), 'no-id']) {
        const answers = [
          await rival.get(`/conversations/${target}`).expect(404),
          await rival.patch(`/conversations/${target}`, { status: 'resolved' }).expect(404),
          await rival.post(`/conversations/${target}/read`).expect(404),
        ];
        for (const { body } of answers) expect(body.error.code).toBe('not_found');
      }
      const { body } = await acme.get(`/conversations/${id}`).expect(200);
      expect(body.data).toMatchObject({ status: 'open', unreadCount: 1 });
    });
  });

  describe('are changed', () => {
    it('in status, assignee, chatbot and nickname, and cleared again', async () => {
      const { id } = await acme.conversation();
      const chatbot = await acme.post('/chatbots', { name: 'Mai' }).expect(201);
      const set = { status: 'pending', assigneeId: acme.admin.user.id, chatbotId: chatbot.body.data.id };
      const changed = await acme.patch(`/conversations/${id}`, { ...set, nickName: 'Chị Lan' }).expect(200);
      expect(changed.body.data).toMatchObject({ ...set, customer: { nickName: 'Chị Lan' } });
      const clear = { assigneeId: null, chatbotId: null };
      const cleared = await acme.patch(`/conversations/${id}`, { ...clear, nickName: null }).expect(200);
      expect(cleared.body.data).toMatchObject({ ...clear, status: 'pending', customer: { nickName: null } });
    });

    it('with what changed written down, once', async () => {
      const { id } = await acme.conversation();
      await acme.patch(`/conversations/${id}`, { status: 'resolved', assigneeId: null }).expect(200);
      await acme.patch(`/conversations/${id}`, { status: 'resolved' }).expect(200);
      await acme.patch(`/conversations/${id}`, {}).expect(200);
      const { body } = await acme.get('/audit-logs?action=conversation.updated').expect(200);
      const entries = body.data.filter(({ targetId }: { targetId: string }) => targetId === id);
      expect(entries).toHaveLength(1);
      expect(entries[0].changes).toEqual({ status: { from: 'open', to: 'resolved' } });
    });

    it('and stay as they were, where nothing differs', async () => {
      const { id } = await acme.conversation();
      const before = await acme.get(`/conversations/${id}`).expect(200);
      const after = await acme.patch(`/conversations/${id}`, { status: 'open', nickName: null }).expect(200);
      expect(after.body.data).toEqual(before.body.data);
    });

    it.each(['assigneeId', 'chatbotId'])('never to point %s into another organization', async (field) => {
      const { id } = await acme.conversation();
      const spy = await rival.post('/chatbots', { name: 'Spy' }).expect(201);
      const foreign = field === 'chatbotId' ? spy.body.data.id : rival.admin.user.id;
      const [refused, unknown] = [
        await acme.patch(`/conversations/${id}`, { [field]: foreign, status: 'resolved' }).expect(422),
        await acme.patch(`/conversations/${id}`, { [field]: uuidv7(), status: 'resolved' }).expect(422),
      ];
      expect(refused.body.error.details).toEqual([{ path: field, message: expect.any(String) }]);
      expect(refused.body.error.details).toEqual(unknown.body.error.details);
      const { body } = await acme.get(`/conversations/${id}`).expect(200);
      expect(body.data).toMatchObject({ status: 'open', [field]: null });
    });

    it('never to belong to somebody who has left', async () => {
      const { id } = await acme.conversation();
      const agent = await acme.as('agent');
      await acme.delete(`/users/${agent.user.id}`).expect(200);
      const { body } = await acme.patch(`/conversations/${id}`, { assigneeId: agent.user.id }).expect(422);
      expect(body.error.details).toEqual([{ path: 'assigneeId', message: expect.any(String) }]);
    });

    it.each<[string, object]>([
      ['orgId', { orgId: 'org_default_001' }],
      ['unreadCount', { unreadCount: 0 }],
      ['status', { status: null }],
      ['nickName', { nickName: '   ' }],
    ])('never in %s by a bad value', async (path, change) => {
      const { id } = await acme.conversation();
      const { body } = await acme.patch(`/conversations/${id}`, change).expect(422);
      expect(body.error.details).toEqual([{ path, message: expect.any(String) }]);
    });

    it('only by whoever may', async () => {
      const { id } = await acme.conversation();
      const reader = await acme.withKey(['conversations:read']);
      await reader.get(`/conversations/${id}`).expect(200);
      await reader.patch(`/conversations/${id}`, { status: 'resolved' }).expect(403);
      await reader.post(`/conversations/${id}/read`).expect(403);
      await (await acme.withKey(['customers:read'])).get('/conversations').expect(403);
    });
  });

  describe('are read', () => {
    it('once', async () => {
      const { id, oaId, customerId } = await acme.conversation();
      await world.facebook.text(oaId, customerId, 'two');
      const first = await acme.post(`/conversations/${id}/read`).expect(200);
      expect(first.body.data).toEqual({ updated: 2 });
      const second = await acme.post(`/conversations/${id}/read`).expect(200);
      expect(second.body.data).toEqual({ updated: 0 });
      const { body } = await acme.get(`/conversations/${id}`).expect(200);
      expect(body.data.unreadCount).toBe(0);
      const messages = await acme.get(`/conversations/${id}/messages`).expect(200);
      expect(messages.body.data.map(({ isRead }: { isRead: boolean }) => isRead)).toEqual([true, true]);
    });

    it('with what is just arriving', async () => {
      const { id } = await acme.conversation();
      const arriving = `WITH message AS (
          INSERT INTO messages (org_id, id, conversation_id, platform, oa_id, direction, sender_id)
          SELECT org_id, gen_random_uuid(), id, platform, oa_id, 'in', 'x' FROM conversations WHERE id = $1
        ) UPDATE conversations SET unread_count = unread_count + 1 WHERE id = $1`;
      const { body } = await world.database.racing(
        (client) => client.query(arriving, [id]),
        () => acme.post(`/conversations/${id}/read`).expect(200),
      );
      expect(body.data).toEqual({ updated: 2 });
      const after = await acme.get(`/conversations/${id}`).expect(200);
      expect([after.body.data.unreadCount, await unreadMessages(id)]).toEqual([0, 0]);
    });

    it('up to what has arrived, never beyond', async () => {
      const { id, oaId, customerId } = await acme.conversation();
      const arrivals = Array.from({ length: 20 }, (_, index) => world.facebook.text(oaId, customerId, `${index}`));
      const reads = Array.from({ length: 10 }, () => acme.post(`/conversations/${id}/read`).expect(200));
      const answers = await Promise.all(reads);
      await Promise.all(arrivals);
      const read = answers.reduce((sum, { body }) => sum + body.data.updated, 0);
      const { body } = await acme.get(`/conversations/${id}`).expect(200);
      expect(body.data.unreadCount).toBe(await unreadMessages(id));
      expect(read + body.data.unreadCount).toBe(21);
    });
  });
});
