import pg from 'pg';
import { OrgContext } from '../context/org-context.js';
import { metrics } from '../metrics/metrics.js';
import type { Framing, Statement } from './bound-query.js';
import { leavesInDoubt, rethrow } from './database-errors.js';
import { OrganizationTurns } from './organization-turns.js';
import { StatementNames } from './statement-names.js';
import { Transaction, send } from './transaction.js';

export interface OrganizationPoolOptions extends pg.PoolConfig {
  /** False behind a pooler in transaction mode: prepared statements would be another client's. */
  namedStatements: boolean;
}

/** Whether this is a Citus cluster's. `pg_extension` is every role's to read. */
const IS_CLUSTER = `SELECT FROM pg_extension WHERE extname = 'citus'`;

/**
 * A pool whose every query runs bound to the organization of the calling context, and refuses to run without one.
 * Handed to Prisma and Kysely alike; inside `transaction`, both join the same connection.
 */
export class OrganizationPool extends pg.Pool {
  /** One for all pools: a system transaction runs both pools' statements on one connection. */
  private static readonly names = new StatementNames();
  /** What metrics call it: its role. */
  readonly name: string;
  protected readonly named: boolean;
  private readonly turns = new OrganizationTurns();
  /**
   * A cluster's machines hear of a binding only inside BEGIN … COMMIT: there a statement is never without.
   * Source: Citus, `utility_hook.c`: SET LOCAL is propagated in multi-statement transactions.
   */
  protected isCluster: boolean | undefined;
  /** Which organization a connection is out for. */
  private readonly holders = new WeakMap<pg.PoolClient, string>();

  constructor({ namedStatements, ...options }: OrganizationPoolOptions) {
    super(options);
    this.named = namedStatements;
    this.name = options.application_name ?? 'unnamed';
    metrics.watchPool(this);
    // A connection that breaks while it is in use says so to its query, which rejects; unheard, it would end the process.
    this.on('connect', (client) => client.on('error', () => undefined));
    this.on('release', (_error, client) => this.endTurn(client));
  }

  /** Everything that `work` asks of this pool, in one transaction of the bound organization. Nested calls join. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (Transaction.current && this.joins(Transaction.current)) return work();
    const transaction = await this.begin();
    const result = await transaction.run(work).catch((error: unknown) => transaction.rollback(error));
    await transaction.commit();
    return result;
  }

  /** One statement, bound. */
  async run(statement: Statement): Promise<pg.QueryResult> {
    const named = this.withName(statement);
    const transaction = Transaction.current;
    if (transaction && this.joins(transaction)) return transaction.query(named, OrgContext.orgId);
    return this.runAlone(named);
  }

  get isInTransaction(): boolean {
    return Transaction.current !== undefined && this.joins(Transaction.current);
  }

  /** A statement of the transaction under way whose answer nobody needs: it travels with the COMMIT. */
  runAtEnd(statement: Statement): void {
    const transaction = Transaction.current;
    if (!transaction || !this.joins(transaction)) throw new Error('There is no transaction to leave this statement to');
    transaction.leave(this.withName(statement), OrgContext.orgId);
  }

  /** The promise form of pg.Pool's overloads, which is what Prisma's adapter calls. */
  override query = (config: unknown, values?: unknown): never => {
    const answer: unknown = this.run(toStatement(config, values));
    return answer as never; // pg.Pool's overloads differ only in types that the caller chooses.
  };

  override end = async (): Promise<void> => {
    metrics.forgetPool(this);
    await super.end();
  };

  override connect(): never {
    throw new Error(
      'Use Database.transaction(): it binds the organization. Nested writes and $transaction are not for this client',
    );
  }

  /** Whether a transaction under way may run this pool's queries. Any may: none sees more than its opener asked for. */
  protected joins(_transaction: Transaction): boolean {
    return true;
  }

  protected async runAlone(statement: Statement): Promise<pg.QueryResult> {
    const { orgId } = OrgContext;
    this.isCluster ??= await this.lookForCluster();
    return this.runFramed(statement, { orgId, named: this.named, begins: this.isCluster, commits: this.isCluster });
  }

  protected async runFramed(statement: Statement, framing: Framing): Promise<pg.QueryResult> {
    const client = await this.checkOut();
    try {
      const result = await send(client, statement, framing);
      client.release();
      return result;
    } catch (error) {
      client.release(framing.begins === true || leavesInDoubt(error)); // A transaction that failed is still open.
      throw error;
    }
  }

  /** With the first statement: the database need not be there before. */
  private async lookForCluster(): Promise<boolean> {
    const { rowCount } = await this.runFramed({ text: IS_CLUSTER }, { named: false });
    return rowCount === 1;
  }

  private async begin(): Promise<Transaction> {
    const { orgId } = OrgContext;
    return new Transaction(await this.checkOut(), orgId, this.named, this);
  }

  /** Whose load this is; null where it is nobody's in particular, and waits for nobody's turn. */
  protected get holder(): string | null {
    return OrgContext.orgId;
  }

  private async checkOut(): Promise<pg.PoolClient> {
    const { holder } = this;
    if (holder === null) return super.connect().catch(rethrow);
    await this.turns.take(holder);
    try {
      const client = await super.connect();
      this.holders.set(client, holder);
      return client;
    } catch (error) {
      this.turns.end(holder);
      return rethrow(error);
    }
  }

  private endTurn(client: pg.PoolClient): void {
    const holder = this.holders.get(client);
    if (holder === undefined) return;
    this.holders.delete(client);
    this.turns.end(holder);
  }

  /** Our own name, or none: one that a caller brought along would outlive its connection behind a pooler. */
  private withName(statement: Statement): Statement {
    return { ...statement, name: this.named ? OrganizationPool.names.of(statement.text) : undefined };
  }
}

function toStatement(config: unknown, values: unknown): Statement {
  const given = Array.isArray(values) ? { values } : {};
  if (typeof config === 'string') return { text: config, ...given };
  if (typeof config === 'object' && config !== null && 'text' in config && typeof config.text === 'string')
    return { ...config, text: config.text, ...given };
  throw new TypeError('OrganizationPool takes SQL text or a query config');
}
