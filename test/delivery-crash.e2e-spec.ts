import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DEMO_ORGANIZATIONS, DEMO_PASSWORD } from '../prisma/demo-data.js';
import { EmbeddedPostgres } from '../src/platform/database/embedded/embedded-postgres.js';
import { freePort } from '../src/platform/database/embedded/free-port.js';
import type { DeskPlatform } from '../src/providers/accounts.js';
import { Client } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Desk } from './support/providers.js';
import { ServerProcess } from './support/server-process.js';

const PLATFORMS: DeskPlatform[] = ['facebook', 'whatsapp', 'zalo'];
const CUSTOMERS = 3;
const MESSAGES = 4;
/** A dead worker is missed after 15 s, and the provider's echo is waited for 30 s. */
const RECOVERY_MS = 100_000;

describe('The queue, killed in the middle of its work (kill -9),', () => {
  let directory: string;
  let postgres: EmbeddedPostgres;
  let owner: pg.Pool;
  let desk: Desk;
  let server: ServerProcess;
  let worker: ServerProcess;
  let admin: Client;
  let conversations: string[];
  let settings: Record<string, string>;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'polydesk-crash-'));
    postgres = await EmbeddedPostgres.start({
      directory: join(directory, 'postgres'),
      password: 'crash',
      settings: { fsync: 'off' },
    });
    owner = new pg.Pool({ connectionString: postgres.url, max: 2 });
    owner.on('error', () => undefined); // It is Postgres that is being killed.
    desk = await Desk.start();
    settings = {
      ...desk.settings,
      ENVIRONMENT: 'development',
      DATABASE_URL: postgres.url,
      DATA_DIR: join(directory, 'data'),
      PORT: String(await freePort()),
    };
    server = await serve('false');
    worker = await work();
    desk.pointAt(`http://127.0.0.1:${settings['PORT']}`);
    admin = await signIn();
    conversations = [];
    for (const platform of PLATFORMS) conversations.push(...(await connect(platform)));
  }, 120_000);
  afterAll(async () => {
    for (const process of [server, worker]) process.kill('SIGKILL');
    await Promise.all([server.ended, worker.ended]);
    await owner.end();
    await desk.stop();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }, 60_000);

  async function serve(RUN_JOBS: string): Promise<ServerProcess> {
    const started = ServerProcess.start({ ...settings, RUN_JOBS });
    await started.said(/listening on http/, 60_000);
    return started;
  }

  async function work(): Promise<ServerProcess> {
    const started = ServerProcess.startWorker(settings);
    await started.said(/Working on jobs/, 60_000);
    return started;
  }

  async function signIn(): Promise<Client> {
    const anonymous = new Client(`http://127.0.0.1:${settings['PORT']}`);
    const email = DEMO_ORGANIZATIONS[0]?.users[0]?.email;
    const { body } = await anonymous.post('/auth/login', { email, password: DEMO_PASSWORD }).expect(200);
    return anonymous.withToken(body.tokens.accessToken, body.user);
  }

  /** A page to which some customers have written. */
  async function connect(platform: DeskPlatform): Promise<string[]> {
    const { oaId, accessToken, name } = desk.page({ platform, isSubscribed: true });
    await admin.post('/integrations', { platform, oaId, accessToken, name }).expect(201);
    for (let number = 0; number < CUSTOMERS; number += 1)
      await desk.customer(platform, oaId, String(randomInt(1e12, 9e13))).writes('Xin chào');
    const { body } = await admin.get(`/conversations?oaId=${oaId}`).expect(200);
    return body.data.map(({ id }: { id: string }) => id);
  }

  /** Queues messages in every conversation, at a provider who takes its time, and kills once some have gone. */
  async function killing(name: string, kill: () => Promise<void>): Promise<string[]> {
    desk.fault({ slowMs: 150, times: 'always' });
    const before = desk.sent().length;
    const texts: string[] = [];
    for (let number = 0; number < MESSAGES; number += 1)
      for (const [index, id] of conversations.entries()) {
        const text = `${name} ${index} ${number}`;
        await admin.post(`/conversations/${id}/messages`, { text }).expect(202);
        texts.push(text);
      }
    await eventually(
      () => desk.sent().length,
      (sent) => sent >= before + 5,
      30_000,
    );
    await kill();
    return texts;
  }

  /** Nothing while Postgres is away. */
  const statusesOf = (texts: string[]) =>
    owner
      .query<{ text: string; status: string }>('SELECT text, status FROM messages WHERE text = ANY ($1)', [texts])
      .then(
        ({ rows }) => rows,
        () => [],
      );

  /** What became of each message, here and at the provider's. */
  async function outcomes(texts: string[]): Promise<{ text: string; status: string; sent: number }[]> {
    const settled = await eventually(
      () => statusesOf(texts),
      (rows) => rows.length === texts.length && rows.every(({ status }) => status !== 'queued'),
      RECOVERY_MS,
    );
    const sent = desk.sent();
    return settled.map((row) => ({ ...row, sent: sent.filter(({ text }) => text === row.text).length }));
  }

  function expectNothingLostOrDoubled(all: { status: string; sent: number }[]): void {
    const counts = (sent: number, ...statuses: string[]) =>
      all.filter((message) => message.sent === sent && statuses.includes(message.status)).length;
    const [confirmed, unconfirmed] = [
      counts(1, 'sent', 'delivered', 'read'),
      counts(0, 'unconfirmed') + counts(1, 'unconfirmed'),
    ];
    expect(confirmed + unconfirmed).toBe(all.length);
    expect(unconfirmed).toBeLessThanOrEqual(conversations.length); // One a conversation can be under way.
    expect(confirmed).toBeGreaterThan(all.length / 2);
  }

  it('as a worker: another one finishes it, nothing is sent twice and nothing forgotten', async () => {
    const texts = await killing('worker', async () => {
      worker.kill('SIGKILL');
      await worker.ended;
      worker = await work();
    });
    expectNothingLostOrDoubled(await outcomes(texts));
  }, 200_000);

  it('with Postgres: it goes on once that is back, nothing is sent twice and nothing forgotten', async () => {
    const texts = await killing('postgres', async () => {
      process.kill(postgres.pid ?? 0, 'SIGKILL');
      await Promise.resolve(); // It is started again by itself.
    });
    expectNothingLostOrDoubled(await outcomes(texts));
  }, 200_000);

  it('with the server that works on its own jobs: its next start finishes it, nothing is sent twice and nothing forgotten', async () => {
    worker.kill('SIGTERM');
    await worker.ended;
    server.kill('SIGTERM');
    await server.ended;
    server = await serve('true');
    const texts = await killing('server', async () => {
      server.kill('SIGKILL');
      await server.ended;
      server = await serve('true');
    });
    expectNothingLostOrDoubled(await outcomes(texts));
  }, 200_000);
});
