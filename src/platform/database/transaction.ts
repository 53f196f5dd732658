import { AsyncLocalStorage } from 'node:async_hooks';
import type pg from 'pg';
import { BoundQuery } from './bound-query.js';
import type { Binding } from './bound-query.js';
import { DatabaseUnavailableError, HalfSentQueryError, leavesInDoubt, rethrow } from './database-errors.js';
import { watched } from './statement-watch.js';

const ambient = new AsyncLocalStorage<Transaction>();

/** One connection, bound once, until commit or rollback. BEGIN waits for the first statement and travels with it. */
export class Transaction {
  private state: 'fresh' | 'open' | 'ended' = 'fresh';
  /** The connection is broken, or did not answer in time: nothing more can be said on it. */
  private isLost = false;
  private readonly whenCommitted: (() => void)[] = [];

  constructor(
    private readonly client: pg.PoolClient,
    private readonly binding: Omit<Binding, 'begin'>,
    /** The pool that opened it: its role is the one that all statements run under. */
    readonly pool: pg.Pool,
  ) {}

  /** The transaction that the calling code runs in, if any. Queries of the pool join it. */
  static get current(): Transaction | undefined {
    return ambient.getStore();
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    return ambient.run(this, work);
  }

  /** Throws where a query comes after the end, or for another organization than the transaction's. */
  async query(config: pg.QueryConfig, values: unknown[] | undefined, orgId: string): Promise<pg.QueryResult> {
    if (this.state === 'ended') throw new Error('This transaction has ended: await every query inside it');
    if (orgId !== this.binding.orgId)
      throw new Error('A transaction belongs to one organization: this query is for another');
    try {
      return await watched(config.text, () => this.send(config, values));
    } catch (error) {
      this.isLost ||= leavesInDoubt(error);
      throw error;
    }
  }

  /** Runs `work` once everything here is safely kept; never, where it is rolled back. */
  afterCommit(work: () => void): void {
    this.whenCommitted.push(work);
  }

  async commit(): Promise<void> {
    const open = this.state === 'open';
    this.state = 'ended';
    try {
      if (this.isLost) throw new DatabaseUnavailableError('Its connection was lost before it could be committed');
      if (open) await watched('COMMIT', () => this.client.query('COMMIT')).then(refuseRolledBack);
      this.client.release();
    } catch (error) {
      this.client.release(true);
      rethrow(error);
    }
    for (const work of this.whenCommitted) work();
  }

  /** Rethrows the error that was the reason. A connection that cannot be rolled back is destroyed. */
  async rollback(reason: unknown): Promise<never> {
    const open = this.state === 'open';
    this.state = 'ended';
    if (open && !this.isLost) await this.client.query('ROLLBACK').catch(() => (this.isLost = true));
    this.client.release(this.isLost);
    throw reason;
  }

  private send(config: pg.QueryConfig, values: unknown[] | undefined): Promise<pg.QueryResult> {
    if (this.state === 'open') return this.client.query(config, values).catch(rethrow);
    this.state = 'open';
    return send(this.client, new BoundQuery(config, values, { ...this.binding, begin: 'BEGIN' }));
  }
}

/** Sends a query that writes its own messages. */
export function send(client: pg.ClientBase, query: BoundQuery): Promise<pg.QueryResult> {
  return new Promise<pg.QueryResult>((resolve, reject) => {
    Object.assign(query, {
      callback: (error: Error | null, result: pg.QueryResult) => (error ? reject(error) : resolve(result)),
    });
    try {
      client.query(query);
    } catch (error) {
      reject(new HalfSentQueryError(error));
    }
  }).catch(rethrow);
}

/** COMMIT of a failed transaction answers ROLLBACK without an error; nothing was kept, so it must not look like success. */
function refuseRolledBack(result: pg.QueryResult): void {
  if (result.command === 'ROLLBACK') throw new Error('The transaction had failed and was rolled back');
}
