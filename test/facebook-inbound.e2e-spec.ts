import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { escapeAsMeta } from '../src/providers/meta-bytes.js';
import { fromCustomer, pageBody } from './support/facebook-sender.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

interface Message {
  id: string;
  text: string | null;
  direction: string;
  status: string;
  metadata: Record<string, unknown>;
}

const CUSTOMER = '7301554468';

describe('The Facebook webhook', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const received = (...bodies: object[]) =>
    Promise.all(bodies.map((body) => world.facebook.post(body).expect(200, 'EVENT_RECEIVED')));
  const tell = (page: string, ...items: object[]) => received(pageBody(page, items));
  const written = (page: string, mid: string, text: string, at = Date.now(), customer = CUSTOMER) => ({
    ...fromCustomer(page, customer, at),
    message: { mid, text },
  });
  const byPage = (page: string, timestamp: number, item: object) => ({
    sender: { id: page },
    recipient: { id: CUSTOMER },
    timestamp,
    ...item,
  });
  const echoed = (page: string, mid: string, text: string, at: number, metadata?: string) =>
    byPage(page, at, { message: { mid, text, is_echo: true, app_id: 1, ...(metadata && { metadata }) } });
  const fresh = () => `m_${randomUUID()}`;

  const conversationsOf = async (page: string, organization = acme) =>
    (await organization.get(`/conversations?oaId=${page}`).expect(200)).body.data;
  const conversationOf = async (page: string, organization = acme) => {
    const conversations = await conversationsOf(page, organization);
    expect(conversations).toHaveLength(1);
    return conversations[0];
  };
  const messagesOf = async (page: string, organization = acme): Promise<Message[]> => {
    const { id } = await conversationOf(page, organization);
    return (await organization.get(`/conversations/${id}/messages?limit=100`).expect(200)).body.data;
  };
  const textsOf = async (page: string) => (await messagesOf(page)).map(({ text }) => text);
  /** Everything that an organization has, to the last column. */
  const everythingOf = (page: string) =>
    world.database.rows(
      `SELECT to_jsonb(c) AS c, to_jsonb(p) AS p, (SELECT jsonb_agg(m ORDER BY m.id) FROM messages m WHERE m.conversation_id = c.id) AS m
       FROM conversations c JOIN customers p ON p.id = c.customer_id WHERE c.oa_id = $1`,
      [page],
    );
  const keptOf = (page: string) =>
    world.database.rows<{ kind: string; payload: object }>(
      `SELECT e.kind, e.payload FROM channel_events e JOIN integrations i ON i.id = e.integration_id WHERE i.oa_id = $1`,
      [page],
    );

  describe('when it is set up', () => {
    const ask = (query: Record<string, string>) => request(world.url).get('/webhooks/facebook').query(query);

    it('answers the challenge as plain text', async () => {
      const answer = await ask({
        'hub.mode': 'subscribe',
        'hub.verify_token': 'a facebook verify token',
        'hub.challenge': '<b>1158201444</b>',
      }).expect(200, '<b>1158201444</b>');
      expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    });

    it.each<[string, Record<string, string>]>([
      ['of a wrong token', { 'hub.mode': 'subscribe', 'hub.verify_token': 'guess', 'hub.challenge': '1' }],
      ['of no token', { 'hub.mode': 'subscribe', 'hub.challenge': '1' }],
      ['of nobody', {}],
    ])('refuses the handshake %s', async (_name, query) => {
      const { body } = await ask(query).expect(403);
      expect(body).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    });
  });

  describe('believes only what is signed', () => {
    it('over the bytes that were sent, with their escapes', async () => {
      const page = await acme.page();
      const text = 'Chào / “bạn” 👋🏽 </script> \u2028';
      const bytes = escapeAsMeta(JSON.stringify(pageBody(page, [written(page, fresh(), text)])));
      expect(bytes).toMatch(/\\u[0-9a-f]{4}/);
      expect(bytes).toMatch(/\\\//);
      await world.facebook.post(bytes).expect(200);
      expect(await textsOf(page)).toEqual([text]);
    });

    it('whatever the content type', async () => {
      const page = await acme.page();
      const bytes = JSON.stringify(pageBody(page, [written(page, fresh(), 'hello')]));
      const post = request(world.url).post('/webhooks/facebook').set('content-type', 'text/plain');
      await post.set('x-hub-signature-256', world.facebook.sign(bytes)).send(bytes).expect(200);
      expect(await textsOf(page)).toEqual(['hello']);
    });

    it.each<[string, (bytes: string) => string]>([
      ['not at all', () => ''],
      ['with another secret', () => `sha256=${'0'.repeat(64)}`],
      ['over other bytes', (bytes) => world.facebook.sign(`${bytes} `)],
      ['over the text that the escapes stand for', (bytes) => world.facebook.sign(JSON.stringify(JSON.parse(bytes)))],
      ['in an older form', (bytes) => world.facebook.sign(bytes).replace('sha256', 'sha1')],
    ])('and keeps nothing of what is signed %s', async (_name, signatureOf) => {
      const page = await acme.page();
      const bytes = escapeAsMeta(JSON.stringify(pageBody(page, [written(page, fresh(), 'Chào bạn')])));
      const { body } = await world.facebook.post(bytes, signatureOf(bytes)).expect(401);
      expect(body).toMatchObject({ ok: false, error: { code: 'invalid_signature' } });
      expect(await conversationsOf(page)).toEqual([]);
    });

    it('and says so of an empty body too', async () => {
      const { body } = await request(world.url).post('/webhooks/facebook').expect(401);
      expect(body.error.code).toBe('invalid_signature');
    });

    it('and says what is wrong with a signed body that is no JSON', async () => {
      const { body } = await world.facebook.post('{"object":"page",').expect(400);
      expect(body.error.code).toBe('malformed');
    });

    it.each(['null', '[]', '"page"', '{}', '{"object":"instagram","entry":[]}', '{"object":"page","entry":[null]}'])(
      'and does nothing for %s',
      (bytes) => world.facebook.post(bytes).expect(200),
    );
  });

  describe('takes in', () => {
    it('a batch with several pages of several organizations, each event where it belongs', async () => {
      const [one, two, three] = [await acme.page(), await acme.page(), await rival.page()];
      const at = Date.now() - 10_000;
      const entry = (page: string, ...texts: string[]) => ({
        id: page,
        messaging: texts.map((text, index) => written(page, fresh(), text, at + index)),
      });
      await received({
        object: 'page',
        entry: [entry(one, 'a', 'b'), entry(three, 'r1'), entry(two, 'c'), entry(three, 'r2'), entry(one, 'd')],
      });
      expect((await textsOf(one)).toSorted()).toEqual(['a', 'b', 'd']);
      expect(await textsOf(two)).toEqual(['c']);
      const foreign = await messagesOf(three, rival);
      expect(foreign.map(({ text }) => text).toSorted()).toEqual(['r1', 'r2']);
      expect(await conversationsOf(three, acme)).toEqual([]);
      expect(await conversationsOf(one, rival)).toEqual([]);
    });

    it('a message with attachments and what it answers', async () => {
      const page = await acme.page();
      const message = {
        mid: fresh(),
        reply_to: { mid: 'm_before' },
        quick_reply: { payload: 'YES' },
        attachments: [{ type: 'image', payload: { url: 'https://cdn.example.com/1.jpg' } }],
      };
      await tell(page, { ...fromCustomer(page, CUSTOMER, Date.now()), message });
      const [kept] = await messagesOf(page);
      expect(kept).toMatchObject({ text: null, metadata: { replyTo: 'm_before', quickReply: 'YES' } });
      expect(kept).toMatchObject({ attachments: [{ type: 'image', url: 'https://cdn.example.com/1.jpg' }] });
      const { lastMessage } = await conversationOf(page);
      expect(lastMessage).toEqual({ text: null, direction: 'in', createdAt: expect.any(String) });
    });

    it('a pressed button as what it says', async () => {
      const page = await acme.page();
      const pressed = {
        ...fromCustomer(page, CUSTOMER, 1_768_478_400_000),
        postback: { title: 'Start', payload: 'GO' },
      };
      await tell(page, pressed);
      await tell(page, pressed);
      expect(await messagesOf(page)).toMatchObject([{ text: 'Start', metadata: { postback: { payload: 'GO' } } }]);
    });

    it('times in seconds, and ids beyond the exact numbers, as they are', async () => {
      const page = await acme.page(`9007199254740993${Date.now()}`);
      const customer = '900719925474099300000000000001';
      await tell(page, written(page, fresh(), 'hello', 1_768_478_400, customer));
      const { customer: known, lastMessage } = await conversationOf(page);
      expect(known.externalId).toBe(customer);
      expect(lastMessage.createdAt).toBe('2026-01-15T12:00:00.000Z');
    });

    it('the first words to a page that a chatbot answers, with the chatbot', async () => {
      const page = await acme.page();
      const chatbot = (await acme.post('/chatbots', { name: 'Mai' }).expect(201)).body.data.id;
      const integration = (await acme.get('/integrations?platform=facebook').expect(200)).body.data.find(
        ({ oaId }: { oaId: string }) => oaId === page,
      );
      await acme.patch(`/integrations/${integration.id}`, { chatbotId: chatbot }).expect(200);
      await world.facebook.text(page, CUSTOMER, 'hello');
      const conversation = await conversationOf(page);
      expect(conversation).toMatchObject({ chatbotId: chatbot, integrationId: integration.id, status: 'open' });
    });

    it.each([
      ['resolved', 'open'],
      ['snoozed', 'open'],
      ['pending', 'pending'],
      ['open', 'open'],
    ])('a message to a %s conversation, which is then %s', async (before, after) => {
      const { id, oaId, customerId } = await acme.conversation();
      await acme.patch(`/conversations/${id}`, { status: before }).expect(200);
      await world.facebook.text(oaId, customerId, 'again');
      expect(await conversationOf(oaId)).toMatchObject({ id, status: after, unreadCount: 2 });
    });

    it('what it does not know, as it came, once', async () => {
      const page = await acme.page();
      const optin = { ...fromCustomer(page, CUSTOMER, 1_768_478_400_000), optin: { ref: 'shop' } };
      await received(pageBody(page, [optin]), pageBody(page, [optin]));
      await tell(page, optin);
      expect(await keptOf(page)).toEqual([{ kind: 'optin', payload: optin }]);
      expect(await conversationsOf(page)).toEqual([]);
    });

    it('events of an organization that is deactivated', async () => {
      const asleep = await world.organization();
      const page = await asleep.page();
      await world.superAdmin.delete(`/organizations/${asleep.id}`).expect(200);
      await world.facebook.text(page, CUSTOMER, 'anybody there?');
      await world.superAdmin.post(`/organizations/${asleep.id}/activate`).expect(200);
      expect(await conversationOf(page, asleep)).toMatchObject({ unreadCount: 1 });
    });

    it('nothing of a page that nobody has connected, but counts it', async () => {
      const page = `nobody-${randomUUID()}`;
      await tell(page, written(page, 'm1', 'one'), written(page, 'm2', 'two'));
      await tell(page, written(page, 'm3', 'three'));
      const [row] = await world.database.rows(
        `SELECT count, last_event ->> 'providerMessageId' AS last FROM unrouted_events WHERE external_id = $1`,
        [page],
      );
      expect(row).toEqual({ count: '3', last: 'm3' });
      const stored = await world.database.rows('SELECT FROM messages WHERE oa_id = $1', [page]);
      expect(stored).toEqual([]);
    });

    it('nothing while the database is away, and asks for it again', async () => {
      const page = await acme.page();
      const body = pageBody(page, [written(page, fresh(), 'hello')]);
      await world.database.whileAway(async () => {
        const answer = await world.facebook.post(body).expect(503);
        expect(answer.body).toMatchObject({ ok: false, error: { code: 'unavailable' } });
      });
      await received(body);
      expect(await textsOf(page)).toEqual(['hello']);
    });

    it('the rest of a batch in which one event cannot be kept, and asks for it again', async () => {
      const page = await acme.page();
      const batch = pageBody(page, [
        written(page, 'a', 'one'),
        written(page, 'b', 'poison'),
        written(page, 'c', 'three'),
      ]);
      await world.database.rows(`ALTER TABLE messages ADD CONSTRAINT poison CHECK (text <> 'poison') NOT VALID`);
      const { body } = await world.facebook.post(batch).expect(500);
      expect(JSON.stringify(body)).not.toMatch(/poison|check/i);
      expect((await textsOf(page)).toSorted()).toEqual(['one', 'three']);
      await world.database.rows('ALTER TABLE messages DROP CONSTRAINT poison');
      await received(batch);
      expect((await textsOf(page)).toSorted()).toEqual(['one', 'poison', 'three']);
      expect(await conversationOf(page)).toMatchObject({ unreadCount: 3 });
    });
  });

  describe('takes in once what comes often', () => {
    it('and a duplicate changes nothing at all', async () => {
      const page = await acme.page();
      const at = Date.now() - 60_000;
      const sent = [
        written(page, fresh(), 'one', at),
        written(page, 'edited', 'two', at + 1),
        echoed(page, fresh(), 'three', at + 2),
        { ...fromCustomer(page, CUSTOMER, at + 3), reaction: { mid: 'edited', action: 'react', emoji: '❤' } },
        { ...fromCustomer(page, CUSTOMER, at + 4), message_edit: { mid: 'edited', text: 'two!', num_edit: 1 } },
        { ...fromCustomer(page, CUSTOMER, at + 5), delivery: { watermark: at + 2 } },
        { ...fromCustomer(page, CUSTOMER, at + 6), read: { watermark: at + 2 } },
        { ...fromCustomer(page, CUSTOMER, at + 7), message: { mid: 'edited', is_deleted: true } },
      ];
      await tell(page, ...sent);
      const before = await everythingOf(page);
      expect(before).toHaveLength(1);
      await tell(page, ...sent);
      await tell(page, ...sent.toReversed());
      expect(await everythingOf(page)).toEqual(before);
    });

    it('in any order, with the newest as the last message', async () => {
      const page = await acme.page();
      const at = Date.now() - 60_000;
      const items = ['1', '2', '3', '4'].map((text, index) => written(page, `${page}-${text}`, text, at + index));
      for (const index of [2, 0, 2, 3, 1, 0, 3]) await tell(page, items[index] ?? {});
      expect(await textsOf(page)).toEqual(['4', '3', '2', '1']);
      expect(await conversationOf(page)).toMatchObject({ unreadCount: 4, lastMessage: { text: '4' } });
    });

    it('of two messages of one second, with the later to come as the last', async () => {
      const page = await acme.page();
      await tell(page, written(page, fresh(), 'first', 1_768_478_400), written(page, fresh(), 'second', 1_768_478_400));
      expect(await textsOf(page)).toEqual(['second', 'first']);
      expect(await conversationOf(page)).toMatchObject({ lastMessage: { text: 'second' } });
    });

    it('exactly, when thirty events of a new customer come at once, each of them twice', async () => {
      const page = await acme.page();
      const at = Date.now() - 60_000;
      const bodies = Array.from({ length: 30 }, (_, index) =>
        pageBody(page, [written(page, `${page}-${index}`, `${index}`, at + index)]),
      );
      await received(...bodies, ...bodies.toReversed());
      const expected = Array.from({ length: 30 }, (_, index) => `${29 - index}`);
      expect(await textsOf(page)).toEqual(expected);
      expect(await conversationOf(page)).toMatchObject({ unreadCount: 30, lastMessage: { text: '29' } });
      const customers = await world.database.rows(
        'SELECT FROM conversations c JOIN customers p ON p.id = c.customer_id WHERE c.oa_id = $1',
        [page],
      );
      expect(customers).toHaveLength(1);
    });

    it('exactly, when everything happens to one conversation at once', async () => {
      const page = await acme.page();
      const at = Date.now() - 60_000;
      const items = Array.from({ length: 10 }, (_, index) => [
        written(page, `${page}-${index}`, `${index}`, at + index * 10),
        echoed(page, `${page}-e${index}`, `e${index}`, at + index * 10 + 1),
        { ...fromCustomer(page, CUSTOMER, at + index), delivery: { watermark: at + 95 } },
        { ...fromCustomer(page, CUSTOMER, at + index), read: { watermark: at + 50 } },
        {
          ...fromCustomer(page, CUSTOMER, at + index),
          message_edit: { mid: `${page}-9`, text: `${index}`, num_edit: index },
        },
      ]).flat();
      await received(...items.map((item) => pageBody(page, [item])));
      const messages = await messagesOf(page);
      const outbound = messages.filter(({ direction }) => direction === 'out');
      expect(outbound.map(({ status }) => status)).toEqual([...Array(5).fill('delivered'), ...Array(5).fill('read')]);
      expect(messages).toHaveLength(20);
      const { unreadCount, lastMessage } = await conversationOf(page);
      expect([unreadCount, lastMessage.text]).toEqual([10, 'e9']);
    });

    it('from many new customers at once', async () => {
      const page = await acme.page();
      const customers = Array.from({ length: 20 }, (_, index) => `${page}${index}`);
      await Promise.all(customers.map((customer) => world.facebook.text(page, customer, 'hello')));
      const conversations = await conversationsOf(page);
      const known = conversations.map(({ customer }: { customer: { externalId: string } }) => customer.externalId);
      expect(known.toSorted()).toEqual(customers.toSorted());
    });

    it('from one person who writes to two pages, as one customer with two conversations', async () => {
      const [one, two] = [await acme.page(), await acme.page()];
      const person = `${one}0`;
      await Promise.all([one, two, one, two].map((page) => world.facebook.text(page, person, 'hello')));
      const [first, second] = [await conversationOf(one), await conversationOf(two)];
      expect(first.customer.id).toBe(second.customer.id);
      expect(first.id).not.toBe(second.id);
    });
  });

  describe('follows what the page sends', () => {
    const send = async (page: string, text: string) => {
      const { id } = await conversationOf(page);
      return (await acme.post(`/conversations/${id}/messages`, { text }).expect(202)).body.data;
    };
    const statusesOf = async (page: string) =>
      Object.fromEntries((await messagesOf(page)).map(({ text, status }) => [text, status]));

    it('our own message as sent when its echo comes, once', async () => {
      const { oaId: page, customerId } = await acme.conversation();
      const own = await send(page, 'Vâng');
      const mid = fresh();
      const echo = { ...echoed(page, mid, 'Vâng', Date.now(), own.id), recipient: { id: customerId } };
      await received(pageBody(page, [echo]), pageBody(page, [echo]));
      await tell(page, echo);
      const messages = await messagesOf(page);
      expect(messages).toHaveLength(2);
      expect(messages[0]).toMatchObject({ id: own.id, status: 'sent', providerMessageId: mid });
    });

    it('what somebody wrote elsewhere as the page, as a message that nobody here has to read', async () => {
      const page = await acme.page();
      const at = Date.now() - 60_000;
      await tell(page, written(page, fresh(), 'hello', at), echoed(page, 'e1', 'from the page itself', at + 1));
      const [echo] = await messagesOf(page);
      expect(echo).toMatchObject({ direction: 'out', senderType: 'user', senderId: page, accountId: null });
      expect(echo).toMatchObject({ status: 'sent', text: 'from the page itself' });
      const { unreadCount, lastMessage } = await conversationOf(page);
      expect([unreadCount, lastMessage.direction, lastMessage.text]).toEqual([1, 'out', 'from the page itself']);
    });

    it('an echo that opens the conversation', async () => {
      const page = await acme.page();
      await tell(page, echoed(page, 'e1', 'we have news', Date.now()));
      expect(await conversationOf(page)).toMatchObject({ unreadCount: 0, customer: { externalId: CUSTOMER } });
    });

    it('an echo that names a message of another organization, as somebody else’s', async () => {
      const { oaId: foreign } = await acme.conversation();
      const own = await send(foreign, 'Vâng');
      const page = await rival.page();
      await tell(page, echoed(page, 'e1', 'Vâng', Date.now(), own.id));
      expect(await statusesOf(foreign)).toMatchObject({ Vâng: 'queued' });
      expect(await messagesOf(page, rival)).toMatchObject([{ text: 'Vâng', status: 'sent' }]);
    });

    it('forward only, from sent to delivered to read', async () => {
      const page = await acme.page();
      const at = Date.now() - 60_000;
      const receipt = (item: object) => tell(page, { ...fromCustomer(page, CUSTOMER, Date.now()), ...item });
      await tell(page, written(page, fresh(), 'in', at));
      await tell(page, ...['a', 'b', 'c'].map((text, index) => echoed(page, `${page}-${text}`, text, at + index + 1)));
      await receipt({ delivery: { watermark: at + 2, mids: [`${page}-a`] } });
      expect(await statusesOf(page)).toEqual({ in: 'delivered', a: 'delivered', b: 'delivered', c: 'sent' });
      await receipt({ read: { watermark: String(at + 1) } });
      expect(await statusesOf(page)).toEqual({ in: 'delivered', a: 'read', b: 'delivered', c: 'sent' });
      await receipt({ delivery: { watermark: at, mids: [`${page}-a`, `${page}-c`] } });
      expect(await statusesOf(page)).toEqual({ in: 'delivered', a: 'read', b: 'delivered', c: 'delivered' });
      expect((await messagesOf(page)).map(({ isRead }: Message & { isRead?: boolean }) => isRead)).toEqual([
        false,
        false,
        true,
        false,
      ]);
    });

    it('and leaves alone what was not sent, or failed', async () => {
      const { oaId: page, customerId } = await acme.conversation();
      await send(page, 'queued');
      const { id } = await send(page, 'failed');
      await world.database.rows(`UPDATE messages SET status = 'failed', error_code = 'x' WHERE id = $1`, [id]);
      const now = Date.now() + 10_000;
      await tell(page, { ...fromCustomer(page, customerId, now), delivery: { watermark: now } });
      await tell(page, { ...fromCustomer(page, customerId, now), read: { watermark: now } });
      expect(await statusesOf(page)).toMatchObject({ queued: 'queued', failed: 'failed' });
    });

    it('an echo that comes after its receipts', async () => {
      const page = await acme.page();
      const at = Date.now() - 60_000;
      await tell(page, written(page, fresh(), 'in', at));
      await tell(page, { ...fromCustomer(page, CUSTOMER, at + 5), delivery: { watermark: at + 4 } });
      await tell(page, { ...fromCustomer(page, CUSTOMER, at + 5), read: { watermark: at + 2 } });
      await tell(page, ...[1, 3, 6].map((after) => echoed(page, `${page}-${after}`, `${after}`, at + after)));
      expect(await statusesOf(page)).toEqual({ in: 'delivered', 1: 'read', 3: 'delivered', 6: 'sent' });
    });

    it('an echo that comes together with its receipt', async () => {
      const page = await acme.page();
      const at = Date.now() - 60_000;
      await tell(page, written(page, fresh(), 'in', at));
      const receipt = 'UPDATE conversations SET read_until = $2 WHERE oa_id = $1';
      await world.database.racing(
        (client) => client.query(receipt, [page, new Date(at + 5)]),
        () => tell(page, echoed(page, 'e1', 'out', at + 1)),
      );
      expect(await statusesOf(page)).toEqual({ in: 'delivered', out: 'read' });
    });

    it('no receipt of somebody who never wrote', async () => {
      const page = await acme.page();
      await tell(page, { ...fromCustomer(page, CUSTOMER, Date.now()), read: { watermark: Date.now() } });
      expect(await conversationsOf(page)).toEqual([]);
    });
  });

  describe('follows what happens to a message', () => {
    const at = Date.now() - 60_000;
    const happen = (page: string, after: number, item: object, customer = CUSTOMER) =>
      tell(page, { ...fromCustomer(page, customer, at + after), ...item });
    const message = async (text = 'hello') => {
      const page = await acme.page();
      await tell(page, written(page, 'm1', text, at));
      return page;
    };
    const theMessage = async (page: string) => (await messagesOf(page)).at(-1);

    it('the newest reaction of each person, until it is taken back', async () => {
      const page = await message();
      const react = (emoji: string) => ({ reaction: { mid: 'm1', action: 'react', emoji } });
      await happen(page, 2, react('❤'));
      await happen(page, 1, react('👎'));
      expect((await theMessage(page))?.metadata['reactions']).toEqual({ [CUSTOMER]: '❤' });
      await tell(page, byPage(page, at + 3, react('👍')));
      expect((await theMessage(page))?.metadata['reactions']).toEqual({ [CUSTOMER]: '❤', [page]: '👍' });
      await happen(page, 5, { reaction: { mid: 'm1', action: 'unreact' } });
      await happen(page, 4, react('😢'));
      expect((await theMessage(page))?.metadata['reactions']).toEqual({ [page]: '👍' });
    });

    it('the newest edit, in the inbox too', async () => {
      const page = await message();
      const edit = (text: string, revision: number) => ({ message_edit: { mid: 'm1', text, num_edit: revision } });
      await happen(page, 1, edit('hello again', 2));
      await happen(page, 2, edit('late', 1));
      const { createdAt, ...edited } = { createdAt: '', ...(await theMessage(page)) };
      expect(edited).toMatchObject({ text: 'hello again', metadata: { edits: { revision: 2 } } });
      const { lastMessage, unreadCount } = await conversationOf(page);
      expect([lastMessage.text, lastMessage.createdAt, unreadCount]).toEqual(['hello again', createdAt, 1]);
    });

    it('an edit of an older message, while the inbox keeps showing the last', async () => {
      const page = await message();
      await tell(page, written(page, 'm2', 'hello', at + 1));
      await happen(page, 2, { message_edit: { mid: 'm1', text: 'hello!', num_edit: 1 } });
      expect(await textsOf(page)).toEqual(['hello', 'hello!']);
      expect(await conversationOf(page)).toMatchObject({ lastMessage: { text: 'hello' } });
    });

    it('that it was taken back: nothing of it is left', async () => {
      const page = await message('a secret');
      await happen(page, 1, { message: { mid: 'm1', is_deleted: true } });
      await happen(page, 2, { message_edit: { mid: 'm1', text: 'a secret, edited', num_edit: 1 } });
      expect(await theMessage(page)).toMatchObject({ text: null, attachments: [] });
      expect((await theMessage(page))?.metadata['deletedAt']).toBe(new Date(at + 1).toISOString());
      expect(await conversationOf(page)).toMatchObject({ lastMessage: { text: null } });
      expect(JSON.stringify(await everythingOf(page))).not.toContain('a secret');
    });

    it('of which nothing is known yet, kept beside', async () => {
      const page = await acme.page();
      await happen(page, 1, { message_edit: { mid: 'm9', text: 'x', num_edit: 1 } });
      await happen(page, 1, { message_edit: { mid: 'm9', text: 'x', num_edit: 1 } });
      await happen(page, 2, { reaction: { mid: 'm9', action: 'react', emoji: '❤' } });
      await happen(page, 3, { message: { mid: 'm9', is_deleted: true } });
      const kinds = (await keptOf(page)).map(({ kind }) => kind);
      expect(kinds.toSorted()).toEqual(['message.deleted', 'message.edited', 'message.reacted']);
    });

    it('and never to one of the same id on another page or in another organization', async () => {
      const [page, sibling, foreign] = [await message(), await acme.page(), await rival.page()];
      for (const other of [sibling, foreign]) {
        await happen(other, 1, { message: { mid: 'm1', is_deleted: true } });
        await happen(other, 1, { message_edit: { mid: 'm1', text: 'x', num_edit: 1 } });
        await happen(other, 1, { reaction: { mid: 'm1', action: 'react', emoji: '❤' } });
      }
      expect(await theMessage(page)).toMatchObject({ text: 'hello', metadata: {} });
    });
  });
});
