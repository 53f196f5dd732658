import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { BackfillOptions } from './backfill/options.js';
import { mergeSchemas } from './merge/merge-schemas.js';
import type { MergeOptions } from './merge/merge-schemas.js';
import { PHASES, phasesThrough } from './phases/phase.js';
import type { Phase } from './phases/phase.js';
import { draftCommand } from './plan/draft-command.js';
import type { DraftOptions } from './plan/draft-command.js';
import { dryRun } from './run/dry-run.js';
import { doPhase, runThrough } from './run/phase-runner.js';
import { rollbackCommand } from './run/rollback-command.js';
import type { RollbackOptions } from './run/rollback-command.js';
import { statusCommand } from './run/status.js';
import { changing, reading } from './run/with-database.js';
import type { CommonOptions } from './run/with-database.js';
import { verifyCommand } from './verify/verify-command.js';

type PhaseOptions = CommonOptions & BackfillOptions & { dryRun?: boolean };
type RunOptions = PhaseOptions & { through: Phase };

const DOES: Record<Phase, string> = {
  expand: 'Add the organization column, and triggers that fill it for whatever is written from now on',
  backfill: 'Fill it for the rows that are there, in small batches',
  quarantine: 'Record the rows that belong to nobody, and do with them what the plan says',
  constrain: 'Add indexes, NOT NULL and foreign keys, so that no row can point into another organization',
  isolate: "Add the application's role and row-level security; code that knows of no organizations goes on",
  rescope: 'Make unique keys unique for each organization, beside the old ones',
  contract: 'Take away what only code needs that knows of no organizations',
};

/** The commands of the tool, in a group `retrofit` of another program. */
export function addRetrofitCommands(program: Command): void {
  addTo(
    program
      .command('retrofit')
      .description('Bring organizations to a PostgreSQL database that has none, beside live traffic'),
  );
}

/** The commands of the tool. */
export function addTo(retrofit: Command): void {
  addPlan(retrofit);
  for (const phase of PHASES) addPhase(retrofit, phase);
  addRun(retrofit);
  withDatabase(retrofit.command('status').description('How far it is, and what it waits for'))
    .option('--json', 'for machines')
    .action(reading<CommonOptions & { json?: boolean }>(statusCommand));
  withDatabase(
    retrofit
      .command('verify')
      .description('Prove that organizations are apart: a certificate. Exit code 1 on any fault'),
  )
    .option('--json', 'for machines')
    .action(reading<CommonOptions & { json?: boolean }>(verifyCommand));
  withDatabase(
    retrofit.command('rollback').description('Take phases back, down to the database as it was before the first one'),
  )
    .option('--to <phase>', 'the last phase that stays done', phaseNamed)
    .option('--dry-run', 'print the SQL instead of running it')
    .action(reading<RollbackOptions>(rollbackCommand));
  withDatabase(
    retrofit.command('merge-schemas').description('Copy the tables of one schema for each tenant into shared tables'),
  )
    .option('--schemas <pattern>', 'the schemas of the tenants: tenant_*')
    .option('--into <schema>', 'where the shared tables are, or are made', 'public')
    .option('--report', 'only say how the schemas differ')
    .option('--dry-run', 'print the SQL instead')
    .action(reading<MergeOptions>(mergeSchemas));
}

function addPlan(retrofit: Command): void {
  withDatabase(
    retrofit.command('plan').description('Draft a plan from the catalogue: whose is each row, and how is that known?'),
  )
    .option('--each <table>', 'one organization for each row of this table…')
    .option('--where <condition>', '…that this SQL condition holds for')
    .option('--name <column>', 'the column that names the organization')
    .option('--default <id>', 'one organization for everything, or for what belongs to nobody in particular')
    .option('--existing', 'organizations exist, and so do the columns of some tables')
    .option('--out <file>', 'write the plan here, not to the terminal')
    .option('--report', 'what the plan would do to each table, and what it would take')
    .option('--json', 'the same for machines')
    .option('--sql', 'the SQL of all phases')
    .action(reading<DraftOptions>(draftCommand));
}

function addPhase(retrofit: Command, phase: Phase): void {
  phaseOptions(retrofit.command(phase).description(DOES[phase])).action(
    changing<PhaseOptions>((work, options) => (options.dryRun ? dryRun([phase], work) : doPhase(phase, work, options))),
  );
}

function addRun(retrofit: Command): void {
  phaseOptions(retrofit.command('run').description('All phases that are not done yet, through a named one'))
    .requiredOption('--through <phase>', `the last one: ${PHASES.join(', ')}`, phaseNamed)
    .action(
      changing<RunOptions>((work, options) =>
        options.dryRun ? dryRun(phasesThrough(options.through), work) : runThrough(options.through, work, options),
      ),
    );
}

function phaseOptions(command: Command): Command {
  return withDatabase(command)
    .option('--dry-run', 'print the SQL instead of running it')
    .option('--fire-triggers', 'let triggers of the application fire during backfill, where they cannot be silenced')
    .option('--max-wal-rate <MB/s>', 'pause the backfill where more is written to the log', megabytes);
}

function withDatabase(command: Command): Command {
  return command
    .option('--database-url <url>', 'postgres://…; default: PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE')
    .option('--plan <file>', 'the plan (default: retrofit.yaml; after expand, the one that it began with)');
}

function megabytes(text: string): number {
  const rate = Number(text);
  if (!(rate > 0)) throw new InvalidArgumentError('A number above 0 is expected, as in 64.');
  return rate;
}

function phaseNamed(name: string): Phase {
  const phase = PHASES.find((each) => each === name);
  if (!phase) throw new InvalidArgumentError(`Phases are: ${PHASES.join(', ')}.`);
  return phase;
}
