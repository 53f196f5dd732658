import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IntegrationsService } from '../src/modules/integrations/integrations.service.js';
import { TokenRenewals } from '../src/modules/integrations/token-renewals.js';
import { ZaloTokenRefresh, dueAt } from '../src/modules/connections/zalo-token-refresh.service.js';
import { OrgContext } from '../src/platform/context/org-context.js';
import type { DeskPage } from '../src/providers/accounts.js';
import { Desk } from './support/providers.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const HOUR = 3_600_000;
const LIFE_SECONDS = 90_000;

interface Integration {
  id: string;
  status: string;
  statusReason: string | null;
  expiresAt: string;
}

describe("Zalo's access tokens", () => {
  let desk: Desk;
  let world: World;
  let acme: TestOrganization;

  beforeAll(async () => {
    desk = await Desk.start();
    world = await World.start({ ...desk.settings, RUN_JOBS: 'true' });
    desk.pointAt(world.url);
    acme = await world.organization();
  });
  afterEach(() => desk.desk.faults.clear());
  afterAll(async () => {
    await world.stop();
    await desk.stop();
  });

  it('are planned to be renewed when four fifths of their life are over', async () => {
    const { integration } = await connect(LIFE_SECONDS);
    const [job] = await world.database.rows<{ run_at: Date }>(
      `SELECT run_at FROM graphile_worker.jobs WHERE task_identifier = 'refresh-token' AND key LIKE $1`,
      [`%${integration.id}%`],
    );
    const left = Date.parse(integration.expiresAt) - (job?.run_at.getTime() ?? 0);
    expect(left / HOUR).toBeCloseTo(5, 1);
  });

  it('are renewed when their end is near, and the audit log says so', async () => {
    const { oa, integration } = await connect(60);
    const renewed = await renewal(oa, integration);
    expect(renewed).toMatchObject({ status: 'connected', statusReason: null });
    expect((Date.parse(renewed.expiresAt) - Date.now()) / HOUR).toBeCloseTo(25, 1);
    expect(await tokenOf(integration)).toBe(desk.current(oa.oaId).accessToken);
    const [entry] = await auditOf(integration);
    expect(entry).toMatchObject({ action: 'integration.updated', actor: { type: 'system', name: 'refresh-token' } });
    expect(JSON.stringify(entry)).not.toContain(desk.current(oa.oaId).accessToken);
  });

  it('are found by the clock where their job was lost', async () => {
    const { oa, integration } = await connect(LIFE_SECONDS);
    await world.database.rows(
      `UPDATE integrations SET expires_at = date_trunc('milliseconds', now() + interval '59 minutes') WHERE id = $1`,
      [integration.id],
    );
    const before = desk.current(oa.oaId).accessToken;
    await world.app.get(ZaloTokenRefresh).sweep();
    await until(() => Promise.resolve(desk.current(oa.oaId).accessToken !== before));
    await until(async () => (await tokenOf(integration)) === desk.current(oa.oaId).accessToken);
  });

  it.each([
    ['disconnected', `is_active = false, expires_at = now() + interval '1 minute'`],
    ['without a refresh token', `refresh_token = null, expires_at = now() + interval '1 minute'`],
    ['waiting for a person', `status = 'reconnect_required', expires_at = now() + interval '1 minute'`],
    ['not near their end', `expires_at = now() + interval '61 minutes'`],
    ["another platform's", `platform = 'whatsapp', expires_at = now() + interval '1 minute'`],
  ])('are left alone by the clock when they are %s', async (_name, change) => {
    const { oa, integration } = await connect(LIFE_SECONDS);
    await until(async () => (await waitingJobs(integration)) === 1); // It is planned by what it reads a moment later.
    await world.database.rows(`UPDATE integrations SET ${change} WHERE id = $1`, [integration.id]);
    await world.app.get(ZaloTokenRefresh).sweep();
    expect(await waitingJobs(integration)).toBe(1);
    expect(desk.current(oa.oaId).accessToken).toBe(oa.accessToken);
  });

  it('are renewed once where two nodes do it at once', async () => {
    const node = await world.node();
    try {
      const { oa, integration } = await connect(LIFE_SECONDS);
      desk.expireToken(oa.oaId);
      desk.fault({ platform: 'zalo', on: 'oauth', slowMs: 300, times: 2 });
      const renewed = await Promise.all(
        [world.app, node, world.app, node].map((app) => renewRefused(app, integration)),
      );
      expect(renewed).toEqual([true, true, true, true]);
      expect(await tokenOf(integration)).toBe(desk.current(oa.oaId).accessToken);
      const updates = (await auditOf(integration)).filter(({ action }) => action === 'integration.updated');
      expect(updates).toHaveLength(1);
    } finally {
      await node.close();
    }
  });

  it('are not renewed where Zalo accepts the one that we have', async () => {
    const { oa, integration } = await connect(LIFE_SECONDS);
    expect(await renewRefused(world.app, integration)).toBe(true);
    expect(desk.current(oa.oaId).accessToken).toBe(oa.accessToken);
  });

  it('wait for a renewal that is under way', async () => {
    const { oa, integration } = await connect(LIFE_SECONDS);
    desk.expireToken(oa.oaId);
    desk.fault({ platform: 'zalo', on: 'oauth', slowMs: 500 });
    const renewing = renewRefused(world.app, integration);
    await until(async () => (await holders()) > 0);
    await acme.patch(`/integrations/${integration.id}`, { name: 'Changed meanwhile' }).expect(200);
    expect(await renewing).toBe(true);
    expect(await tokenOf(integration)).toBe(desk.current(oa.oaId).accessToken);
  });

  it('survive a provider that takes longer than Postgres lets a transaction rest', async () => {
    const { oa, integration } = await connect(LIFE_SECONDS);
    desk.expireToken(oa.oaId);
    desk.fault({ platform: 'zalo', on: 'oauth', slowMs: 17_000 });
    expect(await renewRefused(world.app, integration)).toBe(true);
    expect(await tokenOf(integration)).toBe(desk.current(oa.oaId).accessToken);
  }, 40_000);

  it('that cannot be renewed at the moment are tried again', async () => {
    desk.fault({ platform: 'zalo', on: 'oauth', status: 503 });
    desk.fault({ platform: 'zalo', on: 'oauth', drop: 'before' });
    const { oa, integration } = await connect(60);
    const renewed = await renewal(oa, integration, 60_000);
    expect(renewed).toMatchObject({ status: 'connected' });
  }, 90_000);

  it('that are refused for good ask for a person, with the reason, and the audit log says so', async () => {
    const { oa, integration } = await connect(LIFE_SECONDS);
    desk.killToken(oa.oaId);
    await acme.patch(`/integrations/${integration.id}`, { expiresIn: 60 }).expect(200);
    const dead = await status(integration, 'reconnect_required');
    expect(dead.statusReason).toMatch(/Zalo gives no new token: .+ Connect the Official Account again\.$/);
    const [entry] = await auditOf(integration);
    expect(entry).toMatchObject({
      action: 'integration.updated',
      changes: { status: { from: 'connected', to: 'reconnect_required' }, statusReason: { to: dead.statusReason } },
    });
    expect(await renewRefused(world.app, integration)).toBe(false);
  });

  it('that Zalo has exchanged without our knowing, as in a crash, ask for a person', async () => {
    const { oa, integration } = await connect(LIFE_SECONDS);
    desk.renewToken(oa.oaId);
    expect(await renewRefused(world.app, integration)).toBe(false);
    expect(await status(integration, 'reconnect_required')).toMatchObject({
      statusReason: expect.stringMatching(/no new token/),
    });
  });

  it('whose answer was lost on its way ask for a person: the refresh token is spent', async () => {
    desk.fault({ platform: 'zalo', on: 'oauth', drop: 'after' });
    const { integration } = await connect(60);
    await status(integration, 'reconnect_required', 20_000);
  }, 30_000);

  it('that end with nothing to renew them ask for a person', async () => {
    const oa = desk.oa();
    const fields = { platform: 'zalo', oaId: oa.oaId, name: 'OA', accessToken: oa.accessToken };
    const { body } = await acme.post('/integrations', { ...fields, expiresIn: 60 }).expect(201);
    expect(await status(body.data, 'reconnect_required')).toMatchObject({
      statusReason: expect.stringMatching(/none to renew it with/),
    });
  });

  it('of an account that Zalo holds back are renewed, and it stays held back', async () => {
    const { oa, integration } = await connect(LIFE_SECONDS);
    await world.database.rows(`UPDATE integrations SET status = 'restricted', status_reason = 'Quota' WHERE id = $1`, [
      integration.id,
    ]);
    desk.expireToken(oa.oaId);
    expect(await renewRefused(world.app, integration)).toBe(true);
    expect(await status(integration, 'restricted')).toMatchObject({ statusReason: 'Quota' });
  });

  it('are renewed for an answer that Zalo refused because of them, and the customer gets it', async () => {
    const { oa, integration } = await connect(LIFE_SECONDS);
    const customer = desk.customer('zalo', oa.oaId, '5512345678901234567');
    await customer.writes('Còn hàng không?');
    desk.expireToken(oa.oaId);
    const { body } = await acme.get(`/conversations?oaId=${oa.oaId}`).expect(200);
    await acme.post(`/conversations/${body.data[0].id}/messages`, { text: 'Còn ạ' }).expect(202);
    await customer.hears('Còn ạ');
    expect(await tokenOf(integration)).toBe(desk.current(oa.oaId).accessToken);
  });

  /** An account with tokens that end after a while. */
  async function connect(expiresIn: number): Promise<{ oa: DeskPage; integration: Integration }> {
    const oa = desk.oa();
    const { oaId, accessToken, refreshToken } = oa;
    const tokens = { accessToken, refreshToken, expiresIn };
    const { body } = await acme.post('/integrations', { platform: 'zalo', oaId, name: 'OA', ...tokens }).expect(201);
    return { oa, integration: body.data };
  }

  /** What delivery does where Zalo does not accept a token. */
  function renewRefused(app: NestFastifyApplication, { id }: Integration): Promise<boolean> {
    return OrgContext.runAsSystem(acme.id, 'test', () => app.get(TokenRenewals).renew('zalo', id));
  }

  async function renewal(oa: DeskPage, integration: Integration, withinMs?: number): Promise<Integration> {
    await until(() => Promise.resolve(desk.current(oa.oaId).accessToken !== oa.accessToken), withinMs);
    await until(async () => (await find(integration)).expiresAt !== integration.expiresAt);
    return find(integration);
  }

  async function status(integration: Integration, wanted: string, withinMs?: number): Promise<Integration> {
    await until(async () => (await find(integration)).status === wanted, withinMs);
    return find(integration);
  }

  async function find({ id }: Integration): Promise<Integration> {
    const { body } = await acme.get(`/integrations/${id}`).expect(200);
    return body.data;
  }

  async function tokenOf({ id }: Integration): Promise<string | undefined> {
    const access = await OrgContext.runAsSystem(acme.id, 'test', () => world.app.get(IntegrationsService).access(id));
    return access?.accessToken;
  }

  async function auditOf({ id }: Integration): Promise<{ action: string }[]> {
    const { body } = await acme.get('/audit-logs?targetType=integration&limit=100').expect(200);
    return body.data.filter(({ targetId }: { targetId: string }) => targetId === id);
  }

  /** Those planned for later. */
  async function waitingJobs({ id }: Integration): Promise<number> {
    const jobs = `SELECT FROM graphile_worker.jobs WHERE task_identifier = 'refresh-token' AND key LIKE $1`;
    return (await world.database.rows(jobs, [`%${id}%`])).length;
  }

  async function holders(): Promise<number> {
    const idle = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`;
    return (await world.database.rows(idle)).length;
  }
});

describe('A token is due', () => {
  const NOW = Date.UTC(2026, 0, 15, 12);

  it.each([
    [25, 20],
    [10, 8],
    [5, 4],
    [3, 2],
    [1, 0],
    [0.5, 0],
    [-3, 0],
  ])('that lives for %d h: after %d h', (life, due) => {
    expect((dueAt(new Date(NOW + life * HOUR), NOW).getTime() - NOW) / HOUR).toBe(due);
  });
});

async function until(holds: () => Promise<boolean>, withinMs = 10_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('It did not come true in time');
    await delay(20);
  }
}
