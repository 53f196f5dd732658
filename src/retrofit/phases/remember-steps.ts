import type { Table } from '../catalogue/catalogue.js';
import { ident, literal, SCHEMA } from '../database/sql.js';
import type { Derivation } from '../derivation/derivation.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import type { Step } from './phase.js';

const UNOWNED = `${SCHEMA}.unowned_before`;

/**
 * A column that was there before is not dropped on rollback, and has what it had: the rows without an owner are noted before
 * anything fills it. Those whose key changes since keep what they were given.
 */
export function rememberSteps(work: Work): Step[] {
  const { name } = ownerColumn(work);
  return work.derivations
    .filter(({ table, hasColumn }) => hasColumn && !isFilled(table, name))
    .map((derivation) => rememberStep(work, derivation, name));
}

function isFilled({ columns }: Table, column: string): boolean {
  return columns.some(({ name, isNullable }) => name === column && !isNullable);
}

function rememberStep(work: Work, { table }: Derivation, column: string): Step {
  const key = keySql(table, column);
  const forget = `DELETE FROM ${UNOWNED} WHERE table_name = ${literal(table.name)}`;
  return {
    phase: 'expand',
    name: `${table.name}: note of the rows without ${column}`,
    table: table.name,
    lock: null,
    does: [
      `CREATE TABLE IF NOT EXISTS ${UNOWNED} (table_name text NOT NULL, row_key jsonb NOT NULL)`,
      forget,
      `INSERT INTO ${UNOWNED} SELECT ${literal(table.name)}, ${key} FROM ${table.sql} AS t WHERE t.${ident(column)} IS NULL`,
    ],
    undoes: [
      ...(work.catalogue.role.maySilenceTriggers ? ['SET LOCAL session_replication_role = replica'] : []),
      `UPDATE ${table.sql} AS t SET ${ident(column)} = NULL FROM ${UNOWNED} AS u
       WHERE u.table_name = ${literal(table.name)} AND u.row_key = ${key} AND t.${ident(column)} IS NOT NULL`,
      forget,
    ],
    how: 'transaction',
  };
}

/** A row without a primary key is known by all that stands in it. */
function keySql({ primaryKey }: Table, column: string): string {
  if (!primaryKey) return `to_jsonb(t) - ${literal(column)}`;
  return `jsonb_build_array(${primaryKey.map((each) => `t.${ident(each)}`).join(', ')})`;
}
