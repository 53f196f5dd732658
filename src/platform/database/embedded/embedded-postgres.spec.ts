import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { transformFile } from '@swc/core';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.js';

const PASSWORD = 'a password/with: "special" characters';
const SOURCES = dirname(fileURLToPath(import.meta.url));

const isRoot = process.getuid?.() === 0;
const cleanUps: (() => unknown)[] = [];
/** The cluster of all tests that need not make one. None of them leaves it running. */
let cluster: string;

describe('EmbeddedPostgres', () => {
  beforeAll(async () => {
    cluster = await newDirectory();
    cleanUps.length = 0;
    await transpileSources(dirname(dirname(cluster)));
  });

  afterAll(() => remove(dirname(dirname(cluster))));

  afterEach(async () => {
    while (cleanUps.length > 0) await cleanUps.pop()?.();
  });

  it('creates a database, and finds it again after a restart', async () => {
    const first = await start({});
    await query(first.url, 'CREATE TABLE pets AS SELECT $1::text AS name', ['Ünal']);
    await first.stop();

    const second = await start({});

    const pets = await query(second.url, 'SELECT lower(name) AS name, current_database() AS db FROM pets');
    expect(pets).toEqual([{ name: 'ünal', db: 'polydesk' }]);
  });

  it('stops PostgreSQL, once and for all', async () => {
    const postgres = await start({});
    const { pid, url } = postgres;

    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();

    expect(isAlive(pid)).toBe(false);
    await expect(query(url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  });

  it('applies settings, the port among them, and reports nothing unless something happens', async () => {
    const lines: string[] = [];
    const port = await unusedPort();

    const postgres = await start({ port, settings: { work_mem: '5MB' }, onLog: (line) => lines.push(line) });

    expect(new URL(postgres.url).port).toBe(String(port));
    expect(await query(postgres.url, 'SHOW work_mem')).toEqual([{ work_mem: '5MB' }]);
    expect(lines).toEqual([]);
  });

  it('removes what an interrupted start has left, and leaves nothing of its own', async () => {
    const directory = await newDirectory();
    await mkdir(`${directory}.tmp-999999999-abc/cluster`, { recursive: true });

    await start({ directory });

    expect((await readdir(dirname(directory))).sort()).toEqual(['postgres', 'postgres.log']);
    expect((await stat(`${directory}.log`)).mode & 0o077).toBe(0);
  });

  (isRoot && process.platform === 'linux' ? it : it.skip)(
    'works below a directory that only root may enter',
    async () => {
      const directory = await newDirectory();
      await mkdir(dirname(directory), { mode: 0o700 });

      const { url } = await start({ directory });

      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    },
  );

  describe('with several servers', () => {
    it('lets only one of two servers use a directory, even an empty one', async () => {
      const directory = await newDirectory();

      const results = await Promise.allSettled([start({ directory }), start({ directory })]);

      const refused = results.find((result) => result.status === 'rejected');
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
      expect(String(refused?.reason)).toContain(`The data directory ${directory} is in use by another Polydesk server`);
      expect(String(refused?.reason)).toContain('set DATA_DIR to another directory');
    });

    it('takes over from a server that was killed', async () => {
      const killed = await startElsewhere(cluster);
      await query(killed.url, 'CREATE TABLE cats AS SELECT 1 AS id');
      killed.process.kill('SIGKILL');

      const postgres = await start({});

      await expect(query(killed.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
      expect(await query(postgres.url, 'SELECT id FROM cats')).toEqual([{ id: 1 }]);
    });

    // Windows tells no more of a process than its program, and has no user ids.
    (process.platform === 'win32' ? it.skip : it)('ignores a process id that is in use again', async () => {
      const killed = await startElsewhere(cluster);
      killed.process.kill('SIGKILL');
      process.kill(killed.pid, 'SIGKILL');
      await recordPid(cluster, await startSleeper(cluster));

      const postgres = await start({});

      expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });
  });

  describe('when PostgreSQL dies', () => {
    it('starts it again on the same port', async () => {
      const postgres = await start({});
      const before = postgres.pid ?? 0;
      await query(postgres.url, 'CREATE TABLE dogs AS SELECT 1 AS id');

      process.kill(before, 'SIGKILL');
      await expect(eventually(() => query(postgres.url, 'SELECT id FROM dogs'))).resolves.toEqual([{ id: 1 }]);

      expect(postgres.pid).not.toBe(before);
    });

    it('remains the owner when only its sessions are lost', async () => {
      const postgres = await start({});
      const terminated = await query(
        postgres.url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'polydesk-owner'",
      );
      expect(terminated).toHaveLength(1);

      await expect(start({})).rejects.toThrow('in use by another Polydesk server');
    });

    it('stops in the middle of a restart', async () => {
      const postgres = await start({});
      const before = postgres.pid ?? 0;
      process.kill(before, 'SIGKILL');
      await eventually(() => expect(isAlive(before)).toBe(false));

      await postgres.stop();
      await delay(200);

      await expect(query(postgres.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    });
  });

  describe('refuses', () => {
    it('a directory that cannot be made', async () => {
      const file = join(dirname(await newDirectory()), 'file');
      await mkdir(dirname(file));
      await writeFile(file, '');

      const message = `Polydesk cannot keep its database in ${join(file, 'data')}: ENOTDIR`;
      await expect(start({ directory: join(file, 'data', 'postgres') })).rejects.toThrow(message);
    });

    (isRoot ? it.skip : it)('a directory that is not writable', async () => {
      const directory = await newDirectory();
      await mkdir(dirname(directory), { mode: 0o500 });

      await expect(start({ directory })).rejects.toThrow(`cannot keep its database in ${dirname(directory)}: EACCES`);
    });

    it('a database of another version of PostgreSQL', async () => {
      const directory = await newDirectory();
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, 'PG_VERSION'), '17\n');

      await expect(start({ directory })).rejects.toThrow(`The database in ${directory} was made by PostgreSQL 17`);
    });

    it('a directory of other files, and leaves them alone', async () => {
      const directory = await newDirectory();
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, 'diary.txt'), 'Dear diary');

      await expect(start({ directory })).rejects.toThrow(`${directory} is not empty and holds no PostgreSQL database`);
      expect(await readdir(directory)).toEqual(['diary.txt']);
    });

    it('a port that is taken, another password, and a wrong setting', async () => {
      const blocker = createServer().listen(0, '127.0.0.1');
      cleanUps.push(() => blocker.close());
      await once(blocker, 'listening');

      await expect(start({ port: portOf(blocker) })).rejects.toThrow('another program uses it');
      await expect(start({ password: 'another' })).rejects.toThrow('was set up with another password');
      await expect(start({ settings: { work_mem: 'much' } })).rejects.toThrow('"work_mem": "much"');
    });
  });
});

/** A path for a cluster, in a directory of its own that does not exist yet. */
async function newDirectory(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'embedded-postgres-'));
  await chmod(root, 0o711);
  cleanUps.push(() => remove(root));
  return join(root, 'data', 'postgres');
}

