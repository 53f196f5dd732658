import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { TokenVault } from '../src/modules/integrations/token-vault.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

interface Row {
  access_token: string | null;
  refresh_token: string | null;
  token_key_id: string | null;
}

describe('Integrations', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  it('are made by connecting a page', async () => {
    const { id: chatbotId } = await chatbot(acme);
    const shown = { ...page(), avatarUrl: 'https://example.com/a.png', chatbotId, meta: { region: 'vn' } };
    const secret = { accessToken: 'at-secret', refreshToken: 'rt-secret', expiresIn: 3600 };
    const { body } = await acme.post('/integrations', { ...shown, ...secret }).expect(201);
    const time = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(body.data).toEqual({
      ...{ id: expect.any(String), orgId: acme.id, ...shown, isActive: true, accountId: acme.admin.user.id },
      ...{ expiresAt: time, connectedAt: time, createdAt: time, updatedAt: time },
      ...{ status: 'connected', statusReason: null, webhookEndpointId: null },
    });
    const secondsLeft = (Date.parse(body.data.expiresAt) - Date.now()) / 1000;
    expect(secondsLeft).toBeGreaterThan(3500);
    expect(secondsLeft).toBeLessThanOrEqual(3600);
  });

  it('belong to no user where a key connected them', async () => {
    const key = await acme.withKey(['integrations:write']);
    const { body } = await key.post('/integrations', { ...page(), accessToken: 'at' }).expect(201);
    expect(body.data.accountId).toBeNull();
  });

  it.each([
    ['a platform that is not ours', { platform: 'telegram' }, 'platform'],
    ['a page without an id', { oaId: '' }, 'oaId'],
    ['a page with an id of 129 characters', { oaId: 'x'.repeat(129) }, 'oaId'],
    ['no access token', { accessToken: undefined }, 'accessToken'],
    ['an address that is not of the web', { avatarUrl: 'javascript:alert(1)' }, 'avatarUrl'],
    ['an end that was yesterday', { expiresIn: -1 }, 'expiresIn'],
    ['a field of the server', { isActive: true }, 'isActive'],
    ["another organization's name", { orgId: 'org_default_001' }, 'orgId'],
  ])('are not made with %s', async (_, fields, path) => {
    const { body } = await acme.post('/integrations', { ...page(), accessToken: 'at', ...fields }).expect(422);
    expect(body.error.details.map((detail: { path: string }) => detail.path)).toEqual([path]);
  });

  it('never show their tokens', async () => {
    const { id } = await connect(acme, page(), { accessToken: 'at-secret', refreshToken: 'rt-secret' });
    const answers = [
      await acme.get(`/integrations/${id}`).expect(200),
      await acme.get('/integrations').expect(200),
      await acme.patch(`/integrations/${id}`, { accessToken: 'at-secret-2' }).expect(200),
      await acme.get('/audit-logs?targetType=integration').expect(200),
      await acme.delete(`/integrations/${id}`).expect(200),
    ];
    for (const { text } of answers) expect(text).not.toMatch(/at-secret|rt-secret/);
    for (const index of [0, 1, 2, 4]) expect(answers[index]?.text).not.toMatch(/"[^"]*token[^"]*"/i);
    for (const token of Object.values(await row(id)).filter(Boolean)) expect(answers[3]?.text).not.toContain(token);
  });

  it('keep their tokens sealed to their place', async () => {
    const { id } = await connect(acme, page(), { accessToken: 'at-secret', refreshToken: 'rt-secret' });
    const { access_token, refresh_token, token_key_id } = await row(id);
    expect(`${access_token} ${refresh_token}`).not.toMatch(/secret/);
    expect(open(acme, id, 'accessToken', access_token, token_key_id)).toBe('at-secret');
    expect(open(acme, id, 'refreshToken', refresh_token, token_key_id)).toBe('rt-secret');
    expect(() => open(rival, id, 'accessToken', access_token, token_key_id)).toThrow();
  });

  it('refuse a page that is connected here already', async () => {
    const fields = page();
    await connect(acme, fields);
    const { body } = await acme.post('/integrations', { ...fields, accessToken: 'other' }).expect(409);
    expect(body.error.code).toBe('integration_exists');
  });

  it('refuse a page that another organization has, in the same words whoever it is', async () => {
    const other = await world.organization({ displayName: 'Somebody quite different' });
    const refusals = [];
    for (const owner of [rival, other]) {
      const fields = page();
      await connect(owner, fields);
      const { body } = await acme.post('/integrations', { ...fields, accessToken: 'at' }).expect(409);
      expect(body.error.code).toBe('integration_in_use');
      refusals.push(JSON.stringify({ ...body, error: { ...body.error, requestId: null } }));
    }
    expect(refusals[0]).toBe(refusals[1]);
  });

  it('leave nothing behind where the page is refused', async () => {
    const fields = page();
    await connect(rival, fields);
    await acme.post('/integrations', { ...fields, accessToken: 'at' }).expect(409);
    const owners = await world.database.rows('SELECT org_id FROM integrations WHERE oa_id = $1', [fields.oaId]);
    expect(owners).toEqual([{ org_id: rival.id }]);
  });

  it('let one page id live on two platforms', async () => {
    const fields = page();
    await connect(acme, fields);
    await connect(rival, { ...fields, platform: 'zalo' });
  });

  it('go to exactly one of two organizations that connect a page at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const body = { ...page(), accessToken: 'at' };
      const answers = await Promise.all([acme.post('/integrations', body), rival.post('/integrations', body)]);
      expect(answers.map(outcome).sort()).toEqual(['201', '409 integration_in_use']);
    }
  });

  it('are made once where one organization connects a page several times at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const body = { ...page(), accessToken: 'at' };
      const answers = await Promise.all([1, 2, 3].map(() => acme.post('/integrations', body)));
      expect(answers.map(outcome).sort()).toEqual(['201', '409 integration_exists', '409 integration_exists']);
    }
  });

  it('come back once where one organization reconnects a page several times at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const fields = page();
      const { id } = await connect(acme, fields);
      await acme.delete(`/integrations/${id}`).expect(200);
      const body = { ...fields, accessToken: 'at' };
      const answers = await Promise.all([1, 2, 3].map(() => acme.post('/integrations', body)));
      expect(answers.map(outcome).sort()).toEqual(['201', '409 integration_exists', '409 integration_exists']);
    }
  });

  it('end with their tokens erased and their page free', async () => {
    const fields = page();
    const { id } = await connect(acme, fields, { expiresIn: 3600 });
    const { body } = await acme.delete(`/integrations/${id}`).expect(200);
    expect(body.data).toMatchObject({ id, isActive: false, expiresAt: null });
    expect(await row(id)).toEqual({ access_token: null, refresh_token: null, token_key_id: null });
    expect(await routes(fields.oaId)).toEqual([]);
  });

  it('end once, however often they are disconnected', async () => {
    const { id } = await connect(acme);
    const { body: first } = await acme.delete(`/integrations/${id}`).expect(200);
    const again = await Promise.all([1, 2].map(() => acme.delete(`/integrations/${id}`)));
    for (const answer of again) expect(answer.body).toEqual(first);
    const { body } = await acme.get('/audit-logs?action=integration.disconnected').expect(200);
    expect(body.data.filter(({ targetId }: { targetId: string }) => targetId === id)).toHaveLength(1);
  });

  it('come back as the same integration when their page is connected again', async () => {
    const fields = page();
    const { id, connectedAt } = await connect(acme, fields, { refreshToken: 'rt' });
    await acme.delete(`/integrations/${id}`).expect(200);
    const again = await connect(acme, { ...fields, name: 'Anew' }, { accessToken: 'at-2' });
    expect(again).toMatchObject({ id, isActive: true, name: 'Anew' });
    expect(Date.parse(again.connectedAt)).toBeGreaterThan(Date.parse(connectedAt));
    const { access_token, refresh_token, token_key_id } = await row(id);
    expect(open(acme, id, 'accessToken', access_token, token_key_id)).toBe('at-2');
    expect(refresh_token).toBeNull();
    expect(await routes(fields.oaId)).toEqual([{ org_id: acme.id, integration_id: id }]);
  });

  it('can move to another organization once they are disconnected, and not back before it lets go', async () => {
    const fields = page();
    const { id } = await connect(acme, fields);
    await acme.delete(`/integrations/${id}`).expect(200);
    const moved = await connect(rival, fields);
    expect(moved.id).not.toBe(id);
    const { body } = await acme.post('/integrations', { ...fields, accessToken: 'at' }).expect(409);
    expect(body.error.code).toBe('integration_in_use');
    const { body: still } = await acme.get(`/integrations/${id}`).expect(200);
    expect(still.data.isActive).toBe(false);
  });

  it('can be changed, and keep what is left out', async () => {
    const { id } = await connect(acme, page(), { accessToken: 'at-1', refreshToken: 'rt-1', expiresIn: 3600 });
    const { body } = await acme.patch(`/integrations/${id}`, { name: 'Renamed', meta: { a: 1 } }).expect(200);
    expect(body.data).toMatchObject({ name: 'Renamed', meta: { a: 1 }, expiresAt: expect.any(String) });
    const { access_token, refresh_token, token_key_id } = await row(id);
    expect(open(acme, id, 'accessToken', access_token, token_key_id)).toBe('at-1');
    expect(open(acme, id, 'refreshToken', refresh_token, token_key_id)).toBe('rt-1');
  });

  it('take a new access token, whose end is not that of the old one', async () => {
    const { id } = await connect(acme, page(), { accessToken: 'at-1', refreshToken: 'rt-1', expiresIn: 3600 });
    const { body } = await acme.patch(`/integrations/${id}`, { accessToken: 'at-2' }).expect(200);
    expect(body.data.expiresAt).toBeNull();
    const { access_token, refresh_token, token_key_id } = await row(id);
    expect(open(acme, id, 'accessToken', access_token, token_key_id)).toBe('at-2');
    expect(open(acme, id, 'refreshToken', refresh_token, token_key_id)).toBe('rt-1');
  });

  it('forget a refresh token that is null', async () => {
    const { id } = await connect(acme, page(), { refreshToken: 'rt-1' });
    await acme.patch(`/integrations/${id}`, { refreshToken: null }).expect(200);
    expect(await row(id)).toMatchObject({ access_token: expect.any(String), refresh_token: null });
  });

  it('take no tokens while they are disconnected', async () => {
    const { id } = await connect(acme);
    await acme.delete(`/integrations/${id}`).expect(200);
    const { body } = await acme.patch(`/integrations/${id}`, { accessToken: 'at-2' }).expect(409);
    expect(body.error.code).toBe('integration_disconnected');
    expect((await row(id)).access_token).toBeNull();
  });

  it('keep both tokens where each is renewed at the same time', async () => {
    const { id } = await connect(acme, page(), { refreshToken: 'rt-1' });
    for (let round = 0; round < 10; round += 1) {
      const renewals = [{ accessToken: `at-${round}` }, { refreshToken: `rt-${round}` }];
      const answers = await Promise.all(renewals.map((fields) => acme.patch(`/integrations/${id}`, fields)));
      expect(answers.map(outcome)).toEqual(['200', '200']);
      const { access_token, refresh_token, token_key_id } = await row(id);
      expect(open(acme, id, 'accessToken', access_token, token_key_id)).toBe(`at-${round}`);
      expect(open(acme, id, 'refreshToken', refresh_token, token_key_id)).toBe(`rt-${round}`);
    }
  });

  it('keep no token where they are disconnected while one is renewed', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id } = await connect(acme);
      const [renewed, ended] = await Promise.all([
        acme.patch(`/integrations/${id}`, { accessToken: 'at-2' }),
        acme.delete(`/integrations/${id}`),
      ]);
      expect(['200', '409 integration_disconnected']).toContain(outcome(renewed));
      expect(outcome(ended)).toBe('200');
      expect((await row(id)).access_token).toBeNull();
    }
  });

  it('say in the audit log what happened to them, and of tokens only that they changed', async () => {
    const { id } = await connect(acme);
    await acme.patch(`/integrations/${id}`, { accessToken: 'at-2' }).expect(200);
    const { body } = await acme.get('/audit-logs?targetType=integration').expect(200);
    const entries = body.data.filter(({ targetId }: { targetId: string }) => targetId === id);
    expect(entries.map(({ action }: { action: string }) => action)).toEqual([
      'integration.updated',
      'integration.connected',
    ]);
    expect(entries[0].changes).toEqual({ accessToken: { from: '[hidden]', to: '[hidden]' } });
  });

  it.each(['post', 'patch'] as const)("refuse another organization's chatbot like one of nobody: %s", async (verb) => {
    const [{ id }, theirs] = [await connect(acme), await chatbot(rival)];
    const refusals = [];
    for (const chatbotId of [theirs.id, uuidv7()]) {
      const path = verb === 'post' ? '/integrations' : `/integrations/${id}`;
      const fields = verb === 'post' ? { ...page(), accessToken: 'at', chatbotId } : { chatbotId };
      const { body } = await acme[verb](path, fields).expect(422);
      refusals.push({ ...body.error, requestId: null });
    }
    expect(refusals[0].details).toEqual([{ path: 'chatbotId', message: expect.any(String) }]);
    expect(refusals[0]).toEqual(refusals[1]);
  });

  it('take a chatbot, and let it go with null', async () => {
    const [{ id }, { id: chatbotId }] = [await connect(acme), await chatbot(acme)];
    const { body: taken } = await acme.patch(`/integrations/${id}`, { chatbotId }).expect(200);
    expect(taken.data.chatbotId).toBe(chatbotId);
    const { body: released } = await acme.patch(`/integrations/${id}`, { chatbotId: null }).expect(200);
    expect(released.data.chatbotId).toBeNull();
  });

  it('are listed newest first, those of the own organization only, page by page', async () => {
    const [here, there] = [await world.organization(), await world.organization()];
    const [first, second] = [await connect(here), await connect(here)];
    await connect(there);
    const { body: one } = await here.get('/integrations?limit=1').expect(200);
    const { body: two } = await here.get(`/integrations?limit=1&cursor=${one.pagination.nextCursor}`).expect(200);
    expect([...one.data, ...two.data].map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(two.pagination).toEqual({ limit: 1, nextCursor: null });
  });

  it('are filtered by platform, chatbot and whether they are connected', async () => {
    const here = await world.organization();
    const { id: chatbotId } = await chatbot(here);
    const zalo = await connect(here, { ...page(), platform: 'zalo' });
    const answered = await connect(here, page(), { chatbotId });
    const ended = await connect(here);
    await here.delete(`/integrations/${ended.id}`).expect(200);
    const ids = async (query: string) => {
      const { body } = await here.get(`/integrations?${query}`).expect(200);
      return body.data.map(({ id }: { id: string }) => id);
    };
    expect(await ids('platform=zalo')).toEqual([zalo.id]);
    expect(await ids(`chatbotId=${chatbotId}`)).toEqual([answered.id]);
    expect(await ids('isActive=false')).toEqual([ended.id]);
    expect(await ids('isActive=true&platform=facebook')).toEqual([answered.id]);
  });

  it("show nothing for another organization's chatbot", async () => {
    const { id: chatbotId } = await chatbot(rival);
    await connect(rival, page(), { chatbotId });
    const { body } = await acme.get(`/integrations?chatbotId=${chatbotId}`).expect(200);
    expect(body.data).toEqual([]);
  });

  it('are hidden from another organization, exactly like one that does not exist', async () => {
    const { id } = await connect(acme);
    const foreign = await rival.get(`/integrations/${id}`).expect(404);
    const nobodys = await rival.get(`/integrations/${uuidv7()}`).expect(404);
    expect({ ...foreign.body.error, requestId: null }).toEqual({ ...nobodys.body.error, requestId: null });
  });

  it('cannot be changed or disconnected by another organization', async () => {
    const { id, name } = await connect(acme);
    await rival.patch(`/integrations/${id}`, { name: 'Theirs', accessToken: 'theirs' }).expect(404);
    await rival.delete(`/integrations/${id}`).expect(404);
    const { body } = await acme.get(`/integrations/${id}`).expect(200);
    expect(body.data).toMatchObject({ name, isActive: true });
  });

  it('are read, not changed, by managers, and neither by agents', async () => {
    const [manager, agent, { id }] = [await acme.as('manager'), await acme.as('agent'), await connect(acme)];
    await manager.get(`/integrations/${id}`).expect(200);
    await manager.delete(`/integrations/${id}`).expect(403);
    await manager.post('/integrations', { ...page(), accessToken: 'at' }).expect(403);
    await agent.get('/integrations').expect(403);
  });

  it('are only read with a key that may only read', async () => {
    const [key, { id }] = [await acme.withKey(['integrations:read']), await connect(acme)];
    await key.get(`/integrations/${id}`).expect(200);
    await key.delete(`/integrations/${id}`).expect(403);
  });

  async function connect(organization: TestOrganization, fields: object = page(), more: object = {}) {
    const { body } = await organization.post('/integrations', { ...fields, accessToken: 'at-1', ...more }).expect(201);
    return body.data;
  }

  async function chatbot(organization: TestOrganization): Promise<{ id: string }> {
    const { body } = await organization.post('/chatbots', { name: 'Bot' }).expect(201);
    return body.data;
  }

  async function row(id: string): Promise<Row> {
    const [kept] = await world.database.rows<Row>(
      'SELECT access_token, refresh_token, token_key_id FROM integrations WHERE id = $1',
      [id],
    );
    if (!kept) throw new Error('There is no such integration');
    return kept;
  }

  function routes(oaId: string): Promise<object[]> {
    return world.database.rows('SELECT org_id, integration_id FROM channel_routes WHERE external_id = $1', [oaId]);
  }

  function open(
    { id: orgId }: TestOrganization,
    integrationId: string,
    field: 'accessToken' | 'refreshToken',
    sealed: string | null,
    keyId: string | null,
  ): string {
    return world.app.get(TokenVault).open(String(sealed), String(keyId), { orgId, integrationId, field });
  }
});

function page() {
  const oaId = String(randomInt(1e12, 9e13));
  return { platform: 'facebook', oaId, name: `Page ${oaId}` };
}

function outcome({ status, body }: { status: number; body: { error?: { code: string } } }): string {
  return body.error ? `${status} ${body.error.code}` : String(status);
}
