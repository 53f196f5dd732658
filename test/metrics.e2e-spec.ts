import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OrgContext } from '../src/platform/context/org-context.js';
import { Database } from '../src/platform/database/database.js';
import { SystemDatabase } from '../src/platform/database/system-database.js';
import { fromCustomer, pageBody } from './support/facebook-sender.js';
import { catchLogLines } from './support/log-lines.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const lines = catchLogLines();

describe('GET /metrics', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
  });
  afterAll(() => world.stop());

  const scrape = async () => (await world.anonymous.get('/metrics').expect(200)).text;

  /** The value of a series; 0 where there is none yet. */
  const valueOf = (text: string, series: string): number => {
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  };

  /** By how much a series grows meanwhile. */
  const growthOf = async (series: string, work: () => PromiseLike<unknown>): Promise<number> => {
    const before = valueOf(await scrape(), series);
    await work();
    return valueOf(await scrape(), series) - before;
  };

  const seriesOf = (text: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith('polydesk_'))
      .map((line) => line.slice(0, line.lastIndexOf(' ')));

  it("answers without a credential, in Prometheus's format, with the process's own figures", async () => {
    const { headers, text } = await world.anonymous.get('/metrics').expect(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('# TYPE polydesk_http_request_duration_seconds histogram');
    expect(valueOf(text, 'process_resident_memory_bytes')).toBeGreaterThan(1e7);
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });

  it('counts and times requests by route, method and status, whoever asked', async () => {
    const ask = async () => {
      await acme.get('/conversations').expect(200);
      await rival.get('/conversations').expect(200);
    };
    const route = 'method="GET",route="/conversations"';
    expect(await growthOf(`polydesk_http_requests_total{${route},status="200"}`, ask)).toBe(2);
    expect(await growthOf(`polydesk_http_request_duration_seconds_count{${route}}`, ask)).toBe(2);
    expect(await growthOf(`polydesk_http_request_duration_seconds_bucket{le="10",${route}}`, ask)).toBe(2);
  });

  it("counts another organization's id under its route, as not found", async () => {
    const { id } = await acme.conversation();
    const series = 'polydesk_http_requests_total{method="GET",route="/conversations/:id",status="404"}';
    expect(await growthOf(series, () => rival.get(`/conversations/${id}`).expect(404))).toBe(1);
  });

  it('counts what no route fits under one name, so that nobody can make series', async () => {
    const series = 'polydesk_http_requests_total{method="GET",route="none",status="404"}';
    const ask = async () => {
      for (let n = 0; n < 5; n += 1) await world.anonymous.get(`/nowhere-${n}`).expect(404);
    };
    expect(await growthOf(series, ask)).toBe(5);
    expect(await scrape()).not.toContain('nowhere');
  });

  it('shows the connections of both pools', async () => {
    const text = await scrape();
    for (const pool of ['polydesk_app', 'polydesk_system']) {
      const value = (state: string) =>
        valueOf(text, `polydesk_database_pool_connections{pool="${pool}",state="${state}"}`);
      expect(value('total')).toBeGreaterThan(0);
      expect(value('idle')).toBeLessThanOrEqual(value('total'));
      expect(text).toContain(`polydesk_database_pool_connections{pool="${pool}",state="waiting"} 0`);
    }
  });

  it('shows who waits for a connection', async () => {
    const sleep = () => world.app.get(SystemDatabase).pool.run({ text: 'SELECT pg_sleep(0.3)' });
    const busy = Promise.all(Array.from({ length: 8 }, sleep));
    const waiting = 'polydesk_database_pool_connections{pool="polydesk_system",state="waiting"}';
    expect(valueOf(await scrape(), waiting)).toBe(3);
    await busy;
  });

  it('counts database statements with their time', async () => {
    const count = 'polydesk_database_statement_duration_seconds_count';
    expect(await growthOf(count, () => acme.get('/conversations').expect(200))).toBeGreaterThan(0);
  });

  it.each([
    ['unauthenticated', 401, () => world.anonymous.get('/conversations')],
    ['unauthenticated', 401, () => world.anonymous.withKey('pd_live_made_up').get('/conversations')],
    ['forbidden', 403, () => acme.get('/organizations')],
    [
      'invalid_credentials',
      401,
      () => world.anonymous.post('/auth/login', { email: acme.admin.user.email, password: 'not the one' }),
    ],
    ['invalid_signature', 401, () => world.facebook.post({ object: 'page' }, 'sha256=00')],
  ])('counts a refusal as %s (%d), and logs it', async (reason, status, ask) => {
    const series = `polydesk_refused_authorizations_total{reason="${reason}"}`;
    expect(await growthOf(series, () => ask().expect(status))).toBe(1);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 40, msg: 'authorization refused', reason, ip: expect.any(String) }),
    );
  });

  it('says in the log who was refused where', async () => {
    const agent = await rival.as('agent');
    await agent.get('/audit-logs').expect(403);
    expect(lines).toContainEqual(
      expect.objectContaining({
        msg: 'authorization refused',
        reason: 'forbidden',
        orgId: rival.id,
        actor: `user:${agent.user.id}`,
        method: 'GET',
        route: '/audit-logs',
      }),
    );
  });

  it('counts inbound events by what became of them', async () => {
    const oaId = await acme.page();
    const series = (outcome: string) => `polydesk_inbound_events_total{platform="facebook",outcome="${outcome}"}`;
    const kept = () => world.facebook.text(oaId, '7301', 'hello');
    expect(await growthOf(series('kept'), kept)).toBe(1);
    const unrouted = () => world.facebook.text('999999', '7301', 'hello');
    expect(await growthOf(series('unrouted'), unrouted)).toBe(1);
    const body = pageBody(oaId, [{ ...fromCustomer(oaId, '7301', 1), message: { mid: 'm_away', text: 'x' } }]);
    const failed = () => world.database.whileAway(async () => void (await world.facebook.post(body).expect(503)));
    expect(await growthOf(series('failed'), failed)).toBe(1);
  });

  it('has every metric that the dashboard shows', async () => {
    const dashboard = readFileSync('docs/grafana-dashboard.json', 'utf8');
    const named = new Set(dashboard.match(/\b(polydesk|nodejs|process)_\w+/g));
    const text = await scrape();
    expect(named.size).toBeGreaterThan(8);
    expect([...named].filter((name) => !text.includes(`# TYPE ${name.replace(/_(bucket|count)$/, '')} `))).toEqual([]);
  });

  it('has no metric of our own that the dashboard does not show, and the page about them does not name', async () => {
    const [dashboard, page] = ['docs/grafana-dashboard.json', 'docs/observability.md'].map((path) =>
      readFileSync(path, 'utf8'),
    );
    const own = [...(await scrape()).matchAll(/^# TYPE (polydesk_\w+) /gm)].map(([, name = '']) => name);
    expect(own.length).toBeGreaterThan(8);
    expect(own.filter((name) => !dashboard?.includes(name) || !page?.includes(`\`${name}\``))).toEqual([]);
  });

  it('has as many series with many organizations as with few, and names none', async () => {
    const visit = async () => {
      const organization = await world.organization();
      await organization.get('/conversations').expect(200);
      await organization.get('/conversations/none').expect(404);
      return organization;
    };
    const first = await visit();
    const before = seriesOf(await scrape()).sort();
    const others = [await visit(), await visit(), await visit()];
    const text = await scrape();
    expect(seriesOf(text).sort()).toEqual(before);
    for (const { id, admin } of [first, ...others]) {
      expect(text).not.toContain(id);
      expect(text).not.toContain(admin.user.id);
    }
  });
});

