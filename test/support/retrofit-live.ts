import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { LiveReport } from './retrofit-live-report.js';
import type { Failure } from './retrofit-live-report.js';

/** One thing that an application does, in one statement or one transaction. */
export interface Action {
  name: string;
  /** How often, compared with the others. */
  weight: number;
  /** Statements with their values; several are one transaction. `n` is another number each time, of other
   * applications too; `random` gives numbers below 1. */
  does: (n: number, random: () => number) => [sql: string, values?: unknown[]][];
}

export interface LiveOptions {
  actions: readonly Action[];
  perSecond?: number;
  connections?: number;
  /** Comes to know the actions' choices: two applications with one seed do the same. */
  seed?: number;
}

/**
 * An application that has never heard of organizations: it goes on writing through the old schema at its own pace, however long
 * the database takes, so that whoever waits behind a lock is counted with all the time waited.
 */
export class LiveApplication {
  readonly report = new LiveReport();
  private readonly underway = new Set<Promise<void>>();
  private readonly choices: Action[];
  private readonly random: () => number;
  private isStopped = false;
  private done = Promise.resolve();
  private number = Date.now() % 1e9;

  private constructor(
    private readonly pool: pg.Pool,
    { actions, seed = 1 }: LiveOptions,
  ) {
    this.choices = actions.flatMap((action) => Array.from({ length: action.weight }, () => action));
    this.random = randomFrom(seed);
  }

  /** Starts one, with its connections open. */
  static async start(url: string, options: LiveOptions): Promise<LiveApplication> {
    const max = options.connections ?? 4;
    const pool = new pg.Pool({ connectionString: url, max, application_name: 'live application' });
    pool.on('error', () => undefined);
    const application = new LiveApplication(pool, options);
    const clients = await Promise.all(Array.from({ length: max }, () => pool.connect()));
    for (const client of clients) client.release();
    application.done = application.keepWriting(1000 / (options.perSecond ?? 100));
    return application;
  }

  /** Resolves once it has written this often from now on: to see a phase through. */
  async writes(times: number): Promise<void> {
    const goal = this.report.total + times;
    while (this.report.total < goal && this.report.errors.length === 0) await delay(5);
  }

  /** Ends it, once what is under way is done. */
  async stop(): Promise<LiveReport> {
    this.isStopped = true;
    await this.done;
    await Promise.all(this.underway);
    await this.pool.end();
    return this.report;
  }

  private async keepWriting(everyMs: number): Promise<void> {
    const start = performance.now();
    for (let due = start; !this.isStopped; due += everyMs) {
      const early = due - performance.now();
      if (early > 1) await delay(early);
      const writing: Promise<void> = this.write().finally(() => this.underway.delete(writing));
      this.underway.add(writing);
    }
  }

  private async write(): Promise<void> {
    const action = this.choices[Math.floor(this.random() * this.choices.length)];
    if (!action) return;
    const statements = action.does(++this.number, this.random);
    const start = performance.now();
    try {
      await this.run(statements);
      this.report.written[action.name] = (this.report.written[action.name] ?? 0) + 1;
    } catch (error) {
      this.report.errors.push({ action: action.name, ...told(error) });
    }
    this.report.latencies.push(performance.now() - start);
  }

  private async run(statements: [sql: string, values?: unknown[]][]): Promise<void> {
    const [first] = statements;
    if (statements.length === 1 && first) return void (await this.pool.query(...first));
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      for (const [sql, values] of statements) await client.query(sql, values);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }
}

function told(error: unknown): Omit<Failure, 'action'> {
  if (error instanceof pg.DatabaseError) return { code: error.code, message: error.message };
  return { code: undefined, message: String(error) };
}

/** Numbers below 1 that look random and are the same each time. mulberry32, Tommy Ettinger, public domain. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
