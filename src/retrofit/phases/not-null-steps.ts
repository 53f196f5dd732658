import { ident, objectName } from '../database/sql.js';
import type { Derivation } from '../derivation/derivation.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import type { Step } from './phase.js';

/**
 * NOT NULL without a long lock: PostgreSQL skips its look at every row where a validated CHECK says the same (manual, ALTER
 * TABLE, “SET NOT NULL”). Partitions and heirs get it with the table.
 */
export function notNullSteps(work: Work, derivation: Derivation): Step[] {
  const { table, isNullable } = derivation;
  const { name } = ownerColumn(work);
  const isSet = table.columns.some((column) => column.name === name && !column.isNullable);
  return isNullable || isSet ? [] : stepsOf(derivation, name);
}

function stepsOf({ table }: Derivation, column: string): Step[] {
  // Not …_check, as PostgreSQL itself calls a CHECK of the column that was there before.
  const check = ident(objectName(table.localName, column, 'not_null', 'retrofit'));
  const drop = `ALTER TABLE ${table.sql} DROP CONSTRAINT IF EXISTS ${check}`;
  const about = { phase: 'constrain', table: table.name } as const;
  return [
    {
      ...about,
      name: `${table.name}: check that every row has an organization, for new rows`,
      lock: 'ACCESS EXCLUSIVE',
      does: [drop, `ALTER TABLE ${table.sql} ADD CONSTRAINT ${check} CHECK (${ident(column)} IS NOT NULL) NOT VALID`],
      undoes: [drop],
      how: 'transaction',
    },
    {
      ...about,
      name: `${table.name}: check it for all rows`,
      lock: 'SHARE UPDATE EXCLUSIVE',
      does: [`ALTER TABLE ${table.sql} VALIDATE CONSTRAINT ${check}`],
      undoes: [],
      how: 'online',
    },
    {
      ...about,
      name: `${table.name}: ${column} is NOT NULL`,
      lock: 'ACCESS EXCLUSIVE',
      does: [`ALTER TABLE ${table.sql} ALTER COLUMN ${ident(column)} SET NOT NULL`, drop],
      undoes: [`ALTER TABLE ${table.sql} ALTER COLUMN ${ident(column)} DROP NOT NULL`],
      how: 'transaction',
    },
  ];
}
