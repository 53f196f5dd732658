import type { Command } from 'commander';
import { DatabaseConnections } from '../platform/database/database-connections.js';
import { Distribution } from '../platform/database/distribution.js';
import { alone, withOwner } from '../platform/database/owner-client.js';
import { print } from '../run-server.js';
import { withDatabase } from './with-database.js';

/** Two of these at a time would each run what the other has planned. */
const ADVISORY_LOCK = 5_150_003;

interface Options {
  apply?: boolean;
  isolate?: string;
}

export function addDistributeCommand(program: Command): void {
  program
    .command('distribute')
    .description('Spread the database over the machines of a Citus cluster')
    .option('--isolate <organization id>', 'give one organization a shard of its own')
    .option('--apply', 'do it; otherwise only show the statements')
    .action((options: Options) =>
      withDatabase(async (config) => {
        const { ownerUrl } = new DatabaseConnections(config);
        await withOwner(ownerUrl, 'polydesk_distribute', async (client) => {
          const distribution = new Distribution(client);
          if (options.apply) await alone(ownerUrl, ADVISORY_LOCK, () => apply(distribution, options));
          else await show(distribution, options);
        });
      }),
    );
}

async function show(distribution: Distribution, { isolate }: Options): Promise<void> {
  const steps = isolate === undefined ? await distribution.steps() : [await distribution.isolation(isolate)];
  steps.forEach(({ sql }) => print(`${sql};`));
  if (steps.length === 0) print('-- Nothing is left to do: the tables are distributed');
}

async function apply(distribution: Distribution, { isolate }: Options): Promise<void> {
  if (isolate !== undefined) {
    await distribution.isolate(isolate);
    return print(`${isolate} has a shard of its own`);
  }
  const count = await distribution.apply((sql) => print(`${sql};`));
  print(`-- Done: ${count} statements`);
}
