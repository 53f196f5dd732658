import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

interface Listed {
  id: string;
  text: string | null;
}

describe('Messages', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const textsOf = (data: Listed[]) => data.map(({ text }) => text);
  const fail = (id: string) =>
    world.database.rows(`UPDATE messages SET status = 'failed', error_code = 'x', error_message = 'y' WHERE id = $1`, [
      id,
    ]);

  describe('are listed', () => {
    it('newest first, page by page, while more comes in', async () => {
      const { id, oaId, customerId } = await acme.conversation('1');
      for (const text of ['2', '3', '4', '5']) await world.facebook.text(oaId, customerId, text);
      const path = `/conversations/${id}/messages?limit=2`;
      const first = await acme.get(path).expect(200);
      await world.facebook.text(oaId, customerId, '6');
      const second = await acme.get(`${path}&cursor=${first.body.pagination.nextCursor}`).expect(200);
      const third = await acme.get(`${path}&cursor=${second.body.pagination.nextCursor}`).expect(200);
      expect([first, second, third].map(({ body }) => textsOf(body.data))).toEqual([['5', '4'], ['3', '2'], ['1']]);
      expect(third.body.pagination).toEqual({ limit: 2, nextCursor: null });
    });

    it('as the contract has them', async () => {
      const { id, oaId, customerId } = await acme.conversation('Xin chào');
      const { body } = await acme.get(`/conversations/${id}/messages`).expect(200);
      expect(body.data).toEqual([
        {
          id: expect.any(String),
          conversationId: id,
          platform: 'facebook',
          oaId,
          direction: 'in',
          senderId: customerId,
          senderType: 'customer',
          text: 'Xin chào',
          attachments: [],
          status: 'delivered',
          isRead: false,
          providerMessageId: expect.stringMatching(/^m_/),
          accountId: null,
          metadata: {},
          createdAt: expect.stringMatching(/Z$/),
          updatedAt: expect.stringMatching(/Z$/),
        },
      ]);
    });

    it('as none, where a conversation has none', async () => {
      const { id } = await acme.conversation();
      await world.database.rows('DELETE FROM messages WHERE conversation_id = $1', [id]);
      const { body } = await acme.get(`/conversations/${id}/messages`).expect(200);
      expect(body).toEqual({ ok: true, data: [], pagination: { limit: 50, nextCursor: null } });
    });

    it('to another organization as if the conversation did not exist', async () => {
      const { id } = await acme.conversation();
      for (const conversation of [id, uuidv7(), 'no-id'])
        await rival.get(`/conversations/${conversation}/messages`).expect(404);
    });
  });

  describe('are sent', () => {
    it('as queued, by a user', async () => {
      const { id, oaId } = await acme.conversation();
      const agent = await acme.as('agent');
      const { body } = await agent.post(`/conversations/${id}/messages`, { text: 'Còn ạ' }).expect(202);
      expect(body.data).toMatchObject({ conversationId: id, oaId, direction: 'out', text: 'Còn ạ', status: 'queued' });
      expect(body.data).toMatchObject({ senderId: agent.user.id, senderType: 'user', accountId: agent.user.id });
      const listed = await acme.get(`/conversations/${id}/messages?limit=1`).expect(200);
      expect(listed.body.data).toEqual([body.data]);
    });

    it('by a key, for the organization', async () => {
      const { id } = await acme.conversation();
      const partner = await acme.withKey(['messages:write']);
      const { body } = await partner.post(`/conversations/${id}/messages`, { text: 'Hi' }).expect(202);
      expect(body.data).toMatchObject({ senderType: 'system', accountId: null });
    });

    it('as the last message of a conversation that somebody now works on', async () => {
      const { id } = await acme.conversation();
      await acme.patch(`/conversations/${id}`, { status: 'pending' }).expect(200);
      const sent = await acme.post(`/conversations/${id}/messages`, { text: 'Còn ạ' }).expect(202);
      const { body } = await acme.get(`/conversations/${id}`).expect(200);
      const { createdAt } = sent.body.data;
      expect(body.data.lastMessage).toEqual({ text: 'Còn ạ', direction: 'out', createdAt });
      expect(body.data).toMatchObject({ status: 'open', unreadCount: 1 });
    });

    it('with attachments, with or without words', async () => {
      const { id } = await acme.conversation();
      const attachments = [{ type: 'image', url: 'https://example.com/a.jpg', title: 'Áo' }];
      const bare = await acme.post(`/conversations/${id}/messages`, { attachments }).expect(202);
      expect(bare.body.data).toMatchObject({ text: null, attachments });
      const worded = await acme.post(`/conversations/${id}/messages`, { text: 'Đây', attachments }).expect(202);
      expect(worded.body.data).toMatchObject({ text: 'Đây', attachments });
    });

    it('as a template', async () => {
      const { id } = await acme.conversation();
      const template = { name: 'hello', language: 'vi', components: [{ type: 'body', parameters: [] }] };
      const { body } = await acme.post(`/conversations/${id}/messages`, { template }).expect(202);
      expect(body.data).toMatchObject({ text: null, attachments: [], metadata: { template } });
    });

    const image = { type: 'image', url: 'https://example.com/a.jpg' };
    const template = { name: 'hello', language: 'vi' };
    it.each<[string, string, object]>([
      ['without anything', 'text', {}],
      ['with no words', 'text', { text: '  ' }],
      ['with too many words', 'text', { text: 'x'.repeat(4_097) }],
      ['with a template and text', 'template', { text: 'x', template }],
      ['with a template and attachments', 'template', { attachments: [image], template }],
      ['with no attachment', 'attachments', { attachments: [] }],
      ['with too many attachments', 'attachments', { attachments: Array(11).fill(image) }],
      ['with attachments that are no list', 'attachments', { attachments: image }],
      ['with an attachment of no address', 'attachments.0.url', { attachments: [{ type: 'image' }] }],
      ['with an attachment of a local file', 'attachments.0.url', { attachments: [{ ...image, url: 'file:///etc' }] }],
      ['with an attachment of an unknown kind', 'attachments.0.type', { attachments: [{ ...image, type: 'gif' }] }],
      ['with an attachment of unknown fields', 'attachments.0.size', { attachments: [{ ...image, size: 1 }] }],
      ['with a template without a language', 'template.language', { template: { name: 'hello' } }],
      ['with a status of their own', 'status', { text: 'x', status: 'sent' }],
      ['with nothing where text was promised', 'text', { text: null }],
      ['with nothing where attachments were promised', 'attachments', { text: 'x', attachments: null }],
    ])('never %s', async (_name, path, message) => {
      const { id } = await acme.conversation();
      const { body } = await acme.post(`/conversations/${id}/messages`, message).expect(422);
      expect(body.error.details).toEqual([{ path, message: expect.any(String) }]);
    });

    it('once for a clientMessageId, also when asked ten times at once', async () => {
      const { id } = await acme.conversation();
      const send = () =>
        acme.post(`/conversations/${id}/messages`, { text: 'Còn ạ', clientMessageId: 'c1' }).expect(202);
      const first = await send();
      const others = await Promise.all(Array.from({ length: 10 }, send));
      for (const { body } of others) expect(body.data).toEqual(first.body.data);
      const fresh = { text: 'Vâng', clientMessageId: 'c2' };
      const racing = Array.from({ length: 10 }, () => acme.post(`/conversations/${id}/messages`, fresh).expect(202));
      const ids = new Set((await Promise.all(racing)).map(({ body }) => body.data.id));
      expect(ids.size).toBe(1);
      const { body } = await acme.get(`/conversations/${id}/messages`).expect(200);
      expect(textsOf(body.data)).toEqual(['Vâng', 'Còn ạ', 'Xin chào']);
    });

    it('under the same clientMessageId in another conversation, or organization, as another message', async () => {
      const ids: string[] = [];
      for (const organization of [acme, acme, rival]) {
        const { id } = await organization.conversation();
        const message = { text: 'Còn ạ', clientMessageId: 'shared' };
        ids.push((await organization.post(`/conversations/${id}/messages`, message).expect(202)).body.data.id);
      }
      expect(new Set(ids).size).toBe(3);
    });

    it('all, however many are sent at once', async () => {
      const { id } = await acme.conversation();
      const sends = Array.from({ length: 20 }, (_, index) =>
        acme.post(`/conversations/${id}/messages`, { text: `${index}` }).expect(202),
      );
      await Promise.all(sends);
      const { body } = await acme.get(`/conversations/${id}/messages`).expect(200);
      expect(body.data).toHaveLength(21);
    });

    it('never into a conversation of another organization', async () => {
      const { id } = await acme.conversation();
      for (const conversation of [id, uuidv7()])
        await rival
          .post(`/conversations/${conversation}/messages`, { text: 'spam', clientMessageId: 'c1' })
          .expect(404);
      const { body } = await acme.get(`/conversations/${id}/messages`).expect(200);
      expect(textsOf(body.data)).toEqual(['Xin chào']);
    });

    it('with an entry in the audit log that does not say what was written', async () => {
      const { id } = await acme.conversation();
      const sent = await acme.post(`/conversations/${id}/messages`, { text: 'a secret word' }).expect(202);
      const { body } = await acme.get('/audit-logs?action=message.created').expect(200);
      const entry = body.data.find(({ targetId }: { targetId: string }) => targetId === sent.body.data.id);
      expect(entry.changes).toEqual({
        conversationId: { from: null, to: id },
        attachments: { from: null, to: 0 },
      });
      expect(JSON.stringify(body)).not.toContain('a secret word');
    });

    it('only by whoever may', async () => {
      const { id } = await acme.conversation();
      const reader = await acme.withKey(['messages:read']);
      await reader.get(`/conversations/${id}/messages`).expect(200);
      await reader.post(`/conversations/${id}/messages`, { text: 'x' }).expect(403);
    });
  });

  describe('are sent again', () => {
    it('when they failed', async () => {
      const { id } = await acme.conversation();
      const sent = await acme.post(`/conversations/${id}/messages`, { text: 'Còn ạ' }).expect(202);
      await fail(sent.body.data.id);
      const failed = await acme.get(`/conversations/${id}/messages?limit=1`).expect(200);
      expect(failed.body.data[0]).toMatchObject({ status: 'failed', error: { code: 'x', message: 'y' } });
      const { body } = await acme.post(`/messages/${sent.body.data.id}/retry`).expect(202);
      expect(body.data).toEqual({ ...sent.body.data, updatedAt: expect.any(String) });
    });

    it('and not when they did not', async () => {
      const { id } = await acme.conversation();
      const inbound = await acme.get(`/conversations/${id}/messages`).expect(200);
      const sent = await acme.post(`/conversations/${id}/messages`, { text: 'Còn ạ' }).expect(202);
      for (const message of [sent.body.data.id, inbound.body.data[0].id]) {
        const { body } = await acme.post(`/messages/${message}/retry`).expect(409);
        expect(body.error.code).toBe('message_not_failed');
      }
    });

    it('never by another organization', async () => {
      const { id } = await acme.conversation();
      const sent = await acme.post(`/conversations/${id}/messages`, { text: 'Còn ạ' }).expect(202);
      await fail(sent.body.data.id);
      for (const message of [sent.body.data.id, uuidv7(), 'no-id'])
        await rival.post(`/messages/${message}/retry`).expect(404);
      const { body } = await acme.get(`/conversations/${id}/messages?limit=1`).expect(200);
      expect(body.data[0].status).toBe('failed');
    });
  });
});
