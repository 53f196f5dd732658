import type pg from 'pg';
import { distributionPlan, isolationStep } from './distribution-plan.js';
import type { DistributionStep } from './distribution-plan.js';
import { inTransaction } from './owner-client.js';

/** The database cannot be spread over machines as it is, said to the person who can change that. */
export class DistributionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DistributionError';
  }
}

/** What is still to be done is kept in the database itself: a run that ends in the middle is gone on with by the next. */
const KEPT_STEPS = 'app.distribution_steps';

/** Spreads a database over the machines of a Citus cluster, while it is in use. */
export class Distribution {
  constructor(private readonly client: pg.ClientBase) {}

  /** What is still to be done, in order. Empty where all is. */
  async steps(): Promise<DistributionStep[]> {
    if (await this.isUnderWay()) return (await this.keptSteps()).map(({ sql, isOnline }) => ({ sql, isOnline }));
    return (await this.isDistributed()) ? [] : distributionPlan(this.client);
  }

  /** @throws {@link DistributionError} where this is no cluster, or not one that can do it online */
  async apply(onStep: (sql: string) => void): Promise<number> {
    await this.assertCluster();
    await this.keepSteps();
    const steps = await this.keptSteps();
    for (const step of steps) {
      onStep(step.sql);
      await this.run(step);
    }
    await this.client.query(`DROP TABLE ${KEPT_STEPS}`);
    return steps.length;
  }

  /** The statement that gives one organization a shard of its own. */
  async isolation(orgId: string): Promise<DistributionStep> {
    const { rowCount } = await this.client.query('SELECT FROM organizations WHERE id = $1', [orgId]);
    if (rowCount === 0) throw new DistributionError(`There is no organization with the id ${orgId}`);
    return isolationStep(orgId);
  }

  async isolate(orgId: string): Promise<void> {
    await this.assertCluster();
    if (!(await this.isDistributed()))
      throw new DistributionError('The tables are not distributed yet: run polydesk distribute --apply first');
    await this.client.query((await this.isolation(orgId)).sql);
  }

  private async assertCluster(): Promise<void> {
    const [found] = await this.rows<{ citus: boolean; wal: string }>(
      `SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') AS citus, current_setting('wal_level') AS wal`,
    );
    if (!found?.citus)
      throw new DistributionError(
        'This Postgres has no Citus: run CREATE EXTENSION citus on a server that has it, first',
      );
    if (found.wal !== 'logical')
      throw new DistributionError(
        'Rows can only be moved online with wal_level = logical, on every machine of the cluster',
      );
    const [nodes] = await this.rows<{ coordinator: number; workers: number }>(
      `SELECT count(*) FILTER (WHERE groupid = 0) AS coordinator, count(*) FILTER (WHERE groupid > 0) AS workers
       FROM pg_dist_node WHERE isactive`,
    );
    if (Number(nodes?.coordinator) === 0)
      throw new DistributionError(
        'The coordinator does not know its own address: call citus_set_coordinator_host() first',
      );
    if (Number(nodes?.workers) === 0)
      throw new DistributionError('The cluster has no workers: add them with citus_add_node() first');
  }

  private async isUnderWay(): Promise<boolean> {
    const [found] = await this.rows<{ kept: string | null }>(`SELECT to_regclass('${KEPT_STEPS}')::text AS kept`);
    return found?.kept != null;
  }

  private async isDistributed(): Promise<boolean> {
    const [found] = await this.rows<{ is: boolean }>('SELECT app.is_distributed() AS is');
    return found?.is ?? false;
  }

  /** Before the first is run: the references are read from a database that still has them. */
  private async keepSteps(): Promise<void> {
    if (await this.isUnderWay()) return;
    const steps = await this.steps();
    await inTransaction(this.client, async () => {
      await this.client.query(
        `CREATE TABLE ${KEPT_STEPS} (place integer PRIMARY KEY, sql text NOT NULL, is_online boolean NOT NULL)`,
      );
      for (const [place, { sql, isOnline }] of steps.entries())
        await this.client.query(`INSERT INTO ${KEPT_STEPS} VALUES ($1, $2, $3)`, [place, sql, isOnline]);
    });
  }

  private keptSteps(): Promise<(DistributionStep & { place: number })[]> {
    return this.rows(`SELECT place, sql, is_online AS "isOnline" FROM ${KEPT_STEPS} ORDER BY place`);
  }

  /** An online step cannot be crossed out in its own transaction: where that was missed, its table says that it is done. */
  private async run({ place, sql, isOnline }: DistributionStep & { place: number }): Promise<void> {
    const crossOut = () => this.client.query(`DELETE FROM ${KEPT_STEPS} WHERE place = $1`, [place]);
    if (!isOnline)
      return inTransaction(this.client, async () => {
        await this.client.query(sql);
        await crossOut();
      });
    if (!(await this.isSpread(sql))) await this.client.query(sql);
    await crossOut();
  }

  /** One that ended in the middle leaves a table that Citus knows, and that is not spread: it is begun again. */
  private async isSpread(sql: string): Promise<boolean> {
    const table = /concurrently\('(\w+)'/.exec(sql)?.[1];
    const spread = `SELECT FROM pg_dist_partition WHERE logicalrelid = $1::text::regclass AND partmethod = 'h'`;
    return (await this.rows(spread, [table])).length > 0;
  }

  private async rows<T extends object>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await this.client.query<T>(sql, values)).rows;
  }
}
