import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from './support/eventually.js';
import { DEMO_USER_TOKEN, Desk } from './support/providers.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const NO_ID = '018f5a3e-7c1d-7b2a-9e4f-3d2c1b0a9f8e';

describe('Connecting', () => {
  let desk: Desk;
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    desk = await Desk.start();
    world = await World.start(desk.settings);
    desk.pointAt(world.url);
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(async () => {
    await world.stop();
    await desk.stop();
  });

  const connectPages = (who: TestOrganization, pageIds: string[], fields: object = {}) =>
    who.post('/integrations/facebook/connect', { userToken: DEMO_USER_TOKEN, pageIds, ...fields });

  const listPages = async (who: TestOrganization) => {
    const { body } = await who.post('/integrations/facebook/pages', { userToken: DEMO_USER_TOKEN }).expect(200);
    return body as { data: { oaId: string; connection: string | null }[]; pagination: object };
  };

  describe('pages of Facebook', () => {
    it('begins with the pages that the person has', async () => {
      const pages = [
        desk.facebookPage({ name: 'One' }),
        desk.facebookPage(),
        desk.facebookPage({ tasks: ['ANALYZE'] }),
      ];
      const { data, pagination } = await listPages(acme);
      const shown = data.filter(({ oaId }) => pages.some((page) => page.oaId === oaId));
      expect(shown).toEqual(
        pages.map(({ oaId, name, tasks }) => ({
          ...{ oaId, name, avatarUrl: `${desk.url}/files/picture.png`, connection: null },
          canMessage: tasks.includes('MESSAGING'),
        })),
      );
      expect(pagination).toEqual({ total: data.length, limit: 100, offset: 0 });
      const { body } = await acme
        .post('/integrations/facebook/pages?limit=1&offset=1', { userToken: DEMO_USER_TOKEN })
        .expect(200);
      expect(body.data).toEqual([data[1]]);
    });

    it('subscribes the chosen ones, and keeps no token of the person', async () => {
      const [first, second] = [desk.facebookPage(), desk.facebookPage()];
      const { body: chatbot } = await acme.post('/chatbots', { name: 'Bot' }).expect(201);
      const { body } = await connectPages(acme, [first.oaId, second.oaId], { chatbotId: chatbot.data.id }).expect(201);
      expect(body.data).toMatchObject([
        { platform: 'facebook', oaId: first.oaId, name: first.name, status: 'connected', chatbotId: chatbot.data.id },
        { platform: 'facebook', oaId: second.oaId, name: second.name, accountId: acme.admin.user.id },
      ]);
      expect([first, second].map(({ oaId }) => desk.isTold(oaId, 'message_edits'))).toEqual([true, true]);
      expect(JSON.stringify(body)).not.toMatch(/token/i);
      await desk.customer('facebook', first.oaId, '4400110022').writes('Xin chào');
      await desk.settled();
      const { body: inbox } = await acme.get(`/conversations?oaId=${first.oaId}`).expect(200);
      expect(inbox.data).toMatchObject([{ customer: { externalId: '4400110022' }, chatbotId: chatbot.data.id }]);
    });

    it('says what is connected already, and never whose it is elsewhere', async () => {
      const [mine, theirs] = [desk.facebookPage(), desk.facebookPage()];
      await connectPages(acme, [mine.oaId]).expect(201);
      await connectPages(rival, [theirs.oaId]).expect(201);
      const { data } = await listPages(acme);
      const standing = (oaId: string) => data.find((page) => page.oaId === oaId)?.connection;
      expect([standing(mine.oaId), standing(theirs.oaId)]).toEqual(['here', 'elsewhere']);
      expect(JSON.stringify(data)).not.toContain(rival.id);
    });

    it('leaves a page alone that another organization has, with all others of the request', async () => {
      const [free, theirs] = [desk.facebookPage(), desk.facebookPage()];
      await connectPages(rival, [theirs.oaId]).expect(201);
      const { body } = await connectPages(acme, [free.oaId, theirs.oaId]).expect(409);
      expect(body.error.code).toBe('integration_in_use');
      expect(await integrationsOf(acme, free.oaId, theirs.oaId)).toEqual([]);
      expect([desk.isTold(free.oaId), desk.isTold(theirs.oaId)]).toEqual([false, true]);
    });

    it('leaves nothing of a page that could not be subscribed', async () => {
      const page = desk.facebookPage();
      desk.fault({ platform: 'facebook', page: page.oaId, on: 'subscribe', code: 200 });
      const { body } = await connectPages(acme, [page.oaId]).expect(422);
      expect(body.error).toMatchObject({ code: 'provider_refused', message: expect.stringMatching(/permissions/) });
      expect(await integrationsOf(acme, page.oaId)).toEqual([]);
      await connectPages(rival, [page.oaId]).expect(201);
    });

    it('gives a new token to a page whose token died', async () => {
      const page = desk.facebookPage();
      const { body: before } = await connectPages(acme, [page.oaId]).expect(201);
      await acme.patch(`/integrations/${before.data[0].id}`, { name: 'Our name' }).expect(200);
      desk.killToken(page.oaId);
      const { body: after } = await connectPages(acme, [page.oaId]).expect(201);
      expect(after.data).toMatchObject([{ id: before.data[0].id, status: 'connected', name: 'Our name' }]);
      await acme.delete(`/integrations/${before.data[0].id}`).expect(200);
      expect(desk.isTold(page.oaId)).toBe(false);
    });

    it.each([
      ['a dead token', 'no-such-token', 422, 'provider_refused'],
      ['another token than a person’s', 'facebook-token', 422, 'provider_refused'],
    ])('is refused in Facebook’s words with %s', async (_name, userToken, status, code) => {
      const { body } = await acme.post('/integrations/facebook/pages', { userToken }).expect(status);
      expect(body.error).toMatchObject({ code, message: expect.stringMatching(/connect the page again/) });
    });

    it.each([
      ['is away', { status: 503 }],
      ['breaks the connection', { drop: 'before' as const }],
      ['throttles', { code: 4, retryAfter: 7 }],
    ])('has to wait where Facebook %s', async (_name, fault) => {
      desk.fault({ platform: 'facebook', on: 'oauth', ...fault });
      const { body, headers } = await acme
        .post('/integrations/facebook/pages', { userToken: DEMO_USER_TOKEN })
        .expect(503);
      expect(body.error.code).toBe('provider_unavailable');
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    });

    it.each([
      ['secret', { appSecret: 'of another app' }, /FACEBOOK_APP_SECRET has to be/],
      ['id', { appId: '17' }, /FACEBOOK_APP_ID has to be/],
    ])('names the setting where Facebook has another %s of the app', async (_name, theirs, sentence) => {
      const { facebook } = desk.desk.settings;
      const before = { ...facebook };
      Object.assign(facebook, theirs);
      const ask = (who: TestOrganization) =>
        who.post('/integrations/facebook/pages', { userToken: DEMO_USER_TOKEN }).expect(422);
      for (const { body } of [await ask(acme), await ask(rival)])
        expect(body.error).toMatchObject({ code: 'provider_refused', message: expect.stringMatching(sentence) });
      Object.assign(facebook, before);
      await listPages(acme);
    });

    it('needs pages that the person has, and a chatbot of the organization', async () => {
      const page = desk.facebookPage();
      const { body: unknown } = await connectPages(acme, ['17']).expect(422);
      expect(unknown.error.details[0].path).toBe('pageIds');
      const { body: foreign } = await rival.post('/chatbots', { name: 'Theirs' }).expect(201);
      for (const chatbotId of [foreign.data.id, NO_ID]) {
        const { body } = await connectPages(acme, [page.oaId], { chatbotId }).expect(422);
        expect(body.error.details[0].path).toBe('chatbotId');
      }
      expect(await integrationsOf(acme, page.oaId)).toEqual([]);
    });

    it.each([
      [{ pageIds: [] }],
      [{ pageIds: ['1', '1'] }],
      [{ pageIds: 'all' }],
      [{ pageIds: [7] }],
      [{ pageIds: Array.from({ length: 51 }, (_, place) => String(place)) }],
    ])('refuses %p', async (fields) => {
      const { body } = await acme.post('/integrations/facebook/connect', { userToken: 'a', ...fields }).expect(422);
      expect(body.error.details[0].path).toBe('pageIds');
    });

    it('is for those who may change integrations', async () => {
      const [manager, reader] = [await acme.as('manager'), await acme.withKey(['integrations:read'])];
      for (const client of [manager, reader])
        await client.post('/integrations/facebook/pages', { userToken: DEMO_USER_TOKEN }).expect(403);
    });
  });

  describe('numbers of WhatsApp', () => {
    const connectNumbers = (
      who: TestOrganization,
      page: { businessId: string | null; accessToken: string },
      ids: string[],
    ) =>
      who.post('/integrations/whatsapp/connect', {
        ...{ accessToken: page.accessToken, businessAccountId: page.businessId, phoneNumberIds: ids },
      });

    it('begins with the numbers of the account', async () => {
      const number = desk.number({ name: 'Bếp Lan' });
      const account = { accessToken: number.accessToken, businessAccountId: number.businessId };
      const { body } = await acme.post('/integrations/whatsapp/numbers', account).expect(200);
      expect(body.data).toEqual([
        {
          ...{ oaId: number.oaId, name: `Bếp Lan, +84 ${number.oaId.slice(-9)}`, avatarUrl: null },
          ...{ canMessage: true, connection: null },
        },
      ]);
    });

    it('subscribes the account, which ends with the last of its numbers', async () => {
      const first = desk.number();
      const second = desk.number({ businessId: String(first.businessId), token: first.accessToken });
      const { body } = await connectNumbers(acme, first, [first.oaId, second.oaId]).expect(201);
      expect(body.data.map(({ oaId }: { oaId: string }) => oaId)).toEqual([first.oaId, second.oaId]);
      expect(desk.isTold(first.oaId)).toBe(true);
      await desk.customer('whatsapp', second.oaId, '84901112223').writes('Xin chào');
      await desk.settled();
      const { body: inbox } = await acme.get(`/conversations?oaId=${second.oaId}`).expect(200);
      expect(inbox.data).toMatchObject([{ customer: { externalId: '84901112223' } }]);
      await acme.delete(`/integrations/${body.data[0].id}`).expect(200);
      expect(desk.isTold(first.oaId)).toBe(true);
      await acme.delete(`/integrations/${body.data[1].id}`).expect(200);
      expect(desk.isTold(first.oaId)).toBe(false);
    });

    it('leaves an account subscribed while another organization has a number of it', async () => {
      const first = desk.number();
      const second = desk.number({ businessId: String(first.businessId), token: first.accessToken });
      const { body } = await connectNumbers(acme, first, [first.oaId]).expect(201);
      await connectNumbers(rival, first, [second.oaId]).expect(201);
      await acme.delete(`/integrations/${body.data[0].id}`).expect(200);
      expect(desk.isTold(second.oaId)).toBe(true);
      expect((await connectNumbers(acme, first, [second.oaId]).expect(409)).body.error.code).toBe('integration_in_use');
    });

    it('is refused in WhatsApp’s words where the token is for another account', async () => {
      const [mine, theirs] = [desk.number(), desk.number()];
      const foreign = { businessId: theirs.businessId, accessToken: mine.accessToken };
      const { body } = await connectNumbers(acme, foreign, [theirs.oaId]).expect(422);
      expect(body.error).toMatchObject({ code: 'provider_refused', message: expect.stringMatching(/permissions/) });
      expect(await integrationsOf(acme, theirs.oaId)).toEqual([]);
    });
  });

  describe('is ended', () => {
    it('although the provider is away, or the token dead', async () => {
      const [away, dead, silent] = [desk.facebookPage(), desk.facebookPage(), desk.facebookPage()];
      const { body } = await connectPages(acme, [away.oaId, dead.oaId, silent.oaId]).expect(201);
      desk.fault({ platform: 'facebook', page: away.oaId, on: 'subscribe', status: 503 });
      desk.killToken(dead.oaId);
      desk.fault({ platform: 'facebook', page: silent.oaId, on: 'subscribe', slowMs: 6_000 });
      const from = performance.now();
      for (const { id } of body.data) {
        const { body: ended } = await acme.delete(`/integrations/${id}`).expect(200);
        expect(ended.data).toMatchObject({ isActive: false, status: 'disconnected' });
      }
      expect(performance.now() - from).toBeLessThan(7_500);
    });

    it('by nobody else', async () => {
      const page = desk.facebookPage();
      const { body } = await connectPages(acme, [page.oaId]).expect(201);
      await rival.delete(`/integrations/${body.data[0].id}`).expect(404);
      expect(desk.isTold(page.oaId)).toBe(true);
    });
  });

  async function integrationsOf(who: TestOrganization, ...oaIds: string[]): Promise<unknown[]> {
    const { body } = await who.get('/integrations?isActive=true&limit=100').expect(200);
    return body.data.filter(({ oaId }: { oaId: string }) => oaIds.includes(oaId));
  }
});

