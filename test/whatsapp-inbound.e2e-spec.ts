import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DeskPage } from '../src/providers/accounts.js';
import { eventually } from './support/eventually.js';
import { Desk } from './support/providers.js';
import type { TestOrganization } from './support/test-organization.js';
import { WhatsAppSender } from './support/whatsapp-sender.js';
import { World } from './support/world.js';

const seconds = () => String(Math.floor(Date.now() / 1_000));
/** A text, as Meta tells of it; who wrote it comes beside it. */
const text = (body: string, id = `wamid.${randomUUID()}`) => ({
  id,
  timestamp: seconds(),
  type: 'text',
  text: { body },
});

describe('A WhatsApp number', () => {
  let desk: Desk;
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let meta: WhatsAppSender;
  beforeAll(async () => {
    desk = await Desk.start();
    world = await World.start({ ...desk.settings, RUN_JOBS: 'true' });
    desk.pointAt(world.url);
    meta = new WhatsAppSender(world.url, world.config.settings.WHATSAPP_APP_SECRET);
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(async () => {
    await world.stop();
    await desk.stop();
  });

  const connect = async (number: DeskPage): Promise<string> => {
    const { accessToken, businessId, oaId } = number;
    const chosen = { accessToken, businessAccountId: businessId, phoneNumberIds: [oaId] };
    return (await acme.post('/integrations/whatsapp/connect', chosen).expect(201)).body.data[0].id;
  };

  const conversationsOf = async (oaId: string) => (await acme.get(`/conversations?oaId=${oaId}`).expect(200)).body.data;

  const messagesIn = async (id: string) => (await acme.get(`/conversations/${id}/messages`).expect(200)).body.data;

  /** A connected number, and somebody who has written to it. */
  const talk = async () => {
    const number = desk.number();
    const integrationId = await connect(number);
    const customer = desk.customer('whatsapp', number.oaId, `849${randomInt(1e7, 9e7)}`);
    await customer.writes('Xin chào');
    await desk.settled();
    const [{ id, customer: person }] = await conversationsOf(number.oaId);
    return { number, integrationId, customer, id: id as string, person: person as { id: string } };
  };

  const integration = async (id: string) => (await acme.get(`/integrations/${id}`).expect(200)).body.data;

  it('is connected, written to, answers, is read, loses its token, gets another one, and is let go', async () => {
    const { number, integrationId, customer, id } = await talk();
    const answer = async (text: string) =>
      (await acme.post(`/conversations/${id}/messages`, { text }).expect(202)).body.data.id;
    const reached = (messageId: string, ...statuses: string[]) =>
      eventually(
        async () => (await messagesIn(id)).find((message: { id: string }) => message.id === messageId),
        ({ status }) => statuses.includes(status),
      );
    const first = await answer('Chào chị');
    await customer.hears('Chào chị');
    await reached(first, 'delivered');
    await customer.reads();
    await reached(first, 'read');
    desk.killToken(number.oaId);
    expect(await reached(await answer('Còn đó không?'), 'failed')).toMatchObject({
      error: { code: expect.any(String) },
    });
    const dead = await integration(integrationId);
    expect(dead).toMatchObject({
      status: 'reconnect_required',
      statusReason: expect.stringMatching(/connect it again/),
    });
    expect(await connect(desk.renewToken(number.oaId))).toBe(integrationId);
    expect(await integration(integrationId)).toMatchObject({ status: 'connected', statusReason: null });
    await answer('Đây rồi');
    await customer.hears('Đây rồi');
    await acme.delete(`/integrations/${integrationId}`).expect(200);
    expect(desk.isTold(number.oaId)).toBe(false);
    await rival.get(`/conversations/${id}`).expect(404);
  });

  it('takes in files, reactions, changes and what is taken back', async () => {
    const { customer, id } = await talk();
    const image = await customer.writes({ text: 'Xem nè', attachments: [{ type: 'image' }] });
    await customer.edits(image, 'Xem này');
    await customer.reacts(image, '👍');
    await desk.settled();
    const [shown] = await messagesIn(id);
    expect(shown).toMatchObject({ text: 'Xem này', attachments: [{ type: 'image' }], providerMessageId: image });
    await customer.deletes(image);
    await desk.settled();
    const left = (await messagesIn(id)).find(
      (message: { providerMessageId: string }) => message.providerMessageId === image,
    );
    expect(left?.text ?? null).toBeNull();
  });

  it.each([
    ['from the first word on', false],
    ['also where it came to be known later', true],
  ])('knows a person by their number, and by their other id alone, %s', async (_when, isLater) => {
    const number = desk.number();
    await connect(number);
    const [phone, userId] = [`849${randomInt(1e7, 9e7)}`, `VN.${randomInt(1e12, 9e13)}`];
    const known = { contacts: [{ profile: { name: 'Lan' }, wa_id: phone, user_id: userId }] };
    const [one, two] = [`wamid.${randomUUID()}`, `wamid.${randomUUID()}`];
    const first = { ...text('Một', one), from: phone, from_user_id: userId };
    const before = { contacts: [{ profile: { name: 'Lan' }, wa_id: phone }] };
    if (isLater)
      await meta.number(number.oaId, { ...before, messages: [{ ...text('Không'), from: phone }] }).expect(200);
    await meta.number(number.oaId, { ...known, messages: [first] }).expect(200);
    const hidden = { contacts: [{ profile: { name: 'Lan' }, user_id: userId }] };
    await meta
      .number(number.oaId, { ...hidden, messages: [{ ...text('Hai', two), from_user_id: userId }] })
      .expect(200);
    const conversations = await conversationsOf(number.oaId);
    expect(conversations).toMatchObject([
      { customer: { externalId: phone, displayName: 'Lan' }, lastMessage: { text: 'Hai' } },
    ]);
    const { body } = await acme.get(`/customers/${conversations[0].customer.id}`).expect(200);
    expect(body.data.phone).toBe(`+${phone}`);
  });

  it('knows a person by their other id also where nothing could be kept the first time', async () => {
    const number = desk.number();
    await connect(number);
    const [phone, userId] = [`849${randomInt(1e7, 9e7)}`, `VN.${randomInt(1e12, 9e13)}`];
    const first = { ...text('Một'), from: phone, from_user_id: userId };
    const known = { contacts: [{ wa_id: phone, user_id: userId }], messages: [first] };
    await world.database.rows(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'No room' USING ERRCODE = 'disk_full'; END $$;
      CREATE CONSTRAINT TRIGGER full_disk AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION refuse()`);
    await meta.number(number.oaId, known).expect(503);
    await world.database.rows('DROP FUNCTION refuse CASCADE');
    await meta.number(number.oaId, known).expect(200);
    const hidden = { contacts: [{ user_id: userId }], messages: [{ ...text('Hai'), from_user_id: userId }] };
    await meta.number(number.oaId, hidden).expect(200);
    expect(await conversationsOf(number.oaId)).toMatchObject([
      { customer: { externalId: phone }, lastMessage: { text: 'Hai' } },
    ]);
  });

  it('knows a person whom it met without a number, also once the number shows', async () => {
    const number = desk.number();
    await connect(number);
    const [phone, userId] = [`849${randomInt(1e7, 9e7)}`, `VN.${randomInt(1e12, 9e13)}`];
    const says = (body: string, from: object, contact: object) =>
      meta
        .number(number.oaId, {
          contacts: [{ profile: { name: 'Lan' }, ...contact }],
          messages: [{ ...text(body), ...from }],
        })
        .expect(200);
    const both = [
      { from: phone, from_user_id: userId },
      { wa_id: phone, user_id: userId },
    ] as const;
    await says('Một', { from_user_id: userId }, { user_id: userId });
    await says('Hai', ...both);
    await says('Ba', { from: phone }, { wa_id: phone });
    const conversations = await conversationsOf(number.oaId);
    expect(conversations).toMatchObject([{ customer: { externalId: userId }, lastMessage: { text: 'Ba' } }]);
    const texts = (await messagesIn(conversations[0].id)).map(({ text }: { text: string }) => text);
    expect([...texts].sort()).toEqual(['Ba', 'Hai', 'Một'].sort());
  });

  it.each<[string, (phone: string, userId: string) => { recipient_id?: string; recipient_user_id?: string }]>([
    ['by the number', (phone) => ({ recipient_id: phone })],
    ['by both', (phone, userId) => ({ recipient_id: phone, recipient_user_id: userId })],
    ['by the other id', (_phone, userId) => ({ recipient_user_id: userId })],
  ])('tells how far an answer got, and who wants no offers, where it calls the person %s', async (_name, recipient) => {
    const number = desk.number();
    await connect(number);
    const [phone, userId] = [`849${randomInt(1e7, 9e7)}`, `VN.${randomInt(1e12, 9e13)}`];
    await meta
      .number(number.oaId, { contacts: [{ user_id: userId }], messages: [{ ...text('Một'), from_user_id: userId }] })
      .expect(200);
    await meta
      .number(number.oaId, {
        contacts: [{ wa_id: phone, user_id: userId }],
        messages: [{ ...text('Hai'), from: phone, from_user_id: userId }],
      })
      .expect(200);
    const [{ id, customer: person }] = await conversationsOf(number.oaId);
    const echo = { ...text('Dạ'), from: '842812345678', to_user_id: userId };
    await meta.number(number.oaId, { message_echoes: [echo] }, 'smb_message_echoes').expect(200);
    const names = recipient(phone, userId);
    const status = { id: echo.id, status: 'read', timestamp: seconds(), ...names };
    await meta.number(number.oaId, { statuses: [status] }).expect(200);
    expect((await messagesIn(id)).find(({ text: said }: { text: string }) => said === 'Dạ')).toMatchObject({
      status: 'read',
    });
    const { recipient_id: wa_id, recipient_user_id: user_id } = names;
    const stop = { wa_id, user_id, category: 'marketing_messages', value: 'stop', timestamp: seconds() };
    await meta.number(number.oaId, { user_preferences: [stop] }, 'user_preferences').expect(200);
    const [row] = await world.database.rows('SELECT unsubscribed_at AS at FROM customers WHERE id = $1', [person.id]);
    expect(row).toEqual({ at: expect.anything() });
  });

  it('tells the same message once, however often it comes', async () => {
    const { number, id, customer } = await talk();
    const again = {
      contacts: [{ profile: { name: 'Lan' }, wa_id: customer.id }],
      messages: [
        { from: customer.id, id: `wamid.${randomUUID()}`, timestamp: seconds(), type: 'text', text: { body: 'Hai' } },
      ],
    };
    await Promise.all(Array.from({ length: 4 }, () => meta.number(number.oaId, again).expect(200)));
    expect(await messagesIn(id)).toHaveLength(2);
  });

  it('tells what the business wrote in its own app', async () => {
    const { number, id, customer } = await talk();
    const echo = { from: '842812345678', to: customer.id, id: `wamid.${randomUUID()}`, timestamp: seconds() };
    const message_echoes = [{ ...echo, type: 'text', text: { body: 'Tự viết' } }];
    await meta.number(number.oaId, { message_echoes }, 'smb_message_echoes').expect(200);
    expect((await messagesIn(id))[0]).toMatchObject({ direction: 'out', text: 'Tự viết', senderType: 'user' });
  });

  it('says why a message that was accepted did not arrive after all', async () => {
    const { number, id } = await talk();
    desk.fault({ platform: 'whatsapp', page: number.oaId, code: 131026, isLater: true });
    await acme.post(`/conversations/${id}/messages`, { text: 'Hả?' }).expect(202);
    const [failed] = await eventually(
      () => messagesIn(id),
      ([newest]) => newest.status === 'failed',
    );
    expect(failed.error).toEqual({ code: '131026', message: expect.stringMatching(/could not be delivered/) });
  });

  it('hears that a customer wants no more advertising', async () => {
    const { number, customer, person } = await talk();
    await customer.unfollows();
    await desk.settled();
    const { body } = await acme.get('/audit-logs?targetType=customer').expect(200);
    const theirs = body.data.filter(({ targetId }: { targetId: string }) => targetId === person.id);
    expect(theirs).toMatchObject([{ changes: { unsubscribedAt: { from: null, to: expect.any(String) } } }]);
    expect(await conversationsOf(number.oaId)).toHaveLength(1);
  });

  it('is restricted, given back and taken away with its whole account', async () => {
    const { number, integrationId } = await talk();
    const businessId = String(number.businessId);
    const said = async (value: object) => {
      await meta.account(businessId, value).expect(200);
      const { status, statusReason } = await integration(integrationId);
      return [status, statusReason];
    };
    const ban = (state: string) => ({ event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: state } });
    expect(await said(ban('DISABLE'))).toEqual(['restricted', expect.stringMatching(/appeal/)]);
    expect(await said(ban('REINSTATE'))).toEqual(['connected', null]);
    expect(await said({ event: 'PARTNER_REMOVED' })).toEqual([
      'reconnect_required',
      expect.stringMatching(/connect it/),
    ]);
  });

  it('keeps what is said of its whole account, and the operator what is said of an account that nobody has', async () => {
    const { number, integrationId } = await talk();
    const field = 'message_template_status_update';
    const [theirs, nobodys] = [String(number.businessId), String(randomInt(1e12, 9e13))];
    const value = { event: 'REJECTED', message_template_name: 'giao_hang', reason: 'INVALID_FORMAT' };
    for (const account of [theirs, nobodys]) await meta.account(account, value, field).expect(200);
    await meta.account(nobodys, { event: 'PARTNER_REMOVED' }).expect(200);
    const kept = 'SELECT org_id, payload FROM channel_events WHERE integration_id = $1 AND kind = $2';
    expect(await world.database.rows(kept, [integrationId, field])).toEqual([{ org_id: acme.id, payload: value }]);
    const counts = 'SELECT count FROM unrouted_events WHERE external_id = ANY ($1)';
    expect(await world.database.rows(counts, [[theirs, nobodys]])).toEqual([{ count: '2' }]);
  });

  it('is told nothing that Meta has not signed', async () => {
    const { number, id, customer } = await talk();
    const forged = { object: 'whatsapp_business_account', entry: [{ id: number.businessId, changes: [] }] };
    await meta.post(forged, `sha256=${'0'.repeat(64)}`).expect(401);
    await world.facebook.text(number.oaId, customer.id, 'Giả').catch(() => undefined);
    expect(await messagesIn(id)).toHaveLength(1);
  });

  it('answers the handshake of those who know the token', async () => {
    const query = (token: string) =>
      `hub.mode=subscribe&hub.challenge=42&hub.verify_token=${encodeURIComponent(token)}`;
    const { text } = await world.anonymous.get(`/webhooks/whatsapp?${query('a whatsapp verify token')}`).expect(200);
    expect(text).toBe('42');
    await world.anonymous.get(`/webhooks/whatsapp?${query('another')}`).expect(403);
  });
});
