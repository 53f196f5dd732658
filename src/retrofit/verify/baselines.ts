import { setTimeout as sleep } from 'node:timers/promises';
import type { Table } from '../catalogue/catalogue.js';
import { descendantsOf } from '../catalogue/tables.js';
import { ident, literal, SCHEMA } from '../database/sql.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';

const LONGEST_LAG_MS = 12_000;
const LOOK_EVERY_MS = 500;

/** Whether anything but the organization column is another than before the first phase. */
export type OtherColumns =
  | 'same'
  | 'different'
  /** They differ, and others than the tool wrote to the table meanwhile. */
  | 'written by others'
  | 'unknown';

/** As PostgreSQL counts: rows inserted and deleted (`moves`), and updated. */
interface Writes {
  moves: string;
  updates: string;
}

interface Baseline extends Writes {
  row_count: string;
  checksum: string;
  columns: string[];
}

/** Notes what is in every table before anything is changed. One read of each; can be repeated. */
export async function recordBaselines(work: Work): Promise<void> {
  const known = await work.session.rows<{ table_name: string }>(`SELECT table_name FROM ${SCHEMA}.baselines`);
  for (const { table } of work.derivations) {
    if (known.some(({ table_name }) => table_name === table.name)) continue;
    const columns = table.columns.map(({ name }) => name).filter((name) => name !== ownerColumn(work).name);
    await work.session.run(
      `INSERT INTO ${SCHEMA}.baselines (table_name, row_count, checksum, moves, updates, columns)
       SELECT ${literal(table.name)}, found.row_count, found.checksum, written.moves, written.updates, $1
       FROM (${checksumSql(table, columns)}) AS found, (${writesSql(work, table)}) AS written`,
      [columns],
    );
    work.progress.say(`  noted   ${table.name}: rows and checksum, to be compared at the end`);
  }
}

export async function compareWithBaseline(work: Work, table: Table): Promise<OtherColumns> {
  const [before] = await work.session.rows<Baseline>(`SELECT * FROM ${SCHEMA}.baselines WHERE table_name = $1`, [
    table.name,
  ]);
  if (!before) return 'unknown';
  const now = await work.session.row<Omit<Baseline, 'columns'>>(
    `SELECT found.*, written.* FROM (${checksumSql(table, before.columns)}) AS found, (${writesSql(work, table)}) AS written`,
  );
  if (now.row_count === before.row_count && now.checksum === before.checksum) return 'same';
  return (await areOthersSeen(work, table, before)) ? 'written by others' : 'different';
}

/** PostgreSQL's counts lag behind where a session idles: up to ten seconds. Waits for them before it says that it was nobody. */
async function areOthersSeen(work: Work, table: Table, before: Writes): Promise<boolean> {
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    await work.session.run('SELECT pg_stat_clear_snapshot()');
    const now = await work.session.row<Writes>(writesSql(work, table));
    if (await haveOthersWritten(work, table, before, now)) return true;
    if (waited >= LONGEST_LAG_MS) return false;
    await sleep(LOOK_EVERY_MS);
  }
}

/** The tool inserts and deletes nothing, and knows how many rows its passes updated. PostgreSQL forgets its counts when it crashes. */
async function haveOthersWritten(work: Work, { name }: Table, before: Writes, now: Writes): Promise<boolean> {
  const { owned } = await work.session.row<{ owned: number }>(
    `SELECT coalesce(sum(rows_owned), 0)::float8 AS owned FROM ${SCHEMA}.passes WHERE table_name = $1`,
    [name],
  );
  const updates = Number(now.updates) - Number(before.updates);
  return now.moves !== before.moves || updates > owned || updates < 0;
}

/** Does not depend on the order of rows. */
function checksumSql({ sql }: Table, columns: string[]): string {
  const row = `ROW(${columns.map((column) => `t.${ident(column)}`).join(', ')})::text`;
  return `SELECT count(*) AS row_count, coalesce(sum(hashtextextended(${row}, 0)::numeric), 0)::text AS checksum FROM ${sql} AS t`;
}

function writesSql({ catalogue }: Work, table: Table): string {
  const oids = [table, ...descendantsOf(catalogue, table)].map(({ oid }) => oid);
  return `SELECT coalesce(sum(n_tup_ins + n_tup_del), 0)::bigint AS moves, coalesce(sum(n_tup_upd), 0)::bigint AS updates
    FROM pg_stat_all_tables WHERE relid IN (${oids.join(', ')})`;
}
