import { ownSql } from '../backfill/owner-statement.js';
import type { BlockRange } from '../backfill/owner-statement.js';
import { recordSql } from '../backfill/unowned-rows.js';
import { placeOf, uncheckedConstraints } from '../backfill/writable.js';
import type { Table } from '../catalogue/catalogue.js';
import type { Derivation } from '../derivation/derivation.js';
import { inOrder } from '../derivation/order.js';
import { makeOrganizations } from '../phases/organization-steps.js';
import type { Phase } from '../phases/phase.js';
import type { Work } from './work.js';
import { ownerColumn } from './work.js';

const BLOCK_BYTES = 8192;

/** What the phases that write rows run, for a whole table at once; the tool itself goes through it in batches of blocks. */
export async function dataSql(phase: Phase, work: Work): Promise<string[]> {
  if (phase === 'expand') return makeOrganizations(work).map((statement) => `${statement};`);
  if (phase !== 'backfill' && phase !== 'quarantine') return [];
  const sqlOf = phase === 'backfill' ? backfillSql : quarantineSql;
  const statements: string[] = [];
  for (const derivation of inOrder(work.derivations).flat())
    for (const holder of derivation.holders) statements.push(await sqlOf(work, derivation, holder));
  return statements;
}

async function backfillSql(work: Work, derivation: Derivation, holder: Table): Promise<string> {
  const place = await placeOf(work.session, derivation, holder, ownerColumn(work));
  return `-- ${holder.name}, in batches of blocks, with session_replication_role = replica\n${ownSql(place, wholeOf(holder))};`;
}

async function quarantineSql(work: Work, derivation: Derivation, holder: Table): Promise<string> {
  const column = ownerColumn(work);
  const constraints = await uncheckedConstraints(work.session, holder, column);
  return `-- ${holder.name}, in batches of blocks\n${recordSql(derivation, holder, column, constraints, wholeOf(holder))};`;
}

function wholeOf({ bytes }: Table): BlockRange {
  return { from: 0, to: Math.max(1, Math.ceil(bytes / BLOCK_BYTES)) };
}
