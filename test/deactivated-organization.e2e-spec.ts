import { randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { ZaloTokensSystemRepository } from '../src/modules/connections/zalo-tokens.system-repository.js';
import { WaitingJobs } from '../src/platform/jobs/waiting-jobs.js';
import { AnsweringWorld } from './support/chatbot-desk.js';
import { eventually } from './support/eventually.js';
import { fromCustomer, pageBody } from './support/facebook-sender.js';
import { OtherServer } from './support/model-stub.js';
import type { TestOrganization } from './support/test-organization.js';
import type { World } from './support/world.js';

const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), randomBytes(500)]);

/** An organization with all that makes it reach out: a chatbot and an endpoint of a partner's, and files of customers. */
interface Shop {
  organization: TestOrganization;
  /** Everybody whom it reaches. */
  outside: OtherServer;
  oaId: string;
}

describe('Jobs of a deactivated organization', () => {
  let desk: AnsweringWorld;
  let world: World;
  const servers: OtherServer[] = [];
  beforeAll(async () => {
    desk = await AnsweringWorld.start();
    world = desk.world;
  });
  afterAll(async () => {
    await desk.stop();
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('wait, whatever they are, while those of others are done; nothing is lost once it is active again', async () => {
    const [closed, open] = [await shop(), await shop()];
    await deactivate(closed);
    for (const each of [closed, open]) await customerWrites(each, 'hello');
    await everybodyIsReached(open);
    await eventually(() => jobsOf(closed), allWaiting);
    expect(closed.outside.heard).toEqual([]);

    await activate(closed);
    await everybodyIsReached(closed);
    await eventually(() => jobsOf(closed), noneWaits);
    await eventually(() => closed.outside.heard.filter(({ path }) => path === '/partner').length, isTwo);
    expect(textsIn(closed, '/bot')).toEqual(['hello']);
    const { body } = await closed.organization.get(`/conversations?oaId=${closed.oaId}`).expect(200);
    expect(body.data).toMatchObject([{ status: 'pending', lastMessage: { direction: 'in' } }]);
  });

  it('are not tried meanwhile, and are not used up by waiting', async () => {
    const closed = await shop();
    await deactivate(closed);
    await customerWrites(closed, 'hello');
    await eventually(() => jobsOf(closed), allWaiting);
    await world.app.get(WaitingJobs).bringBack();
    const waiting = await jobsOf(closed);
    expect(waiting.length).toBeGreaterThan(0);
    for (const job of waiting) expect(job).toMatchObject({ attempts: 0, run_at: Infinity });
  });

  it('go on within a minute where it was another node, or nobody, that heard of its return', async () => {
    const closed = await shop();
    await deactivate(closed);
    await customerWrites(closed, 'hello');
    await eventually(() => jobsOf(closed), allWaiting);
    await world.database.rows('UPDATE organizations SET is_active = true WHERE id = $1', [closed.organization.id]);
    await world.app.get(WaitingJobs).bringBack();
    await everybodyIsReached(closed);
  });

  it('end where it is erased: there is nothing left to do', async () => {
    const closed = await shop();
    await deactivate(closed);
    await customerWrites(closed, 'hello');
    await eventually(() => jobsOf(closed), allWaiting);
    await world.superAdmin.delete(`/organizations/${closed.organization.id}?hard=true`).expect(200);
    await eventually(() => jobsOf(closed), isEmpty);
    expect(closed.outside.heard).toEqual([]);
  });

  it('are not asked for by the clock, so that they do not stand before those of others', async () => {
    const [closed, open] = [await world.organization(), await world.organization()];
    for (const { id } of [closed, open])
      await world.database.rows(
        `INSERT INTO integrations (org_id, id, platform, oa_id, status, refresh_token, token_key_id, expires_at)
         VALUES ($1, $2, 'zalo', $3, 'connected', 'sealed', 'key', now() + interval '1 minute')`,
        [id, uuidv7(), String(randomInt(1e12, 9e13))],
      );
    await world.superAdmin.delete(`/organizations/${closed.id}`).expect(200);
    const inAnHour = new Date(Date.now() + 3_600_000);
    const ending = await world.app.get(ZaloTokensSystemRepository).endingBefore(inAnHour, 10);
    expect(ending.map(({ orgId }) => orgId)).toEqual([open.id]);
    await world.database.rows(`DELETE FROM integrations WHERE platform = 'zalo'`);
  });

  async function shop(): Promise<Shop> {
    const organization = await world.organization();
    const outside = await OtherServer.start(({ path }, response) => {
      if (path === '/file.png') response.writeHead(200, { 'content-type': 'image/png' }).end(PNG);
      else response.end();
    });
    servers.push(outside);
    const { oaId } = await desk.customer(organization, { type: 'webhook', config: { url: `${outside.url}/bot` } });
    const eventTypes = ['message.created', 'conversation.created'];
    await organization.post('/webhook-endpoints', { url: `${outside.url}/partner`, eventTypes }).expect(201);
    return { organization, outside, oaId };
  }

  async function customerWrites({ oaId, outside }: Shop, text: string): Promise<void> {
    const attachments = [{ type: 'image', payload: { url: `${outside.url}/file.png` } }];
    const message = { mid: `m_${randomBytes(12).toString('hex')}`, text, attachments };
    const from = fromCustomer(oaId, String(randomInt(1e12, 9e13)), Date.now());
    await world.facebook.post(pageBody(oaId, [{ ...from, message }])).expect(200);
  }

  const deactivate = ({ organization }: Shop) =>
    world.superAdmin.delete(`/organizations/${organization.id}`).expect(200);
  const activate = ({ organization }: Shop) =>
    world.superAdmin.post(`/organizations/${organization.id}/activate`).expect(200);

  /** A file may be fetched twice: a first message is told of twice. */
  const everybodyIsReached = ({ outside }: Shop) =>
    eventually(
      () => outside.heard.map(({ path }) => path),
      (paths) => ['/bot', '/file.png', '/partner'].every((path) => paths.includes(path)),
    );

  const textsIn = ({ outside }: Shop, at: string) =>
    outside.heard.filter(({ path }) => path === at).map(({ body }) => body.data?.message.text);

  const jobsOf = ({ organization }: Shop) =>
    world.database.rows<Waiting>(
      `SELECT attempts, run_at, locked_at FROM graphile_worker._private_jobs WHERE payload ->> 'orgId' = $1`,
      [organization.id],
    );
});

interface Waiting {
  attempts: number;
  run_at: Date | number;
  locked_at: Date | null;
}

const isTwo = (count: number) => count === 2;
/** A chatbot may be asked once more later: somebody else was at it. */
const noneWaits = (jobs: Waiting[]) => jobs.every(({ run_at }) => run_at !== Infinity);
const isEmpty = (jobs: unknown[]) => jobs.length === 0;
const allWaiting = (jobs: Waiting[]) =>
  jobs.length > 0 && jobs.every(({ run_at, locked_at }) => run_at === Infinity && locked_at === null);
