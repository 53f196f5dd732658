import { SCHEMA } from '../database/sql.js';
import { RetrofitError } from '../retrofit-error.js';
import { count } from '../run/progress.js';
import type { Work } from '../run/work.js';
import type { UnownedRows } from './unowned-rows.js';

/** @throws RetrofitError where there are any: which, how many, why, and the ways out */
export function refuseUnowned({ plan }: Pick<Work, 'plan'>, tables: UnownedRows[]): void {
  if (tables.length === 0) return;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const receiver = plan.source.default?.id ?? '<id of an organization>';
  throw new RetrofitError(
    `${count(rows)} rows of ${tables.length === 1 ? 'a table' : `${tables.length} tables`} belong to nobody; they were recorded, and left as they are. Mend or delete them, or say in the plan for each table what becomes of them: 'unowned: leave' (nobody's) or 'unowned: { give: ${receiver} }'; then run the command again. All of them: SELECT * FROM ${SCHEMA}.quarantine`,
    tables.map(line),
  );
}

function line({ table, rows, reasons, examples }: UnownedRows): string {
  const why = Object.entries(reasons).map(([reason, number]) => `${count(number)} ${reason}`);
  return `${table}: ${count(rows)} rows (${why.join(', ')}), such as ${examples.join(' ')}`;
}
