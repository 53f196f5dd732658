import type { Command } from 'commander';
import { seedDemo } from '../../prisma/seed.js';
import { ChatbotSecretRotation } from '../modules/chatbots/chatbot-secret-rotation.js';
import { TokenRotation } from '../modules/integrations/token-rotation.js';
import { EndpointSecretRotation } from '../modules/webhook-endpoints/endpoint-secret-rotation.js';
import { Config } from '../platform/config/config.js';
import { DatabaseConnections } from '../platform/database/database-connections.js';
import { MigrationRunner } from '../platform/database/migration-runner.js';
import { migrationsDirectory } from '../platform/database/migrations-directory.js';
import { print } from '../run-server.js';
import { StartError, migrate } from '../server.js';
import { withApplication, withDatabase } from './with-database.js';

export function addDatabaseCommands(program: Command): void {
  program
    .command('migrate')
    .description('Bring the database up to date')
    .option('--status', 'only say what is applied and what is pending')
    .action(({ status }: { status?: boolean }) =>
      withDatabase((config) => (status ? showStatus(config) : applyMigrations(config))),
    );
  program
    .command('seed')
    .description('Fill an empty development database with the demo organizations')
    .action(() => withApplication(async (app) => seed(app.get(Config), await seedDemoUnlessProduction(app))));
  program
    .command('rotate-encryption-key')
    .description('Seal all provider tokens and secrets with the first key of ENCRYPTION_KEY')
    .action(() =>
      withApplication(async (app) => {
        await rotate(app.get(TokenRotation));
        await rotateSecrets('chatbots', app.get(ChatbotSecretRotation));
        await rotateSecrets('webhook endpoints', app.get(EndpointSecretRotation));
      }),
    );
}

async function applyMigrations(config: Config): Promise<void> {
  const applied = await migrate(config, print);
  print(applied.length > 0 ? `Applied ${applied.length} migrations` : 'The database is up to date');
}

/** Exit code 1 while something is pending, as `prisma migrate status` has it. */
async function showStatus(config: Config): Promise<void> {
  const runner = new MigrationRunner(new DatabaseConnections(config).ownerUrl, migrationsDirectory());
  const { applied, pending, changed } = await runner.status();
  applied.forEach((name) => print(`applied  ${name}${changed.includes(name) ? '  (its file was changed since)' : ''}`));
  pending.forEach((name) => print(`pending  ${name}`));
  if (pending.length > 0) process.exitCode = 1;
}

async function seedDemoUnlessProduction(app: Parameters<typeof seedDemo>[0]): Promise<string[]> {
  if (app.get(Config).isProduction) throw new StartError('The demo data and its well-known key are not for production');
  return seedDemo(app);
}

function seed({ settings }: Config, lines: string[]): void {
  lines.forEach(print);
  if (lines.length === 0) print(`Nothing to do: there are users already (ENVIRONMENT=${settings.ENVIRONMENT})`);
}

async function rotate(rotation: TokenRotation): Promise<void> {
  const counts = await rotation.run(({ resealed }) => print(`${resealed} integrations re-sealed`));
  const left = counts.unknownKey + counts.damaged;
  print(`Done: ${counts.resealed} re-sealed, ${counts.changedMeanwhile} changed meanwhile, ${left} left as they are`);
  if (counts.unknownKey > 0)
    print(
      `${counts.unknownKey} were sealed with a key that ENCRYPTION_KEY lacks: add it behind the new one, and run this again`,
    );
  if (counts.damaged > 0)
    print(`${counts.damaged} do not open with their own key: their pages must be connected again`);
  if (left > 0) process.exitCode = 1;
}

async function rotateSecrets(whose: string, rotation: ChatbotSecretRotation | EndpointSecretRotation): Promise<void> {
  const { resealed, left } = await rotation.run();
  print(`Secrets of ${whose}: ${resealed} re-sealed, ${left} left as they are`);
  if (left > 0) process.exitCode = 1;
}
