import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseConnections } from '../src/platform/database/database-connections.js';
import manifest from '../package.json' with { type: 'json' };
import { freePort } from '../src/platform/database/embedded/free-port.js';
import { configFor, environment } from './scene.js';

export const SERVERS = ['bare', 'ours', 'typical'] as const;
export type ServerName = (typeof SERVERS)[number];

const START_LIMIT_MS = 30_000;
const FROM_SOURCE = ['--import', '@swc-node/register/esm-register'];
/** As `npm start` starts it; Node's options are the others' as well. */
const OURS = manifest.scripts.start.split(' ').slice(1);
const OPTIONS = OURS.filter((part) => part.startsWith('--'));
const PROGRAMS: Record<ServerName, string[]> = {
  ours: OURS,
  bare: [...OPTIONS, ...FROM_SOURCE, 'bench/bare-server.ts'],
  typical: [...OPTIONS, ...FROM_SOURCE, 'bench/typical-server.ts'],
};

/** One of the servers that are compared, as a process of its own. Its log goes to a file, as a service's would. */
export class ServerProcess {
  private constructor(
    readonly name: ServerName,
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(name: ServerName, databaseUrl: string, logFile: string): Promise<ServerProcess> {
    const port = await freePort();
    const log = openSync(logFile, 'w');
    const env = { ...process.env, ...environment(databaseUrl), ...roleUrls(databaseUrl), PORT: String(port) };
    const child = spawn(process.execPath, PROGRAMS[name], {
      env: { ...env, NODE_ENV: 'production' },
      stdio: ['ignore', log, log],
    });
    const server = new ServerProcess(name, `http://127.0.0.1:${port}`, child);
    await server.answers(logFile);
    return server;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }

  private async answers(logFile: string): Promise<void> {
    const limit = Date.now() + START_LIMIT_MS;
    while (
      !(await fetch(this.url).then(
        () => true,
        () => false,
      ))
    ) {
      if (this.child.exitCode !== null || Date.now() > limit)
        throw new Error(`The ${this.name} server did not start: see ${logFile}`);
      await delay(50);
    }
  }
}

/** The serving roles' addresses, for the servers that do not derive them themselves. */
function roleUrls(databaseUrl: string): Record<string, string> {
  const connections = new DatabaseConnections(configFor(databaseUrl));
  const urlOf = (role: 'polydesk_app' | 'polydesk_system') => connections.options(role, 1).connectionString ?? '';
  return { BENCH_APP_URL: urlOf('polydesk_app'), BENCH_SYSTEM_URL: urlOf('polydesk_system') };
}
