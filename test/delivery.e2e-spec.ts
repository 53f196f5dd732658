import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DeskPage, DeskPlatform } from '../src/providers/accounts.js';
import type { Customer } from '../src/providers/customer.js';
import { eventually } from './support/eventually.js';
import { LocalServer } from './support/local-server.js';
import { Desk } from './support/providers.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const HOUR = 3_600_000;

describe('An answer', () => {
  let desk: Desk;
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    desk = await Desk.start();
    world = await World.start({ ...desk.settings, RUN_JOBS: 'true', WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32' });
    desk.pointAt(world.url);
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(async () => {
    await world.stop();
    await desk.stop();
  });

  /** A connected page, and a customer who has written to it. */
  async function talk(
    platform: DeskPlatform = 'facebook',
    organization = acme,
    at = new Date(),
  ): Promise<{ page: DeskPage; customer: Customer; id: string; integrationId: string }> {
    const page = desk.page({ platform, isSubscribed: true });
    const { oaId, accessToken, name } = page;
    const connected = await organization.post('/integrations', { platform, oaId, accessToken, name }).expect(201);
    const customer = desk.customer(platform, oaId, String(randomInt(1e12, 9e13)));
    await customer.writes({ text: 'Xin chào', at });
    const { body } = await organization.get(`/conversations?oaId=${oaId}`).expect(200);
    return { page, customer, id: body.data[0].id, integrationId: connected.body.data.id };
  }

  const answer = async (id: string, body: object, organization = acme): Promise<string> =>
    (await organization.post(`/conversations/${id}/messages`, body).expect(202)).body.data.id;

  async function messageOf(conversationId: string, messageId: string, organization = acme) {
    const { body } = await organization.get(`/conversations/${conversationId}/messages`).expect(200);
    return body.data.find(({ id }: { id: string }) => id === messageId);
  }

  const reaching = (conversationId: string, messageId: string, ...statuses: string[]) =>
    eventually(
      () => messageOf(conversationId, messageId),
      ({ status }) => statuses.includes(status),
    );

  it.each<DeskPlatform>(['facebook', 'whatsapp', 'zalo'])(
    'reaches the customer, and says how far it has got: %s',
    async (platform) => {
      const { customer, id } = await talk(platform);
      const messageId = await answer(id, { text: 'Chào bạn! 👋 Bàn cho 6 người nhé?' });
      await customer.hears('Chào bạn! 👋 Bàn cho 6 người nhé?');
      const delivered = await reaching(id, messageId, 'delivered');
      expect(delivered.providerMessageId).toEqual(expect.any(String));
      await customer.reads();
      expect(await reaching(id, messageId, 'read')).toMatchObject({ isRead: true, direction: 'out' });
      await desk.settled();
      const { body } = await acme.get(`/conversations/${id}/messages`).expect(200);
      expect(body.data).toHaveLength(2); // The echo is no other message.
    },
  );

  it('keeps its place: a conversation is answered in the order of its messages, whatever goes wrong on the way', async () => {
    const { page, id } = await talk();
    desk.fault({ page: page.oaId, code: 2, times: 1 });
    const texts = Array.from({ length: 12 }, (_, number) => `answer ${number}`);
    for (const text of texts) await answer(id, { text });
    await eventually(
      () => desk.sent(page.oaId).length,
      (sent) => sent === texts.length,
      30_000,
    );
    expect(desk.sent(page.oaId).map(({ text }) => text)).toEqual(texts);
  }, 40_000);

  it('of several parts arrives whole and in order, and stays one message', async () => {
    const { page, customer, id } = await talk();
    const [first, second] = ['https://example.com/menu.jpg', 'https://example.com/map.jpg'];
    const attachments = [first, second].map((url) => ({ type: 'image', url }));
    const messageId = await answer(id, { text: 'Our menu', attachments });
    await reaching(id, messageId, 'delivered');
    await desk.settled();
    const said = desk.sent(page.oaId).map(({ text, attachments: [file] }) => text ?? file?.url);
    expect([...said].sort()).toEqual([first, second, 'Our menu'].sort());
    const { body } = await acme.get(`/conversations/${id}/messages`).expect(200);
    expect(body.data).toHaveLength(2);
    expect(customer.entries.filter(({ from }) => from === 'page')).toHaveLength(3);
  });

  it('with a document for Zalo brings it along redirects, and fails for good where one leads inside', async () => {
    const [menu, inside] = ['/menu.pdf', 'http://169.254.169.254/latest/meta-data'];
    const asked: string[] = [];
    const files = await LocalServer.start(({ url = '' }, response) => {
      asked.push(url);
      if (url === menu) response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF-1.7');
      else response.writeHead(302, { location: url === '/away' ? inside : menu }).end();
    });
    const { page, id } = await talk('zalo');
    const sendFile = (path: string) => answer(id, { attachments: [{ type: 'file', url: files.url + path }] });
    const failed = await reaching(id, await sendFile('/away'), 'failed');
    expect(failed.error).toEqual({ code: 'address_refused', message: expect.stringMatching(/^The file is not on/) });
    expect(desk.sent(page.oaId)).toEqual([]);
    await reaching(id, await sendFile('/found'), 'sent', 'delivered');
    expect(desk.sent(page.oaId)).toHaveLength(1);
    expect(asked).toEqual(['/away', '/found', menu]); // The refused one was tried once.
    await files.stop();
  });

  it('is tried again where the provider is in trouble, and sent once', async () => {
    const { page, id } = await talk('whatsapp');
    desk.fault({ page: page.oaId, code: 131000 });
    const messageId = await answer(id, { text: 'once' });
    await reaching(id, messageId, 'sent', 'delivered');
    expect(desk.sent(page.oaId)).toHaveLength(1);
  }, 30_000);

  it('that the provider refuses for good fails with its code and a sentence, and can be sent again', async () => {
    const { page, id } = await talk();
    desk.fault({ page: page.oaId, code: 551, subcode: 1545041 });
    const messageId = await answer(id, { text: 'are you there?' });
    const failed = await reaching(id, messageId, 'failed');
    expect(failed.error.code).toContain('551');
    expect(failed.error.message).toMatch(/^[A-Z].{20,}/);
    expect(desk.sent(page.oaId)).toEqual([]);
    await rival.post(`/messages/${messageId}/retry`).expect(404);
    await acme.post(`/messages/${messageId}/retry`).expect(202);
    await reaching(id, messageId, 'delivered');
  });

  it('waits as long as the provider asks for, with all others of its page', async () => {
    const { page, id } = await talk();
    const other = desk.customer('facebook', page.oaId, String(randomInt(1e12, 9e13)));
    await other.writes('me too');
    const { body } = await acme.get(`/conversations?oaId=${page.oaId}`).expect(200);
    const otherId = body.data.find((conversation: { id: string }) => conversation.id !== id).id;
    desk.fault({ page: page.oaId, code: 613, retryAfter: 4 });
    const from = Date.now();
    const messageId = await answer(id, { text: 'slowly' });
    await eventually(
      () =>
        world.database.rows<{ at: string | null }>('SELECT next_send_at AS at FROM integrations WHERE oa_id = $1', [
          page.oaId,
        ]),
      ([row]) => row?.at !== null && Date.parse(String(row?.at)) > from + 2_000,
    );
    const second = await answer(otherId, { text: 'also slowly' });
    await reaching(id, messageId, 'delivered');
    await reaching(otherId, second, 'delivered');
    for (const { at } of desk.sent(page.oaId)) expect(at.getTime() - from).toBeGreaterThan(2_500);
  }, 30_000);

  it('after the window has closed is not even tried, and says what would open it', async () => {
    const { page, id } = await talk('facebook', acme, new Date(Date.now() - 25 * HOUR));
    const failed = await reaching(id, await answer(id, { text: 'too late' }), 'failed');
    expect(failed.error.message).toContain('HUMAN_AGENT');
    expect(desk.sent(page.oaId)).toEqual([]);
    const tagged = await answer(id, { text: 'in time', tag: 'HUMAN_AGENT' });
    await reaching(id, tagged, 'delivered');
    const whatsapp = await talk('whatsapp', acme, new Date(Date.now() - 25 * HOUR));
    const closed = await reaching(whatsapp.id, await answer(whatsapp.id, { text: 'too late' }), 'failed');
    expect(closed.error.message.toLowerCase()).toContain('template');
  });

  it('finds out that the token is dead: the integration says so, the audit log too, and it goes on once connected again', async () => {
    const { page, id, integrationId } = await talk('facebook', rival);
    desk.killToken(page.oaId);
    const messageId = await answer(id, { text: 'hello?' }, rival);
    const failed = await eventually(
      () => messageOf(id, messageId, rival),
      ({ status }) => status === 'failed',
    );
    expect(failed.error.code).toContain('190');
    const { body } = await rival.get(`/integrations/${integrationId}`).expect(200);
    expect(body.data).toMatchObject({ status: 'reconnect_required', statusReason: expect.any(String), isActive: true });
    const { body: audit } = await rival.get('/audit-logs?action=integration.updated').expect(200);
    expect(audit.data[0]).toMatchObject({ targetId: integrationId, actor: { type: 'system' } });
    const { accessToken } = desk.renewToken(page.oaId);
    const renewed = await rival.patch(`/integrations/${integrationId}`, { accessToken }).expect(200);
    expect(renewed.body.data).toMatchObject({ status: 'connected', statusReason: null });
    await rival.post(`/messages/${messageId}/retry`).expect(202);
    await eventually(
      () => messageOf(id, messageId, rival),
      ({ status }) => status === 'delivered',
    );
  });

  it('whose acknowledgement was lost is known by its echo, and not sent again', async () => {
    const { page, customer, id } = await talk();
    desk.fault({ page: page.oaId, drop: 'after' });
    const messageId = await answer(id, { text: 'did it arrive?' });
    await customer.hears('did it arrive?');
    await eventually(
      () => world.database.rows<{ ids: string[] }>('SELECT part_ids AS ids FROM messages WHERE id = $1', [messageId]),
      ([row]) => row?.ids.length === 1,
    );
    await answer(id, { text: 'the next' });
    await reaching(id, messageId, 'sent', 'delivered');
    await customer.hears('the next');
    expect(desk.sent(page.oaId).map(({ text }) => text)).toEqual(['did it arrive?', 'the next']);
  });

  it('on WhatsApp whose acknowledgement was lost is known by its status, which hands our id back, and not sent again', async () => {
    const { page, customer, id } = await talk('whatsapp');
    desk.fault({ page: page.oaId, drop: 'after' });
    const messageId = await answer(id, { text: 'did it arrive?' });
    const { id: wamid } = await customer.hears('did it arrive?');
    await eventually(
      () => world.database.rows<{ ids: string[] }>('SELECT part_ids AS ids FROM messages WHERE id = $1', [messageId]),
      ([row]) => row?.ids[0] === wamid,
    );
    await answer(id, { text: 'the next' });
    expect(await reaching(id, messageId, 'delivered')).toMatchObject({ providerMessageId: wamid });
    await customer.hears('the next');
    await desk.settled();
    expect(desk.sent(page.oaId).map(({ text }) => text)).toEqual(['did it arrive?', 'the next']);
    const { body } = await acme.get(`/conversations/${id}/messages`).expect(200);
    expect(body.data).toHaveLength(3); // The status is no other message.
    await customer.reads();
    await reaching(id, messageId, 'read');
  });

  it('of which nobody can say whether it arrived is marked so, never sent again by itself, and holds up nothing', async () => {
    const { page, customer, id } = await talk('whatsapp');
    desk.fault({ page: page.oaId, drop: 'before' });
    const messageId = await answer(id, { text: 'into the void' });
    await eventually(
      () =>
        world.database.rows('SELECT FROM messages WHERE id = $1 AND attempts = 1 AND attempted_at IS NOT NULL', [
          messageId,
        ]),
      (rows) => rows.length === 1,
    );
    await world.database.rows(`UPDATE messages SET attempted_at = attempted_at - interval '1 minute' WHERE id = $1`, [
      messageId,
    ]);
    await answer(id, { text: 'and on' });
    const lost = await reaching(id, messageId, 'unconfirmed');
    expect(lost.error).toMatchObject({ code: 'unconfirmed', message: expect.stringContaining('twice') });
    await customer.hears('and on');
    expect(desk.sent(page.oaId)).toHaveLength(1);
    await acme.post(`/messages/${messageId}/retry`).expect(202);
    await customer.hears('into the void');
  });

  it('is one message for one clientMessageId, however often and at once it is sent', async () => {
    const { page, customer, id } = await talk();
    const body = { text: 'only once', clientMessageId: randomUUID() };
    await Promise.all(Array.from({ length: 8 }, () => answer(id, body)));
    await customer.hears('only once');
    await desk.settled();
    expect(desk.sent(page.oaId)).toHaveLength(1);
  });

  it('brings quick replies, and the customer who presses one is heard', async () => {
    const { customer, id } = await talk();
    await answer(id, { text: 'When?', quickReplies: [{ title: 'Tonight', payload: 'TONIGHT' }] });
    const { buttons } = await customer.hears('When?');
    expect(buttons).toEqual([{ title: 'Tonight', payload: 'TONIGHT' }]);
    await customer.writes({ pressed: { title: 'Tonight', payload: 'TONIGHT' } });
    const { body } = await acme.get(`/conversations/${id}/messages`).expect(200);
    expect(body.data[0]).toMatchObject({ direction: 'in', text: 'Tonight' });
  });

  it('is announced: the customer sees that somebody has read, and is writing', async () => {
    const { page, id } = await talk();
    await acme.post(`/conversations/${id}/read`).expect(200);
    await rival.post(`/conversations/${id}/typing`).expect(404);
    await acme.post(`/conversations/${id}/typing`).expect(202);
    const signals = await eventually(
      () => desk.signals(page.oaId),
      (seen) => seen.length === 2,
    );
    expect(signals.map(({ signal }) => signal).sort()).toEqual(['mark_seen', 'typing_on']);
  });

  it('may answer one message of its own conversation, and no other', async () => {
    const { customer, id } = await talk();
    const { body } = await acme.get(`/conversations/${id}/messages`).expect(200);
    const foreign = await talk('facebook', rival);
    const { body: theirs } = await rival.get(`/conversations/${foreign.id}/messages`).expect(200);
    await answer(id, { text: 'to this', replyToMessageId: body.data[0].id });
    expect((await customer.hears('to this')).replyTo).toBe(body.data[0].providerMessageId);
    for (const replyToMessageId of [theirs.data[0].id, randomUUID()])
      await acme.post(`/conversations/${id}/messages`, { text: 'x', replyToMessageId }).expect(422);
  });

  it('of an organization that is deactivated waits until it is active again', async () => {
    const shop = await world.organization();
    const { page, customer, id } = await talk('facebook', shop);
    await world.superAdmin.delete(`/organizations/${shop.id}`).expect(200);
    await world.database.rows(
      `INSERT INTO messages (org_id, id, conversation_id, platform, oa_id, direction, sender_id, sender_type, text, status)
       VALUES ($1, $2, $3, 'facebook', $4, 'out', 'x', 'user', 'late', 'queued')`,
      [shop.id, randomUUID(), id, page.oaId],
    );
    await world.superAdmin.post(`/organizations/${shop.id}/activate`).expect(200);
    await shop.post(`/conversations/${id}/messages`, { text: 'later' }).expect(202);
    await customer.hears('later');
    expect(desk.sent(page.oaId).map(({ text }) => text)).toEqual(['late', 'later']);
  });
});
