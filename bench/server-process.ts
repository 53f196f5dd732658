import { setTimeout as delay } from 'node:timers/promises';
import manifest from '../package.json' with { type: 'json' };
import { freePort } from '../src/platform/database/embedded/free-port.js';
import { BenchProcess, FROM_SOURCE, environmentFor } from './process.js';

export const SERVERS = ['bare', 'ours', 'typical'] as const;
export type ServerName = (typeof SERVERS)[number];

const START_LIMIT_MS = 30_000;
/** As `npm start` starts it; Node's options are the others' as well. */
const OURS = manifest.scripts.start.split(' ').slice(1);
const OPTIONS = OURS.filter((part) => part.startsWith('--'));
const PROGRAMS: Record<ServerName, string[]> = {
  ours: OURS,
  bare: [...OPTIONS, ...FROM_SOURCE, 'bench/bare-server.ts'],
  typical: [...OPTIONS, ...FROM_SOURCE, 'bench/typical-server.ts'],
};

/** One of the servers that are compared. It only serves: the jobs that it leaves would call providers. */
export class ServerProcess {
  private constructor(
    readonly name: ServerName,
    readonly url: string,
    private readonly process: BenchProcess,
  ) {}

  static async start(name: ServerName, databaseUrl: string, logFile: string): Promise<ServerProcess> {
    const port = await freePort();
    const env = { ...environmentFor(databaseUrl), RUN_JOBS: 'false', PORT: String(port) };
    const process = BenchProcess.start(`The ${name} server`, PROGRAMS[name], env, logFile);
    const server = new ServerProcess(name, `http://127.0.0.1:${port}`, process);
    await server.answers(performance.now() + START_LIMIT_MS);
    return server;
  }

  get pid(): number {
    return this.process.pid;
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  private async answers(limit: number): Promise<void> {
    while (!(await isAnswered(this.url))) {
      this.process.assertRunning(limit);
      await delay(50);
    }
  }
}

function isAnswered(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}
