import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { Response } from 'supertest';
import type { DeskPage } from '../src/providers/accounts.js';
import { Client } from './support/client.js';
import { Desk } from './support/providers.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const PUBLIC_URL = 'https://desk.example';
const CALLBACK = '/integrations/zalo/callback';

describe('Connecting a Zalo Official Account', () => {
  let desk: Desk;
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;

  beforeAll(async () => {
    desk = await Desk.start();
    world = await World.start({ ...desk.settings, PUBLIC_URL: `${PUBLIC_URL}/` });
    desk.pointAt(world.url);
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(async () => {
    await world.stop();
    await desk.stop();
  });

  describe('begins', () => {
    it('at an address of Zalo, which tells the app, the way back and a challenge', async () => {
      const { body } = await acme.post('/integrations/zalo/authorize').expect(201);
      const url = new URL(body.data.url);
      expect(url.origin + url.pathname).toBe(`${desk.url}/zalo-oauth/v4/oa/permission`);
      expect(Object.fromEntries(url.searchParams)).toEqual({
        app_id: desk.settings['ZALO_APP_ID'],
        redirect_uri: PUBLIC_URL + CALLBACK,
        code_challenge: expect.stringMatching(/^[\w-]{43}$/),
        state: expect.stringMatching(/^pd_st_/),
      });
    });

    it('another one each time', async () => {
      expect(await begin(acme.admin)).not.toBe(await begin(acme.admin));
    });

    it('only for those who may change integrations', async () => {
      await (await acme.as('agent')).post('/integrations/zalo/authorize').expect(403);
      await (await acme.withKey(['integrations:read'])).post('/integrations/zalo/authorize').expect(403);
      await world.anonymous.post('/integrations/zalo/authorize').expect(401);
    });

    it("not with another organization's chatbot", async () => {
      const { body } = await rival.post('/chatbots', { name: 'Theirs' }).expect(201);
      const refused = await acme.post('/integrations/zalo/authorize', { chatbotId: body.data.id }).expect(422);
      expect(refused.body.error.details).toMatchObject([{ path: 'chatbotId' }]);
    });

    it('keeps neither state nor way back in a readable form', async () => {
      const state = stateOf(await begin(acme.admin));
      const rows = await world.database.rows('SELECT * FROM channel_authorizations WHERE org_id = $1', [acme.id]);
      expect(rows.length).toBeGreaterThan(0);
      expect(JSON.stringify(rows)).not.toContain(state);
    });
  });

  describe('comes back', () => {
    it('with a connected account, its tokens, its end and its chatbot', async () => {
      const oa = desk.oa({ name: 'Tiệm hoa' });
      const { body } = await acme.post('/chatbots', { name: 'Hoa' }).expect(201);
      const answer = await comeBack(await allowed(oa, await begin(acme.admin, { chatbotId: body.data.id }))).expect(
        200,
      );
      expect(answer.text).toBe('Tiệm hoa is connected to Polydesk. You can close this window.');
      expect(answer.headers['content-type']).toMatch(/^text\/plain/);
      const integration = await connected(acme, oa);
      expect(integration).toMatchObject({
        ...{ orgId: acme.id, platform: 'zalo', oaId: oa.oaId, name: 'Tiệm hoa', isActive: true },
        ...{ status: 'connected', statusReason: null, chatbotId: body.data.id, accountId: acme.admin.user.id },
      });
      const hours = (Date.parse(integration.expiresAt) - Date.now()) / 3_600_000;
      expect(hours).toBeCloseTo(25, 1);
      expect(await connected(rival, oa)).toBeUndefined();
    });

    it('as the user who began, in the audit log', async () => {
      const manager = await acme.as('admin');
      const oa = desk.oa();
      await comeBack(await allowed(oa, await begin(manager))).expect(200);
      expect(await auditOf(oa)).toMatchObject({
        action: 'integration.connected',
        actor: { type: 'user', id: manager.user.id, name: manager.user.username },
      });
    });

    it('as the key that began, in the audit log', async () => {
      const partner = await acme.withKey(['integrations:write']);
      const oa = desk.oa();
      await comeBack(await allowed(oa, await begin(partner))).expect(200);
      expect(await auditOf(oa)).toMatchObject({ actor: { type: 'api_key', name: 'partner' } });
    });

    it('as the super admin who began while visiting', async () => {
      const { body } = await world.superAdmin.post('/auth/switch-organization', { orgId: acme.id }).expect(200);
      const visiting = new Client(world.url, { authorization: `Bearer ${body.tokens.accessToken}` });
      const oa = desk.oa();
      await comeBack(await allowed(oa, await begin(visiting))).expect(200);
      expect(await auditOf(oa)).toMatchObject({ actor: { type: 'user', id: world.superAdmin.user.id } });
    });

    it('with new tokens for an account that is connected, which stays the same integration', async () => {
      const oa = desk.oa();
      await comeBack(await allowed(oa, await begin(acme.admin))).expect(200);
      const before = await connected(acme, oa);
      await world.database.rows(`UPDATE integrations SET status = 'reconnect_required' WHERE id = $1`, [before.id]);
      desk.killToken(oa.oaId);
      await comeBack(await allowed(oa, await begin(acme.admin))).expect(200);
      expect(await connected(acme, oa)).toMatchObject({ id: before.id, status: 'connected', statusReason: null });
    });

    it('with the same integration after it was disconnected', async () => {
      const oa = desk.oa();
      await comeBack(await allowed(oa, await begin(acme.admin))).expect(200);
      const { id } = await connected(acme, oa);
      await acme.delete(`/integrations/${id}`).expect(200);
      await comeBack(await allowed(oa, await begin(acme.admin))).expect(200);
      expect(await connected(acme, oa)).toMatchObject({ id, isActive: true });
    });

    it('past whatever else Zalo adds to the address', async () => {
      const oa = desk.oa();
      await comeBack(`${await allowed(oa, await begin(acme.admin))}&code_challenge=x&lang=vi`).expect(200);
    });
  });

  describe('changes nothing', () => {
    const nothing = async (oa: DeskPage, path: string, status: number, code: string): Promise<Response> => {
      const refused = await comeBack(path).expect(status);
      expect(refused.body.error).toMatchObject({ code });
      expect(await connected(acme, oa)).toBeUndefined();
      expect(await connected(rival, oa)).toBeUndefined();
      return refused;
    };

    it('with a state that was used', async () => {
      const [first, second] = [desk.oa(), desk.oa()];
      const url = await begin(acme.admin);
      await comeBack(await allowed(first, url)).expect(200);
      await nothing(second, await allowed(second, url), 403, 'forbidden');
    });

    it('with a state that is used at the same time', async () => {
      const oa = desk.oa();
      const url = await begin(acme.admin);
      const back = [await allowed(oa, url), await allowed(oa, url), await allowed(oa, url)];
      const answers = await Promise.all(back.map((path) => comeBack(path)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403]);
    });

    it('with a state that is too old', async () => {
      const oa = desk.oa();
      const path = await allowed(oa, await begin(acme.admin));
      await world.database.rows(`UPDATE channel_authorizations SET expires_at = now() - interval '1 second'`);
      await nothing(oa, path, 403, 'forbidden');
    });

    it.each<[string, (state: string) => string]>([
      ['guessed', () => 'pd_st_guess'],
      ['empty of everything', () => 'x'],
      ['of another kind', (state) => state.replace('pd_st', 'pd_rt')],
      ['with another secret', (state) => state.replace(/[^.]+$/, 'A'.repeat(43))],
      ['with a row that is not there', (state) => state.replace(/\.[^.]+\./, '.019d0000-0000-7000-8000-000000000001.')],
      ['moved to another organization', (state) => state.replace(/_st_[^.]+/, `_st_${base64(rival.id)}`)],
      ['moved to no organization', (state) => state.replace(/_st_[^.]+/, `_st_${base64('org_nobody')}`)],
    ])('with a state that is %s, and leaves the true one good', async (_name, forge) => {
      const oa = desk.oa();
      const url = await begin(acme.admin);
      const path = await allowed(oa, url);
      const state = stateOf(url);
      await nothing(oa, path.replace(encodeURIComponent(state), encodeURIComponent(forge(state))), 403, 'forbidden');
      await comeBack(path).expect(200);
    });

    it('for a user who has been deactivated meanwhile', async () => {
      const leaving = await acme.as('admin');
      const oa = desk.oa();
      const path = await allowed(oa, await begin(leaving));
      await acme.delete(`/users/${leaving.user.id}`).expect(200);
      await nothing(oa, path, 403, 'forbidden');
    });

    it('for a user who may not any more', async () => {
      const demoted = await acme.as('admin');
      const oa = desk.oa();
      const path = await allowed(oa, await begin(demoted));
      await acme.patch(`/users/${demoted.user.id}`, { role: 'agent' }).expect(200);
      await nothing(oa, path, 403, 'forbidden');
    });

    it('in an organization that has been deactivated meanwhile', async () => {
      const closing = await world.organization();
      const oa = desk.oa();
      const path = await allowed(oa, await begin(closing.admin));
      await world.superAdmin.delete(`/organizations/${closing.id}`).expect(200);
      await nothing(oa, path, 403, 'forbidden');
    });

    it('where the account is another one than the address says', async () => {
      const oa = desk.oa();
      const path = await allowed(oa, await begin(acme.admin));
      const refused = await nothing(oa, path.replace(`oa_id=${oa.oaId}`, 'oa_id=1'), 422, 'invalid');
      expect(refused.body.error.details).toMatchObject([{ path: 'oa_id' }]);
    });

    it.each(['code', 'oa_id', 'state'])('without %s, as when the owner said no', async (field) => {
      const oa = desk.oa();
      const path = await allowed(oa, await begin(acme.admin));
      const refused = await nothing(oa, path.replace(new RegExp(`${field}=[^&]+`), ''), 422, 'invalid');
      expect(refused.body.error.details).toMatchObject([{ path: field }]);
    });

    it('where Zalo refuses the code', async () => {
      const oa = desk.oa();
      const path = await allowed(oa, await begin(acme.admin));
      const refused = await nothing(oa, path.replace(/code=[^&]+/, 'code=wrong'), 422, 'provider_refused');
      expect(refused.body.error.message).toMatch(/Zalo gives no new token/);
    });

    it('where Zalo is away', async () => {
      const oa = desk.oa();
      const path = await allowed(oa, await begin(acme.admin));
      desk.fault({ platform: 'zalo', on: 'oauth', status: 503 });
      const refused = await nothing(oa, path, 503, 'provider_unavailable');
      expect(refused.headers['retry-after']).toBeDefined();
    });

    it('for an account that another organization has: it stays theirs, and nobody learns whose it is', async () => {
      const oa = desk.oa();
      await comeBack(await allowed(oa, await begin(rival.admin))).expect(200);
      const { body } = await comeBack(await allowed(oa, await begin(acme.admin))).expect(409);
      expect(body.error.code).toBe('integration_in_use');
      expect(JSON.stringify(body)).not.toContain(rival.id);
      expect(await connected(acme, oa)).toBeUndefined();
      expect(await connected(rival, oa)).toMatchObject({ status: 'connected' });
    });
  });

  /** Begins, and answers with the address at Zalo's. */
  async function begin(client: Client, body: object = {}): Promise<string> {
    const begun = await client.post('/integrations/zalo/authorize', body).expect(201);
    return begun.body.data.url;
  }

  /** The owner says yes: the path that Zalo sends them back to. */
  async function allowed(oa: DeskPage, url: string): Promise<string> {
    const answer = await request(`${url}&oa_id=${oa.oaId}`).get('').expect(302);
    const back = new URL(String(answer.headers['location']));
    expect(back.origin + back.pathname).toBe(PUBLIC_URL + CALLBACK);
    return back.pathname + back.search;
  }

  function comeBack(path: string): request.Test {
    return world.anonymous.get(path);
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as supertest's bodies are
  async function connected(organization: TestOrganization, { oaId }: DeskPage): Promise<any> {
    const { body } = await organization.get('/integrations?platform=zalo&limit=100').expect(200);
    return body.data.find((integration: { oaId: string }) => integration.oaId === oaId);
  }

  async function auditOf(oa: DeskPage): Promise<unknown> {
    const { id } = await connected(acme, oa);
    const { body } = await acme.get('/audit-logs?targetType=integration').expect(200);
    return body.data.find(({ targetId }: { targetId: string }) => targetId === id);
  }
});

describe('A server without a Zalo app', () => {
  it('says what it needs', async () => {
    const secrets = {
      JWT_SECRET: randomBytes(48).toString('base64'),
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    };
    const world = await World.start({ ENVIRONMENT: 'production', ...secrets });
    try {
      const { body } = await (await world.organization()).post('/integrations/zalo/authorize').expect(409);
      expect(body.error).toMatchObject({ code: 'zalo_not_configured', message: expect.stringMatching('ZALO_APP_ID') });
    } finally {
      await world.stop();
    }
  });
});

function stateOf(url: string): string {
  return new URL(url).searchParams.get('state') ?? '';
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64url');
}
