#!/usr/bin/env node
import { Command } from 'commander';
import { addDatabaseCommands } from './cli/database.commands.js';
import { addDemoCommand } from './cli/demo.command.js';
import { addDoctorCommand } from './cli/doctor.command.js';
import { addDistributeCommand } from './cli/distribute.command.js';
import { addOpenApiCommand } from './cli/openapi.command.js';
import { addOrganizationCommands } from './cli/organizations.commands.js';
import { addProvidersCommand } from './cli/providers.command.js';
import { addUserCommands } from './cli/user.commands.js';
import { addRetrofitCommands } from './retrofit/commands.js';
import { explain, runServer, runWorker } from './run-server.js';

const program = new Command('polydesk').description('The inbox backend that is multi-organization to the bone');

program.command('serve').description('Start the server (as npm start does)').action(runServer);
program
  .command('worker')
  .description('Work on jobs (sending, files, partner webhooks) beside servers that have RUN_JOBS=false')
  .action(runWorker);
addDatabaseCommands(program);
addDistributeCommand(program);
addUserCommands(program);
addOrganizationCommands(program);
addDoctorCommand(program);
addOpenApiCommand(program);
addDemoCommand(program);
addProvidersCommand(program);
addRetrofitCommands(program);

// Whoever reads has seen enough, as in `polydesk demo | head`.
process.stdout.on('error', () => process.exit());

await program.parseAsync().catch((error: unknown) => {
  explain(error);
  process.exitCode = 1;
});