describe('A customer who writes for the first time', () => {
  let desk: Desk;
  let world: World;
  let acme: TestOrganization;
  beforeAll(async () => {
    desk = await Desk.start();
    world = await World.start({ ...desk.settings, RUN_JOBS: 'true' });
    desk.pointAt(world.url);
    acme = await world.organization();
  });
  afterAll(async () => {
    await world.stop();
    await desk.stop();
  });

  const page = async (): Promise<string> => {
    const { oaId } = desk.facebookPage();
    const pages = { userToken: DEMO_USER_TOKEN, pageIds: [oaId] };
    await acme.post('/integrations/facebook/connect', pages).expect(201);
    return oaId;
  };

  const customerOf = async (oaId: string) => {
    const { body } = await acme.get(`/conversations?oaId=${oaId}`).expect(200);
    return body.data[0].customer as { id: string; displayName: string | null; avatarUrl: string | null };
  };

  it('gets the name and the picture that Messenger knows them by', async () => {
    const oaId = await page();
    await desk.customer('facebook', oaId, '5500110022').writes('Chào shop');
    await desk.settled();
    const known = await eventually(
      () => customerOf(oaId),
      ({ displayName }) => displayName !== null,
    );
    expect(known).toMatchObject({ displayName: desk.desk.profiles.of('5500110022').name });
    expect(known.avatarUrl).toMatch(/^http/);
    const { body } = await acme.get(`/audit-logs?targetType=customer&action=customer.updated`).expect(200);
    expect(body.data.map(({ targetId }: { targetId: string }) => targetId)).toContain(known.id);
  });

  it('stays without where Messenger does not say', async () => {
    const oaId = await page();
    desk.fault({ platform: 'facebook', on: 'profile', code: 100, subcode: 2018218 });
    await desk.customer('facebook', oaId, '5500110033').writes('Chào shop');
    await desk.settled();
    const next = await page();
    await desk.customer('facebook', next, '5500110044').writes('Chào shop');
    await eventually(
      () => customerOf(next),
      ({ displayName }) => displayName !== null,
    );
    expect((await customerOf(oaId)).displayName).toBeNull();
  });
});
