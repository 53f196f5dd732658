import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PHASES } from '../src/retrofit/phases/phase.js';
import { amongThose, checksumsOf } from './support/retrofit-checksums.js';
import { debianPostgres } from './support/retrofit-debian.js';
import type { DebianPostgres } from './support/retrofit-debian.js';
import { pgDump } from './support/retrofit-dump.js';
import { inbox, inboxPlan } from './support/retrofit-fixtures/inbox.js';
import { odd, oddPlan } from './support/retrofit-fixtures/odd.js';
import { whatsappCrm, whatsappCrmPlan } from './support/retrofit-fixtures/whatsapp-crm.js';
import { Phases } from './support/retrofit-phases.js';
import { schemaOf } from './support/retrofit-schema.js';
import { RetrofitDatabase } from './support/retrofit.js';

const FIXTURES: [name: string, script: string, plan: string][] = [
  ['the CRM', whatsappCrm(), whatsappCrmPlan()],
  ['the inbox', inbox(), inboxPlan()],
  ['the odd schema', odd(), oddPlan()],
];
const OWNERS = ['organization_id', 'organizationId'];

/** What a database is: its schema by our own eyes and by pg_dump's, and what is in its tables. */
async function portraitOf(database: RetrofitDatabase) {
  return { schema: await schemaOf(database), dump: await pgDump(database.url), sums: await checksumsOf(database, []) };
}

/** Takes a fixture through more and more phases, and back from each of them to the beginning. */
async function goesBackFromEveryPhase(script: string, plan: string, server?: string): Promise<void> {
  const database = await RetrofitDatabase.make(server);
  await database.load(script);
  const before = await portraitOf(database);
  const sums = await checksumsOf(database, OWNERS);
  const phases = await Phases.open(database, plan);
  for (const phase of PHASES) {
    await phases.through(phase);
    expect({ phase, sums: amongThose(await checksumsOf(database, OWNERS), sums) }).toEqual({ phase, sums });
    await phases.back();
    expect({ phase, ...(await portraitOf(database)) }).toEqual({ phase, ...before });
  }
  await phases.close();
  await database.stop();
}

describe('Rollback from every phase', () => {
  it.each(FIXTURES)(
    'leaves everything as it was: %s',
    (_, script, plan) => goesBackFromEveryPhase(script, plan),
    120_000,
  );
});

describe('Rollback from every phase on PostgreSQL 15', () => {
  let server: DebianPostgres | null;
  beforeAll(async () => {
    server = await debianPostgres();
  });
  afterAll(() => server?.stop());

  it.each(FIXTURES)(
    'leaves everything as it was, by pg_dump too: %s',
    async (_, script, plan) => {
      if (server) await goesBackFromEveryPhase(script, plan, server.url);
    },
    120_000,
  );
});
