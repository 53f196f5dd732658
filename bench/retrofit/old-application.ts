import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { aRead, aWrite } from './actions.js';
import type { Statements } from './actions.js';
import type { InboxSize } from './inbox.js';

const PER_SECOND = 100;
const CONNECTIONS = 12;

/** One transaction: when it was due (performance.now), and how long it then took until it was committed, in milliseconds. */
export interface Taken {
  at: number;
  ms: number;
}

/**
 * An application that has never heard of organizations: a writer and a reader, each 100 transactions a second, due at fixed times
 * however long the database takes. Whatever waits, for a lock or for a connection, is counted from when it was due.
 */
export class OldApplication {
  readonly writes: Taken[] = [];
  readonly reads: Taken[] = [];
  readonly errors: string[] = [];
  private readonly pools: pg.Pool[] = [];
  private readonly names = new Map<string, string>();
  private isStopped = false;
  private knowsOrganizations = false;
  private done: Promise<unknown> = Promise.resolve();

  private constructor(private readonly url: string) {}

  static async start(url: string, size: InboxSize): Promise<OldApplication> {
    const application = new OldApplication(url);
    const [writer, reader] = [await application.connect(), await application.connect()];
    application.done = Promise.all([
      application.keepOn(writer, () => aWrite(size, application.knowsOrganizations), application.writes),
      application.keepOn(reader, () => aRead(size), application.reads),
    ]);
    return application;
  }

  /** Its next version is deployed, which says whose everything is that it writes. */
  learnOrganizations(): void {
    this.knowsOrganizations = true;
  }

  /** Once what is under way is done. Calling it again does no harm. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.done;
    await Promise.all(this.pools.splice(0).map((pool) => pool.end()));
  }

  /** With all its connections open. */
  private async connect(): Promise<pg.Pool> {
    const pool = new pg.Pool({ connectionString: this.url, max: CONNECTIONS, application_name: 'old application' });
    pool.on('error', ({ message }) => this.errors.push(message));
    this.pools.push(pool);
    const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => pool.connect()));
    for (const client of clients) client.release();
    return pool;
  }

  private async keepOn(pool: pg.Pool, choose: () => Statements, taken: Taken[]): Promise<void> {
    const underway = new Set<Promise<void>>();
    for (let at = performance.now(); !this.isStopped; at += 1000 / PER_SECOND) {
      const early = at - performance.now();
      if (early > 1) await sleep(early);
      const one: Promise<void> = this.run(pool, choose())
        .then(() => void taken.push({ at, ms: performance.now() - at }))
        .catch((error: unknown) => void this.errors.push(error instanceof Error ? error.message : String(error)))
        .finally(() => underway.delete(one));
      underway.add(one);
    }
    await Promise.all(underway);
  }

  private async run(pool: pg.Pool, statements: Statements): Promise<void> {
    const client = await pool.connect();
    try {
      if (statements.length > 1) await client.query('BEGIN');
      for (const [text, values] of statements) await client.query({ name: this.nameOf(text), text, values });
      if (statements.length > 1) await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }

  /** Statements are prepared once for each connection, as those of most applications are. */
  private nameOf(text: string): string {
    const name = this.names.get(text) ?? `statement ${this.names.size}`;
    this.names.set(text, name);
    return name;
  }
}

export interface Latency {
  writes: number;
  p50: number;
  p99: number;
  worst: Taken;
}

/** Of the transactions that were due in a span of time. */
export function latencyIn(taken: Taken[], from: number, to: number): Latency {
  const within = taken.filter(({ at }) => at >= from && at < to).toSorted((one, other) => one.ms - other.ms);
  const part = (share: number) => within[Math.min(within.length - 1, Math.floor(within.length * share))]?.ms ?? NaN;
  return { writes: within.length, p50: part(0.5), p99: part(0.99), worst: within.at(-1) ?? { at: NaN, ms: NaN } };
}
