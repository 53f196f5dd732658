import type pg from 'pg';
import type { Statement } from './bound-query.js';
import { OrganizationPool } from './organization-pool.js';
import type { Transaction } from './transaction.js';

/** The pool of the role that sees every organization: single statements need no context, transactions are the actor's. */
export class SystemPool extends OrganizationPool {
  /** A transaction of the serving role must not run what only the system role may. */
  protected override joins(transaction: Transaction): boolean {
    return transaction.pool === this;
  }

  /** What it is asked is short, and mostly asked before it is known for whom. */
  protected override get holder(): null {
    return null;
  }

  protected override runAlone(statement: Statement): Promise<pg.QueryResult> {
    return this.runFramed(statement, { named: this.named });
  }
}
