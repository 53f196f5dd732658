import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromCustomer, pageBody } from './support/facebook-sender.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const CUSTOMER = '7301554468';

describe('What happens to a Messenger message before the message itself comes', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  const at = Date.now() - 60_000;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const tell = (page: string, ...items: object[]) => world.facebook.post(pageBody(page, items)).expect(200);
  const item = (page: string, after: number, fields: object) => ({
    ...fromCustomer(page, CUSTOMER, at + after),
    ...fields,
  });
  const message = (page: string, mid: string, text = 'first', after = 0) =>
    item(page, after, { message: { mid, text } });
  const edit = (page: string, mid: string, text: string, revision = 1) =>
    item(page, 10 + revision, { message_edit: { mid, text, num_edit: revision } });
  const reaction = (page: string, mid: string, emoji: string, after = 20) =>
    item(page, after, { reaction: { mid, action: 'react', emoji } });
  const deletion = (page: string, mid: string) => item(page, 30, { message: { mid, is_deleted: true } });
  const fresh = () => `m_${randomUUID()}`;

  const conversationOf = async (page: string, organization = acme) => {
    const { body } = await organization.get(`/conversations?oaId=${page}`).expect(200);
    expect(body.data).toHaveLength(1);
    return body.data[0];
  };
  const newestOf = async (page: string, organization = acme) => {
    const { id } = await conversationOf(page, organization);
    return (await organization.get(`/conversations/${id}/messages?limit=1`).expect(200)).body.data[0];
  };
  const keptOf = (page: string) =>
    world.database.rows(
      `SELECT FROM channel_events e JOIN integrations i USING (org_id) WHERE i.id = e.integration_id AND i.oa_id = $1`,
      [page],
    );

  describe.each<[string, (page: string) => Promise<unknown>]>([
    ['where it is the first of all', () => Promise.resolve()],
    ['where there is a conversation', (page) => tell(page, message(page, fresh(), 'earlier', -10))],
  ])('is done to it when it comes, %s', (_name, arrange) => {
    it('an edit', async () => {
      const page = await acme.page();
      await arrange(page);
      const mid = fresh();
      await tell(page, edit(page, mid, 'third', 2), edit(page, mid, 'second', 1));
      await tell(page, message(page, mid));
      expect(await newestOf(page)).toMatchObject({ text: 'third', metadata: { edits: { revision: 2 } } });
      expect((await conversationOf(page)).lastMessage.text).toBe('third');
      expect(await keptOf(page)).toEqual([]);
    });

    it('a reaction', async () => {
      const page = await acme.page();
      await arrange(page);
      const mid = fresh();
      await tell(page, reaction(page, mid, '❤', 21), reaction(page, mid, '👎', 20));
      await tell(page, message(page, mid));
      expect((await newestOf(page)).metadata.reactions).toEqual({ [CUSTOMER]: '❤' });
    });

    it('that it was taken back, whatever was edited', async () => {
      const page = await acme.page();
      await arrange(page);
      const mid = fresh();
      await tell(page, deletion(page, mid), edit(page, mid, 'a secret, edited'));
      await tell(page, message(page, mid, 'a secret'));
      expect(await newestOf(page)).toMatchObject({ text: null, attachments: [] });
      const { lastMessage, unreadCount } = await conversationOf(page);
      expect(lastMessage).toMatchObject({ text: null, direction: 'in' });
      const arranged = (await world.database.rows('SELECT FROM messages WHERE oa_id = $1', [page])).length;
      expect(unreadCount).toBe(arranged);
      const everything = await world.database.rows(
        `SELECT to_jsonb(m), to_jsonb(c) FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.oa_id = $1`,
        [page],
      );
      expect(JSON.stringify(everything)).not.toContain('a secret');
    });
  });

  it('is done to the second message of a new customer too', async () => {
    const page = await acme.page();
    const [first, second] = [fresh(), fresh()];
    await tell(page, edit(page, second, 'edited'));
    await tell(page, message(page, first, 'one', 0), message(page, second, 'two', 1));
    expect(await newestOf(page)).toMatchObject({ text: 'edited' });
  });

  it('is done once: what comes again after the message changes nothing', async () => {
    const page = await acme.page();
    const mid = fresh();
    await tell(page, edit(page, mid, 'edited'), reaction(page, mid, '❤'));
    await tell(page, message(page, mid));
    const before = await newestOf(page);
    await tell(page, edit(page, mid, 'edited'), reaction(page, mid, '❤'), message(page, mid));
    expect(await newestOf(page)).toEqual(before);
    expect(await keptOf(page)).toEqual([]);
  });

  it('is done to what the page itself wrote elsewhere', async () => {
    const page = await acme.page();
    const mid = fresh();
    await tell(page, reaction(page, mid, '❤'));
    const fields = { sender: { id: page }, recipient: { id: CUSTOMER }, message: { mid, text: 'x', is_echo: true } };
    await tell(page, item(page, 0, fields));
    expect(await newestOf(page)).toMatchObject({ direction: 'out', metadata: { reactions: { [CUSTOMER]: '❤' } } });
  });

  it('is done to our own message when its echo tells which it is', async () => {
    const page = await acme.page();
    await tell(page, message(page, fresh()));
    const { id } = await conversationOf(page);
    const own = (await acme.post(`/conversations/${id}/messages`, { text: 'Vâng' }).expect(202)).body.data;
    const mid = fresh();
    await tell(page, reaction(page, mid, '❤', 60_000));
    const echo = { mid, text: 'Vâng', is_echo: true, metadata: own.id };
    await tell(page, item(page, 60_001, { sender: { id: page }, recipient: { id: CUSTOMER }, message: echo }));
    expect(await newestOf(page)).toMatchObject({ id: own.id, metadata: { reactions: { [CUSTOMER]: '❤' } } });
  });

  it('is never done to a message of the same id on another page or in another organization', async () => {
    const [page, sibling, foreign] = [await acme.page(), await acme.page(), await rival.page()];
    const mid = fresh();
    await tell(sibling, deletion(sibling, mid));
    await tell(foreign, edit(foreign, mid, 'of rival'));
    await tell(page, message(page, mid));
    const { text, metadata } = await newestOf(page);
    expect({ text, metadata }).toEqual({ text: 'first', metadata: {} });
    await tell(foreign, message(foreign, mid));
    expect(await newestOf(foreign, rival)).toMatchObject({ text: 'of rival' });
  });

  it('is done whichever of the two is quicker', async () => {
    const page = await acme.page();
    const mids = Array.from({ length: 25 }, fresh);
    await Promise.all(mids.flatMap((mid) => [tell(page, message(page, mid)), tell(page, edit(page, mid, 'edited'))]));
    const { id } = await conversationOf(page);
    const { body } = await acme.get(`/conversations/${id}/messages?limit=100`).expect(200);
    expect(body.data.map(({ text }: { text: string }) => text)).toEqual(mids.map(() => 'edited'));
  });

  it('is done although the message is being kept at this very moment', async () => {
    const page = await acme.page();
    await tell(page, message(page, fresh(), 'earlier', -10));
    const mid = fresh();
    const arriving = `WITH c AS (SELECT * FROM conversations WHERE oa_id = $1 FOR NO KEY UPDATE)
      INSERT INTO messages (org_id, id, conversation_id, platform, oa_id, direction, sender_id, text, provider_message_id)
      SELECT org_id, gen_random_uuid(), id, platform, oa_id, 'in', 'x', 'first', $2 FROM c`;
    await world.database.racing(
      (client) => client.query(arriving, [page, mid]),
      () => tell(page, edit(page, mid, 'edited')),
    );
    const rows = await world.database.rows('SELECT text FROM messages WHERE provider_message_id = $1', [mid]);
    expect(rows).toEqual([{ text: 'edited' }]);
  });

  it('waits for the opening of a conversation that is just under way', async () => {
    const page = await acme.page();
    const mids = Array.from({ length: 12 }, fresh);
    const customerOf = (index: number) => `${page}${index}`;
    const told = mids.flatMap((mid, index) =>
      [
        { message: { mid, text: 'first' } },
        { message_edit: { mid, text: 'edited', num_edit: 1 } },
        { reaction: { mid, action: 'react', emoji: '❤' } },
      ].map((fields) => tell(page, { ...fromCustomer(page, customerOf(index), at), ...fields })),
    );
    await Promise.all(told);
    const rows = await world.database.rows('SELECT text, metadata FROM messages WHERE oa_id = $1', [page]);
    expect(rows).toHaveLength(mids.length);
    for (const row of rows) expect(row).toMatchObject({ text: 'edited', metadata: { reactions: {} } });
    expect(await keptOf(page)).toEqual([]);
  });

  it('is a receipt: a message that is being kept at this very moment has been read too', async () => {
    const page = await acme.page();
    await tell(page, message(page, fresh(), 'earlier', -10));
    const arriving = `WITH c AS (SELECT * FROM conversations WHERE oa_id = $1 FOR NO KEY UPDATE)
      INSERT INTO messages (org_id, id, conversation_id, platform, oa_id, direction, sender_id, text, status, created_at)
      SELECT org_id, gen_random_uuid(), id, platform, oa_id, 'out', 'x', 'ours', 'sent', $2 FROM c`;
    await world.database.racing(
      (client) => client.query(arriving, [page, new Date(at)]),
      () => tell(page, item(page, 6, { read: { watermark: at + 5 } })),
    );
    expect(await newestOf(page)).toMatchObject({ text: 'ours', status: 'read', isRead: true });
  });
});
