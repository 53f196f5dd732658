import type { Command } from 'commander';
import { print } from '../run-server.js';
import { migrate } from '../server.js';
import { reassign, splitByAdmin } from './organization-moves.js';
import type { MoveRun } from './organization-moves.js';
import { withDatabase } from './with-database.js';

interface Options {
  apply?: boolean;
}

export function addOrganizationCommands(program: Command): void {
  const organizations = program.command('organizations').description('Move users and their data between organizations');
  organizations
    .command('split')
    .description('Give every admin of the default organization one of their own')
    .requiredOption('--by-admin', 'staff, integrations, conversations and chatbots go with their admin')
    .option('--apply', 'do it; otherwise only show what would be done')
    .action((options: Options) => withRun(options, splitByAdmin));
  organizations
    .command('reassign')
    .description('Move users and what is theirs into another organization')
    .requiredOption('--to <organization>', 'its id or name')
    .requiredOption('--user <user...>', 'ids or usernames')
    .option('--apply', 'do it; otherwise only show what would be done')
    .action(({ to, user, ...options }: Options & { to: string; user: string[] }) =>
      withRun(options, (run) => reassign(run, to, user)),
    );
}

async function withRun({ apply = false }: Options, work: (run: MoveRun) => Promise<unknown>): Promise<void> {
  await withDatabase(async (config) => {
    await migrate(config, print);
    await work({ config, apply, say: print });
  });
}
