import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from './support/client.js';
import { ServerProcess } from './support/server-process.js';
import type { TestOrganization } from './support/test-organization.js';
import { World, testEnvironment } from './support/world.js';

let directory: string;
const processes: ServerProcess[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'polydesk-test-server-'));
});
afterEach(async () => {
  for (const child of processes) child.kill('SIGTERM');
  await Promise.all(processes.splice(0).map(({ ended }) => ended));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function start(environment: Record<string, string | undefined>): ServerProcess {
  const child = ServerProcess.start(environment);
  processes.push(child);
  return child;
}

describe('The server process, told to stop', () => {
  let world: World;
  let acme: TestOrganization;
  let conversation: { id: string };
  beforeAll(async () => {
    world = await World.start();
    acme = await world.organization();
    conversation = await acme.conversation();
  });
  afterAll(() => world.stop());

  /** Starts a server beside the world's, and a request that it cannot finish while `work` runs. */
  async function whileBusy(
    status: string,
    work: (child: ServerProcess, url: string) => Promise<void>,
  ): Promise<{ child: ServerProcess; answer: Promise<number> }> {
    const child = start(testEnvironment(world.database.applicationUrl));
    const url = await child.url();
    const blocker = await world.database.owner.connect();
    await blocker.query('BEGIN');
    await blocker.query('SELECT FROM conversations WHERE id = $1 FOR UPDATE', [conversation.id]);
    const answer = new Client(url, acme.admin.headers)
      .patch(`/conversations/${conversation.id}`, { status })
      .then((response) => response.status);
    answer.catch(() => undefined); // Looked at by the test.
    while ((await waiting()).length === 0) await delay(5);
    await work(child, url);
    await blocker.query('ROLLBACK');
    blocker.release();
    return { child, answer };
  }

  const waiting = () =>
    world.database.rows(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
  const statusNow = async () =>
    (await acme.get(`/conversations/${conversation.id}`).expect(200)).body.data.status as string;

  it('finishes what is in flight, takes nothing new, and ends well', async () => {
    const { child, answer } = await whileBusy('pending', async (busy, url) => {
      busy.kill('SIGTERM');
      await busy.said(/SIGTERM: finishing what is in flight/);
      await expect(fetch(`${url}/health/live`)).rejects.toThrow('fetch failed');
    });
    expect(await answer).toBe(200);
    expect((await child.ended).code).toBe(0);
    expect(await statusNow()).toBe('pending');
  });

  it('ends at once when it is told a second time, and keeps nothing by halves', async () => {
    const before = await statusNow();
    const { answer } = await whileBusy('snoozed', async (busy) => {
      busy.kill('SIGINT');
      await busy.said(/SIGINT: finishing what is in flight/);
      busy.kill('SIGINT');
      expect((await busy.ended).code).toBe(1);
    });
    await expect(answer).rejects.toThrow(/socket hang up|ECONNRESET/);
    while ((await waiting()).length > 0) await delay(5);
    expect(await statusNow()).toBe(before);
  });

  it('says that its port is taken', async () => {
    const taken = createServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    const { port } = taken.address() as AddressInfo; // It listens on TCP.
    const { code, output } = await start({ ...testEnvironment(world.database.applicationUrl), PORT: String(port) })
      .ended;
    taken.close();
    expect(code).toBe(1);
    expect(output.split('\n').slice(-2)).toEqual([
      `Port ${port} is taken: stop what listens there, or set PORT to another`,
      '',
    ]);
    expect(output).not.toContain('    at ');
  });

  it('says why DATABASE_URL cannot be used, without its password', async () => {
    const wrong = new URL(world.database.url);
    wrong.password = 'hunter2';
    const { code, output } = await start(testEnvironment(wrong.href)).ended;
    expect(code).toBe(1);
    expect(output).toBe(
      `DATABASE_URL cannot be used: postgres@${wrong.host}${wrong.pathname} says: ` +
        'password authentication failed for user "postgres"\n',
    );
  });
});

describe('The server process, with settings that cannot be', () => {
  it('names every one of them and ends', async () => {
    const { code, output } = await start({ PORT: 'http', ALLOW_SIGNUP: 'yes', ENVIRONMENT: 'production' }).ended;
    expect({ code, lines: output.split('\n') }).toEqual({
      code: 1,
      lines: [
        'Polydesk cannot start with these settings:',
        '  - JWT_SECRET must be 32 or more random characters in production: openssl rand -base64 48',
        '  - ENCRYPTION_KEY must be 32 random bytes in production: openssl rand -base64 32',
        '  - PORT must be a whole number from 0 to 65535',
        '  - ALLOW_SIGNUP must be true or false',
        '',
      ],
    });
  });

  it('says that the data directory cannot be written', async () => {
    const DATA_DIR = join(directory, 'a-file');
    await writeFile(DATA_DIR, '');
    const secrets = {
      JWT_SECRET: 'abcdefghijklmnopqrstuvwxyz0123456789',
      ENCRYPTION_KEY: Buffer.from('a key of 32 bytes, for this test').toString('base64'),
    };
    const { code, output } = await start({ ...secrets, ENVIRONMENT: 'production', DATA_DIR }).ended;
    expect(code).toBe(1);
    expect(output).toMatch(
      /^Polydesk cannot start with these settings:\n {2}- DATA_DIR: \S+ cannot be written \(.*\): choose a directory that this user may write\n$/,
    );
  });
});

describe('The server process on its embedded Postgres', () => {
  it('starts on an empty directory, keeps it to itself, and goes on after kill -9', async () => {
    const DATA_DIR = join(directory, 'data');
    const first = start({ DATA_DIR, ENVIRONMENT: 'development' });
    await signIn(await first.url(), first.output);

    const second = await start({ DATA_DIR, ENVIRONMENT: 'development' }).ended;
    expect(second.code).toBe(1);
    expect(second.output).toMatch(
      /^The data directory \S+ is in use by another Polydesk server \(its PostgreSQL has pid \d+\)\. Stop that server, or set DATA_DIR to another directory\.\n$/,
    );

    first.kill('SIGKILL');
    await first.ended;
    const third = start({ DATA_DIR, ENVIRONMENT: 'development' });
    await signIn(await third.url(), first.output);
    expect(third.output).not.toContain('Migrating');

    third.kill('SIGTERM');
    expect((await third.ended).code).toBe(0);
    expect(existsSync(join(DATA_DIR, 'postgres', 'postmaster.pid'))).toBe(false);
  }, 60_000);

  it('stops in good order when it is told to while it still starts', async () => {
    const DATA_DIR = join(directory, 'interrupted');
    const child = start({ DATA_DIR });
    await child.said(/Migrating/);
    child.kill('SIGTERM');
    expect((await child.ended).code).toBe(0);
    expect(existsSync(join(DATA_DIR, 'postgres', 'postmaster.pid'))).toBe(false);
  }, 60_000);

  /** As the first demo admin that the server's welcome tells of. */
  async function signIn(url: string, welcome: string): Promise<void> {
    const password = /all with the password "(.+)"/.exec(welcome)?.[1];
    const email = /^ *admin +(\S+)$/m.exec(welcome)?.[1];
    await new Client(url).post('/auth/login', { email, password }).expect(200);
  }
});