function remove(directory: string): Promise<void> {
  return rm(directory, { recursive: true, force: true, maxRetries: 5 });
}

async function start(options: Partial<EmbeddedPostgresOptions>): Promise<EmbeddedPostgres> {
  const settings = { fsync: 'off', ...options.settings };
  const postgres = await EmbeddedPostgres.start({ directory: cluster, password: PASSWORD, ...options, settings });
  cleanUps.push(() => postgres.stop());
  return postgres;
}

/** Starts a server in a process of its own, which can be killed; it needs {@link transpileSources} beside it. */
async function startElsewhere(directory: string): Promise<{ process: ChildProcess; url: string; pid: number }> {
  const script = join(dirname(dirname(directory)), 'owner.js');
  await writeFile(
    script,
    `import { EmbeddedPostgres } from './embedded-postgres.js';
     const { url, pid } = await EmbeddedPostgres.start(${JSON.stringify({ directory, password: PASSWORD })});
     console.log(JSON.stringify({ url, pid }));`,
  );
  const owner = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanUps.push(() => owner.kill('SIGKILL'));
  const [line] = await once(createInterface(owner.stdout), 'line');
  const { url, pid }: { url: string; pid: number } = JSON.parse(String(line));
  return { process: owner, url, pid };
}

async function transpileSources(target: string): Promise<void> {
  const files = (await readdir(SOURCES)).filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
  for (const file of files) {
    const { code } = await transformFile(join(SOURCES, file));
    await writeFile(join(target, file.replace('.ts', '.js')), code);
  }
  await writeFile(join(target, 'package.json'), '{ "type": "module" }');
  await symlink(resolve('node_modules'), join(target, 'node_modules'), 'junction');
}

/** Starts a process of the user that owns the cluster, and returns its id. */
async function startSleeper(directory: string): Promise<number> {
  const { uid, gid } = await stat(directory);
  const sleeper = spawn('sleep', ['60'], isRoot ? { uid, gid } : {});
  cleanUps.push(() => sleeper.kill());
  await once(sleeper, 'spawn');
  return sleeper.pid ?? 0;
}

async function recordPid(directory: string, pid: number): Promise<void> {
  const file = join(directory, 'postmaster.pid');
  const [, ...lines] = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, [pid, ...lines].join('\n'));
}

async function query(url: string, sql: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

async function eventually<T>(attempt: () => T | Promise<T>): Promise<T> {
  for (let attempts = 0; attempts < 250; attempts++) {
    try {
      return await attempt();
    } catch {
      await delay(20);
    }
  }
  return attempt();
}

/** Whether a process of that id exists. */
function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

function portOf(server: ReturnType<typeof createServer>): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