describe('A slow query', () => {
  const slowQueries = () => lines.filter(({ msg }) => msg === 'slow query');
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.stop());

  const SLOW = { text: "SELECT pg_sleep(0.6)::text WHERE $1 <> ''" };

  it('is logged with its time and its text, and without its values', async () => {
    const { id } = await world.organization();
    const { prisma } = world.app.get(Database);
    const ask = () => prisma.$queryRawUnsafe(SLOW.text, 'a-secret-value').then();
    await world.app.get(SystemDatabase).pool.run({ ...SLOW, values: ['a-secret-value'] });
    await OrgContext.runAsSystem(id, 'test', ask);
    await OrgContext.runAsSystem(id, 'test', () => world.app.get(Database).transaction(ask));
    expect(slowQueries()).toEqual([
      expect.objectContaining({ level: 40, statement: SLOW.text }),
      expect.objectContaining({ level: 40, statement: SLOW.text, orgId: id }),
      expect.objectContaining({ level: 40, statement: SLOW.text, orgId: id }),
    ]);
    for (const { ms } of slowQueries()) expect(ms).toBeGreaterThanOrEqual(600);
    expect(JSON.stringify(lines)).not.toContain('a-secret-value');
  });

  it('is one of half a second, not less', async () => {
    await world.app.get(SystemDatabase).pool.run({ text: 'SELECT pg_sleep(0.2)' });
    expect(slowQueries()).toEqual([]);
  });
});
