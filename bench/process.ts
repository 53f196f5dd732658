import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { DatabaseConnections } from '../src/platform/database/database-connections.js';
import { configFor, environment } from './scene.js';

export const FROM_SOURCE = ['--import', '@swc-node/register/esm-register'];

/** A process that is measured, or plays a part in it. Its log goes to a file, as a service's would. */
export class BenchProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly what: string,
    private readonly logFile: string,
  ) {}

  /** `program` is Node's arguments; `what` is for the error of one that ends by itself. */
  static start(what: string, program: string[], env: Record<string, string>, logFile: string): BenchProcess {
    const log = openSync(logFile, 'w');
    const child = spawn(process.execPath, program, {
      env: { ...process.env, ...env, NODE_ENV: 'production' },
      stdio: ['ignore', log, log],
    });
    return new BenchProcess(child, what, logFile);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Throws where it has ended, or where it takes longer than `limit` (performance.now) to do what is waited for. */
  assertRunning(limit: number): void {
    if (this.child.exitCode === null && this.child.signalCode === null && performance.now() < limit) return;
    throw new Error(`${this.what} does not do what it should: see ${this.logFile}`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }
}

/** What everything of ours is started with, and the serving roles' addresses, for what does not derive them itself. */
export function environmentFor(databaseUrl: string): Record<string, string> {
  const connections = new DatabaseConnections(configFor(databaseUrl));
  const urlOf = (role: 'polydesk_app' | 'polydesk_system') => connections.options(role, 1).connectionString ?? '';
  const roles = { BENCH_APP_URL: urlOf('polydesk_app'), BENCH_SYSTEM_URL: urlOf('polydesk_system') };
  return { ...environment(databaseUrl), ...roles };
}
