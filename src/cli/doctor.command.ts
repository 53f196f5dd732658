import type { Command } from 'commander';
import { Config } from '../platform/config/config.js';
import { ConfigError } from '../platform/config/settings.js';
import { EmbeddedPostgresError } from '../platform/database/embedded/embedded-postgres-error.js';
import { openPostgres } from '../platform/database/postgres.js';
import { logger } from '../platform/logging/logger.js';
import { print } from '../run-server.js';
import { describeDiagnosis } from './doctor-text.js';
import { diagnose } from './diagnosis.js';
import type { Diagnosis } from './diagnosis.js';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description(
      'Say whether organizations are apart here: tables, keys, policies, grants, roles, secrets. Exit code 1 on any fault',
    )
    .option('--json', 'for machines')
    .action(async ({ json }: { json?: boolean }) => {
      if (json) logger.level = 'silent'; // Its lines would go where the JSON goes.
      const diagnosis = await examine();
      print(json ? JSON.stringify(diagnosis, null, 2) : describeDiagnosis(diagnosis));
      if (diagnosis.faults.length > 0) process.exitCode = 1;
    });
}

/** Settings that cannot be used, and an embedded Postgres that another server has, are findings like others; the database cannot be looked at then. */
async function examine(): Promise<Diagnosis> {
  try {
    const { config, stop } = await openPostgres(Config.load());
    return await diagnose(config).finally(stop);
  } catch (error) {
    return { ok: false, faults: faultsIn(error), database: null };
  }
}

function faultsIn(error: unknown): string[] {
  if (error instanceof ConfigError) return error.faults.map((fault) => `setting ${fault}`);
  if (error instanceof EmbeddedPostgresError) return [`database cannot be reached: ${error.message}`];
  throw error;
}
