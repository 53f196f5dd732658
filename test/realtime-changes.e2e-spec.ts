import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SocketClient } from './support/socket-client.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

interface Change {
  id: string;
  text: string | null;
  status: string;
}

describe('Changes of messages', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let conversation: { id: string; oaId: string; customerId: string };
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
    conversation = await acme.conversation();
  });
  afterAll(() => world.stop());

  const page = async (cursor?: string, limit = 100) => {
    const path = `/messages/changes?limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`;
    const { body } = await acme.get(path).expect(200);
    const { data, pagination }: { data: Change[]; pagination: { limit: number; nextCursor: string } } = body;
    return { data, cursor: pagination.nextCursor };
  };
  /** As a client reads to the end. */
  const rest = async (from: string, limit: number) => {
    const changes: Change[] = [];
    for (let cursor = from; ;) {
      const next = await page(cursor, limit);
      changes.push(...next.data);
      cursor = next.cursor;
      if (next.data.length < limit) return { changes, cursor };
    }
  };
  const write = (text: string) => world.facebook.text(conversation.oaId, conversation.customerId, text);
  const textsOf = (changes: Change[]) => changes.map(({ text }) => text);
  /** Makes everything that is there as old as if nothing had happened for a while. */
  const settle = () =>
    world.database.rows(
      `UPDATE messages SET updated_at = updated_at - interval '1 hour', created_at = created_at - interval '1 hour'`,
    );

  it('begin now, and go on from there', async () => {
    await settle();
    const { data, cursor } = await page();
    expect(data).toEqual([]);
    await write('sau đó');
    const { data: after } = await page(cursor);
    expect(textsOf(after)).toEqual(['sau đó']);
    const listed = await acme.get(`/conversations/${conversation.id}/messages?limit=1`).expect(200);
    expect(after).toEqual(listed.body.data);
  });

  it('begin where an event was heard', async () => {
    await settle();
    const socket = await SocketClient.as(acme.admin);
    await write('heard');
    const { content } = await socket.hears('message.created', ({ text }) => text === 'heard');
    socket.close();
    await write('not heard');
    const { changes } = await rest(content[1].cursor, 100);
    expect(textsOf(changes)).toEqual(['heard', 'not heard']);
  });

  it('are shown as messages are now, in the order in which they last changed', async () => {
    await settle();
    const { cursor } = await page();
    for (const text of ['1', '2', '3']) await write(text);
    const [first] = (await page(cursor)).data;
    await world.database.rows(`UPDATE messages SET status = 'read', updated_at = now() WHERE id = $1`, [first?.id]);
    const { data } = await page(cursor);
    expect(data.map(({ text, status }) => [text, status])).toEqual([
      ['2', 'delivered'],
      ['3', 'delivered'],
      ['1', 'read'],
    ]);
  });

  it('come page by page, and once where they are older than half a minute', async () => {
    await settle();
    const { cursor } = await page();
    const texts = Array.from({ length: 7 }, (_, index) => `page ${index}`);
    for (const text of texts) await write(text);
    expect(textsOf((await rest(cursor, 2)).changes)).toEqual(texts);
    const behind = Buffer.from(
      Buffer.from(cursor, 'base64url')
        .toString()
        .replace(/^\S+/, new Date(Date.now() - 90_000).toISOString()),
    ).toString('base64url');
    await world.database.rows(
      `UPDATE messages SET updated_at = updated_at - interval '1 minute' WHERE text LIKE 'page %'`,
    );
    const { changes, cursor: end } = await rest(behind, 2);
    expect(textsOf(changes)).toEqual(texts);
    expect((await page(end)).data).toEqual([]);
  });

  it('are not missed where they commit late, behind others that were read, on whichever page', async () => {
    for (const limit of [1, 2, 100]) {
      await settle();
      const { cursor } = await page();
      const client = await world.database.owner.connect();
      const late = await write(`late ${limit}`);
      await client.query('BEGIN');
      await client.query(
        'UPDATE messages SET text = text, updated_at = now(), is_read = true WHERE provider_message_id = $1',
        [late],
      );
      for (const text of ['a', 'b', 'c'])
        await acme.post(`/conversations/${(await acme.conversation()).id}/messages`, { text });
      let reading = await page(cursor, limit);
      while (reading.data.length === limit) reading = await page(reading.cursor, limit);
      await client.query('COMMIT');
      client.release();
      const { changes } = await rest(reading.cursor, limit);
      expect(changes.filter(({ text }) => text === `late ${limit}`)).toEqual([
        expect.objectContaining({ isRead: true }),
      ]);
    }
  });

  it('are not missed by whoever stops in the middle and goes on much later', async () => {
    await settle();
    const { cursor } = await page();
    for (const text of ['x', 'y', 'z']) await write(text);
    const middle = await page(cursor, 2);
    expect(textsOf(middle.data)).toEqual(['x', 'y']);
    // Dated before what was read, and committed after it.
    const stray = await write('stray');
    const before = `(SELECT min(updated_at) FROM messages WHERE text = 'x')`;
    await world.database.rows(`UPDATE messages SET updated_at = ${before} WHERE provider_message_id = $1`, [stray]);
    const end = await rest(middle.cursor, 2);
    expect(textsOf((await rest(end.cursor, 2)).changes)).toContain('stray');
  });

  it('are those of the own organization alone', async () => {
    const { cursor } = await page();
    await rival.conversation('của người khác');
    await write('của mình');
    const { data } = await page(cursor);
    expect(textsOf(data)).toContain('của mình');
    expect(textsOf(data)).not.toContain('của người khác');
    const other = await rival.get(`/messages/changes?cursor=${cursor}`).expect(200);
    expect(other.body.data.map(({ text }: Change) => text)).toEqual(['của người khác']);
  });

  it('are for whoever may read messages', async () => {
    await (await acme.withKey(['messages:read'])).get('/messages/changes').expect(200);
    await (await acme.withKey(['conversations:read'])).get('/messages/changes').expect(403);
    await world.anonymous.get('/messages/changes').expect(401);
  });

  it('do not take a cursor that they never gave', async () => {
    const encode = (text: string) => Buffer.from(text).toString('base64url');
    const id = '00000000-0000-0000-0000-000000000000';
    const at = new Date().toISOString();
    for (const cursor of [
      'x',
      '',
      encode(`${at} x`),
      encode(`x ${id}`),
      encode(`${at} ${id} x`),
      encode(`${at} ${id} `),
    ]) {
      const { body } = await acme.get(`/messages/changes?cursor=${cursor}`).expect(422);
      expect(body.error.details[0].path).toBe('cursor');
    }
  });

  it('are found by an index', async () => {
    const plan = await world.database.rows<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT id FROM messages WHERE org_id = 'x' AND (updated_at, id) > (now(), '${conversation.id}')
       ORDER BY updated_at, id LIMIT 51`,
    );
    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('messages_org_id_updated_at_id_idx');
  });
});
