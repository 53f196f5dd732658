import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from './support/client.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const LIMITED = { settings: { rateLimits: { organizationPerMinute: 12, callerPerMinute: 8 } } };

describe('Requests a minute', () => {
  let world: World;
  let other: NestFastifyApplication;
  let otherUrl: string;
  beforeAll(async () => {
    world = await World.start();
    other = await world.node();
    otherUrl = await other.getUrl();
  });
  afterEach(() => void jest.restoreAllMocks());
  afterAll(async () => {
    await other.close();
    await world.stop();
  });

  /** How many of so many requests at once are answered. */
  const answeredOf = async (times: number, ...callers: { get: Client['get'] }[]): Promise<number> => {
    const asked = callers.flatMap((caller) => Array.from({ length: times }, () => caller.get('/conversations')));
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status !== 200 && status !== 429)).toEqual([]);
    return answers.filter(({ status }) => status === 200).length;
  };

  it('are limited by caller, who is told where it stands', async () => {
    const acme = await world.organization(LIMITED);
    for (let left = 7; left >= 0; left -= 1) {
      const { headers } = await acme.get('/conversations').expect(200);
      expect(headers).toMatchObject({ 'ratelimit-limit': '8', 'ratelimit-remaining': String(left) });
      expect(Number(headers['ratelimit-reset'])).toBeGreaterThan(0);
      expect(Number(headers['ratelimit-reset'])).toBeLessThanOrEqual(60);
    }
    const { body, headers } = await acme.get('/conversations').expect(429);
    expect(body).toMatchObject({ ok: false, error: { code: 'rate_limited' } });
    expect(headers).toMatchObject({ 'ratelimit-limit': '8', 'ratelimit-remaining': '0' });
    expect(headers['retry-after']).toBe(headers['ratelimit-reset']);
  });

  it('are limited by organization, all callers together; another organization notices nothing', async () => {
    const [acme, rival] = [await world.organization(LIMITED), await world.organization(LIMITED)];
    const key = await acme.withKey(['conversations:read']);
    expect(await answeredOf(8, acme.admin, key, await acme.as('agent'))).toBe(12 - 1); // One made the key.
    const { headers } = await acme.get('/conversations').expect(429);
    expect(headers['ratelimit-remaining']).toBe('0');
    expect(await answeredOf(9, rival.admin)).toBe(8);
  });

  it('of a caller over its limit do not count on its organization', async () => {
    const acme = await world.organization(LIMITED);
    const agent = await acme.as('agent');
    expect(await answeredOf(30, acme.admin)).toBe(8);
    expect(await answeredOf(30, agent)).toBe(4);
  });

  it('are counted for all nodes together', async () => {
    const acme = await world.organization({ settings: { rateLimits: { callerPerMinute: 40 } } });
    const there = new Client(otherUrl, acme.admin.headers);
    expect(await answeredOf(30, acme.admin, there)).toBe(40);
  });

  it('begin anew after a minute', async () => {
    const acme = await world.organization(LIMITED);
    expect(await answeredOf(10, acme.admin)).toBe(8);
    const now = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => now() + 61_000);
    expect(await answeredOf(10, acme.admin)).toBe(8);
  });

  it.each([
    ['free', 3_000],
    ['standard', 30_000],
    ['enterprise', 300_000],
  ])('depend on the tier: a caller of %s has %d', async (tier, limit) => {
    const acme = await world.organization({ tier });
    const { headers } = await acme.get('/conversations').expect(200);
    expect(headers['ratelimit-limit']).toBe(String(limit));
    expect(headers['ratelimit-remaining']).toBe(String(limit - 1));
  });

  it('follow the tier and the override when the platform changes them', async () => {
    const acme = await world.organization({ tier: 'free' });
    const limit = async () => (await acme.get('/conversations').expect(200)).headers['ratelimit-limit'];
    expect(await limit()).toBe('3000');
    await world.superAdmin.patch(`/organizations/${acme.id}`, { tier: 'enterprise' }).expect(200);
    expect(await limit()).toBe('300000');
    await world.superAdmin
      .patch(`/organizations/${acme.id}`, { settings: { rateLimits: { callerPerMinute: 70 } } })
      .expect(200);
    expect(await limit()).toBe('70');
  });

  it('cannot be raised by the organization itself, and stay when it replaces its settings', async () => {
    const acme = await world.organization(LIMITED);
    const { body: refused } = await acme
      .patch('/organizations/current', { settings: { rateLimits: { callerPerMinute: 1e6 } } })
      .expect(422);
    expect(refused.error.details).toEqual([expect.objectContaining({ path: 'settings.rateLimits' })]);
    const { body } = await acme.patch('/organizations/current', { settings: { theme: 'dark' } }).expect(200);
    expect(body.data.settings).toEqual({ theme: 'dark', ...LIMITED.settings });
    await acme.patch('/organizations/current', { settings: body.data.settings }).expect(200);
    const free = await world.organization();
    await free.patch('/organizations/current', { settings: LIMITED.settings }).expect(422);
  });

  it.each([
    [[]],
    [{ callerPerMinute: 0 }],
    [{ callerPerMinute: '9' }],
    [{ perMinute: 9 }],
    [{ organizationPerMinute: 1.5 }],
  ])('refuse an override that says nothing: %j', async (rateLimits) => {
    const acme = await world.organization();
    await world.superAdmin.patch(`/organizations/${acme.id}`, { settings: { rateLimits } }).expect(422);
    await world.superAdmin.post('/organizations', { name: 'never-made', settings: { rateLimits } }).expect(422);
  });

  it('do not hinder probes, scrapers and providers', async () => {
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      const { headers } = await world.anonymous.get(path).expect(200);
      expect(headers).not.toHaveProperty('ratelimit-limit');
    }
    const acme = await world.organization(LIMITED);
    const page = await acme.page();
    expect(await answeredOf(20, acme.admin)).toBe(7); // One connected the page.
    for (let n = 0; n < 20; n += 1) await world.facebook.text(page, '7301', `message ${n}`);
  });

  it('of a super admin inside an organization are not counted there', async () => {
    const acme = await world.organization(LIMITED);
    const { body } = await world.superAdmin.post('/auth/switch-organization', { orgId: acme.id }).expect(200);
    const visitor = world.anonymous.withToken(body.tokens.accessToken, body.user);
    expect(await answeredOf(15, visitor)).toBe(15);
    expect(await answeredOf(10, acme.admin)).toBe(8);
  });

  it('beyond the limit are counted for the operator', async () => {
    const acme = await world.organization(LIMITED);
    const count = async () =>
      Number(
        /polydesk_rate_limited_total\{limit="caller"\} (\d+)/.exec((await world.anonymous.get('/metrics')).text)?.[1] ??
          0,
      );
    const before = await count();
    await answeredOf(13, acme.admin);
    expect(await count()).toBe(before + 5);
  });
});

