import type { Table } from '../catalogue/catalogue.js';
import { ident, literal } from '../database/sql.js';
import { sqlStateOf } from '../database/session.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';

/** What the application's role sees of a table. */
export interface Probe {
  /** On behalf of the organization with the most rows. */
  a: Seen;
  /** On behalf of the one after it. */
  b: Seen;
  /** On behalf of nobody. */
  none: Seen;
  /** On behalf of something that is no organization. */
  garbage: Seen;
}

/** Rows seen, those of others among them; or that it was refused. */
export type Seen = { rows: number; foreign: number } | 'refused';

const INSUFFICIENT_PRIVILEGE = '42501';
const INVALID_TEXT_REPRESENTATION = '22P02';
const GARBAGE = "x' OR true --";
/** Where a table's rows are all of one organization, nobody must see nothing of them. */
const NOBODY = 'nobody-of-this-name';

/** Reads a table as the application would, in the snapshot of the transaction. */
export async function probe(work: Work, table: Table, [a, b]: (string | undefined)[]): Promise<Probe> {
  return {
    a: await look(work, table, a ?? NOBODY),
    b: await look(work, table, b ?? NOBODY),
    none: await look(work, table, ''),
    garbage: await look(work, table, GARBAGE),
  };
}

async function look(work: Work, { sql }: Table, organization: string): Promise<Seen> {
  const { session, plan } = work;
  const owner = ident(ownerColumn(work).name);
  await session.run('SAVEPOINT probe');
  try {
    await session.run(`SET LOCAL row_security = on; SET LOCAL ROLE ${ident(plan.application.role)}`);
    await session.run(`SELECT set_config(${literal(plan.organization.setting)}, $1, true)`, [organization]);
    return await session.row<{ rows: number; foreign: number }>(
      `SELECT count(*)::float8 AS rows, count(*) FILTER (WHERE t.${owner}::text IS DISTINCT FROM $1)::float8 AS foreign FROM ${sql} AS t`,
      [organization],
    );
  } catch (error) {
    if ([INSUFFICIENT_PRIVILEGE, INVALID_TEXT_REPRESENTATION].includes(sqlStateOf(error) ?? '')) return 'refused';
    throw error;
  } finally {
    await session.run('ROLLBACK TO SAVEPOINT probe');
  }
}
