import type pg from 'pg';
import { rethrow } from './database-errors.js';
import { OrganizationPool } from './organization-pool.js';
import type { Transaction } from './transaction.js';

/** The pool of the role that sees every organization: single statements need no context, transactions are the actor's. */
export class SystemPool extends OrganizationPool {
  /** A transaction of the serving role must not run what only the system role may. */
  protected override joins(transaction: Transaction): boolean {
    return transaction.pool === this;
  }

  protected override runAlone(config: pg.QueryConfig, values?: unknown[]): Promise<pg.QueryResult> {
    return this.withClient((client) => client.query(config, values).catch(rethrow));
  }
}
