import type { Journal } from '../database/journal.js';
import { SCHEMA } from '../database/sql.js';
import { sqlStateOf } from '../database/session.js';
import type { Derivation } from '../derivation/derivation.js';
import { leaksOf } from '../phases/leaks.js';
import { RetrofitError } from '../retrofit-error.js';
import { organizationsSql } from '../phases/organization-steps.js';
import type { Work } from '../run/work.js';
import { compareWithBaseline } from './baselines.js';
import type { Certificate, TableCertificate } from './certificate.js';
import { faultsOf } from './faults.js';
import { largestOf, ownershipOf } from './ownership.js';
import { probe } from './probe.js';
import { referencesOf } from './references.js';

const SNAPSHOT = 'ISOLATION LEVEL REPEATABLE READ READ ONLY';
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Proves, in one snapshot, that organizations are apart.
 * @throws RetrofitError where it would prove nothing: before the backfill, without rows, or through a role that sees only a part
 */
export async function verify(work: Work): Promise<Certificate> {
  const phases = await phasesDone(work.journal);
  try {
    return await work.session.transaction(() => certify(work, phases), SNAPSHOT);
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new RetrofitError(
      'The role that verify is connected as is subject to row-level security, and would see only a part. Connect as a superuser, or as a role with BYPASSRLS that may read every table',
    );
  }
}

/**
 * The phases that are finished.
 * @throws RetrofitError where the backfill is not among them
 */
export async function phasesDone(journal: Journal): Promise<string[]> {
  const phases = (await journal.phases()).filter(({ isFinished }) => isFinished).map(({ phase }) => phase);
  if (phases.includes('backfill')) return phases;
  throw new RetrofitError(
    "There is nothing to verify before rows have their organizations. Run 'retrofit run --through backfill' first",
  );
}

async function certify(work: Work, phases: string[]): Promise<Certificate> {
  // Whatever would be filtered fails instead.
  await work.session.run('SET LOCAL row_security = off');
  const isIsolated = phases.includes('isolate');
  const tables: TableCertificate[] = [];
  for (const derivation of work.derivations) tables.push(await certifyTable(work, derivation, isIsolated));
  if (!tables.some(({ owned }) => owned > 0))
    throw new RetrofitError(
      'No row of any table belongs to an organization: there is nothing to prove. Is this the right database, and is there anything in it?',
    );
  const leaks = isIsolated ? leaksOf(work) : [];
  const found = { ...(await surroundings(work)), phases, tables, shared: sharedOf(work), leaks };
  const faults = faultsOf(work, found, isIsolated);
  return { ok: faults.length === 0, ...found, faults };
}

async function certifyTable(work: Work, derivation: Derivation, isIsolated: boolean): Promise<TableCertificate> {
  const ownership = await ownershipOf(work, derivation);
  const organizations = await largestOf(work, derivation);
  return {
    table: derivation.table.name,
    ...ownership,
    ...(await referencesOf(work, derivation)),
    otherColumns: await compareWithBaseline(work, derivation.table),
    probe: isIsolated
      ? await probe(
          work,
          derivation.table,
          organizations.map(({ id }) => id),
        )
      : null,
  };
}

async function surroundings(work: Work) {
  const { at, snapshot } = await work.session.row<{ at: Date; snapshot: string }>(
    `SELECT now() AS at, pg_current_snapshot()::text AS snapshot FROM ${SCHEMA}.plan`,
  );
  const { organizations } = await work.session.row<{ organizations: number }>(
    `SELECT count(*)::float8 AS organizations FROM ${organizationsSql(work)}`,
  );
  const { database, serverVersion } = work.catalogue;
  return { database, serverVersion, at: at.toISOString(), snapshot, organizations };
}

function sharedOf({ plan }: Work): string[] {
  return Object.entries(plan.tables).flatMap(([name, { shared }]) => (shared ? [name] : []));
}