describe('What is sent', () => {
  let world: World;
  let acme: TestOrganization;
  let path: string;
  beforeAll(async () => {
    world = await World.start();
    acme = await world.organization();
    path = `/conversations/${(await acme.conversation()).id}/messages`;
  });
  afterAll(() => world.stop());

  it('is a body of at most 1 MiB', async () => {
    const { body } = await acme.post('/chatbots', { name: 'x', settings: { x: 'x'.repeat(1_048_577) } }).expect(413);
    expect(body.error.code).toBe('too_large');
    await acme.post('/chatbots', { name: 'x', settings: { x: 'x'.repeat(1_000_000) } }).expect(201);
  });

  it('is a page of at most 100', async () => {
    for (const list of ['/conversations', '/customers', '/audit-logs', '/users', path]) {
      await acme.get(`${list}?limit=100`).expect(200);
      const { body } = await acme.get(`${list}?limit=101`).expect(422);
      expect(body.error.details).toEqual([{ path: 'limit', message: 'must be 100 or less' }]);
    }
  });

  it('is a message of at most 10 attachments and 4,096 characters', async () => {
    const attachments = (count: number) => Array(count).fill({ type: 'image', url: 'https://example.com/a.png' });
    await acme.post(path, { attachments: attachments(10) }).expect(202);
    await acme.post(path, { attachments: attachments(11) }).expect(422);
    await acme.post(path, { text: 'x'.repeat(4_096) }).expect(202);
    await acme.post(path, { text: 'x'.repeat(4_097) }).expect(422);
  });
});
