import { AsyncLocalStorage } from 'node:async_hooks';
import type pg from 'pg';
import { BoundQuery } from './bound-query.js';
import type { Framing, Statement } from './bound-query.js';
import { DatabaseUnavailableError, HalfSentQueryError, leavesInDoubt, rethrow, sayingAway } from './database-errors.js';
import { watched } from './statement-watch.js';

const ambient = new AsyncLocalStorage<Transaction>();

/** One connection, bound once, until commit or rollback. BEGIN travels with the first statement, COMMIT with the last where that is known. */
export class Transaction {
  private state: 'fresh' | 'open' | 'ended' = 'fresh';
  /** The connection is broken, or did not answer in time: nothing more can be said on it. */
  private isLost = false;
  private readonly atEnd: Statement[] = [];
  private readonly whenCommitted: (() => void)[] = [];

  constructor(
    private readonly client: pg.PoolClient,
    private readonly orgId: string,
    private readonly named: boolean,
    /** The pool that opened it: its role is the one that all statements run under. */
    readonly pool: pg.Pool,
  ) {}

  /** The transaction that the calling code runs in, if any. Queries of the pool join it. */
  static get current(): Transaction | undefined {
    return ambient.getStore();
  }

  /** Does this once the transaction under way has committed, and never where it has not; at once where there is none. */
  static onCommit(work: () => void): void {
    const { current } = Transaction;
    if (current) current.afterCommit(work);
    else work();
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    return ambient.run(this, work);
  }

  /** Throws where a query comes after the end, or for another organization than the transaction's. */
  async query(statement: Statement, orgId: string): Promise<pg.QueryResult> {
    this.assertFor(orgId);
    try {
      return await this.send(statement);
    } catch (error) {
      this.isLost ||= leavesInDoubt(error);
      throw error;
    }
  }

  /** Leaves a statement whose answer nobody needs for the end, where it costs no round trip of its own. */
  leave(statement: Statement, orgId: string): void {
    this.assertFor(orgId);
    this.atEnd.push(statement);
  }

  /** Runs `work` once everything here is safely kept; never, where it is rolled back. */
  afterCommit(work: () => void): void {
    this.whenCommitted.push(work);
  }

  async commit(): Promise<void> {
    try {
      if (this.isLost) throw new DatabaseUnavailableError('Its connection was lost before it could be committed');
      await this.sendRest();
      this.client.release();
    } catch (error) {
      this.client.release(true);
      rethrow(error);
    } finally {
      this.state = 'ended';
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

  private async sendRest(): Promise<void> {
    const last = this.atEnd.pop();
    for (const statement of this.atEnd) await this.send(statement);
    if (last) await this.send(last, true);
    else if (this.state === 'open') await watched('COMMIT', () => this.client.query('COMMIT')).then(refuseRolledBack);
  }

  private send(statement: Statement, commits = false): Promise<pg.QueryResult> {
    const begins = this.state === 'fresh';
    this.state = 'open';
    const { named } = this;
    return send(this.client, statement, begins ? { begins, orgId: this.orgId, commits, named } : { commits, named });
  }

  private assertFor(orgId: string): void {
    if (this.state === 'ended') throw new Error('This transaction has ended: await every query inside it');
    if (orgId !== this.orgId) throw new Error('A transaction belongs to one organization: this query is for another');
  }
}

/** Sends a statement with its frame. Rejects with DatabaseUnavailableError where Postgres is away. */
export function send(client: pg.ClientBase, statement: Statement, framing: Framing): Promise<pg.QueryResult> {
  return watched(statement.text, () => sendUnwatched(client, new BoundQuery(statement, framing)));
}

function sendUnwatched(client: pg.ClientBase, query: BoundQuery): Promise<pg.QueryResult> {
  return new Promise<pg.QueryResult>((resolve, reject) => {
    query.callback = (error, result) => (error ? reject(sayingAway(error)) : resolve(result));
    try {
      client.query(query);
    } catch (error) {
      reject(new HalfSentQueryError(error));
    }
  });
}

/** COMMIT of a failed transaction answers ROLLBACK without an error; nothing was kept, so it must not look like success. */
function refuseRolledBack(result: pg.QueryResult): void {
  if (result.command === 'ROLLBACK') throw new Error('The transaction had failed and was rolled back');
}
