import type { Catalogue, Table } from '../catalogue/catalogue.js';
import { hasColumn, isUniqueOn, tableOf } from '../catalogue/tables.js';
import type { Session } from '../database/session.js';
import { commonChecks } from './checks.js';
import { isPlain, leftOut } from './left-out.js';
import { sharedColumns, tableDrift } from './drift.js';
import type { Drift } from './drift.js';
import type { OwnEnum } from './own-types.js';
import type { SharedColumn, SharedKey, SharedReference, SharedTable } from './shared-table.js';
import { anyOf } from './tenants.js';
import type { TenantTable } from './tenants.js';

const NUMBERS = ['smallint', 'integer', 'bigint'];

/** What the shared tables must be to hold everybody's rows, and how the schemas differ. */
export async function designShared(
  session: Session,
  catalogue: Catalogue,
  { schemas, into, tables, enums }: { schemas: string[]; into: string; tables: TenantTable[]; enums: OwnEnum[] },
): Promise<{ shared: SharedTable[]; drift: Drift }> {
  const drift: Drift = { differences: [], faults: [] };
  const checks = await commonChecks(session, schemas, into, drift);
  const names = enums.map(({ name }) => name);
  const shared = tables.map((table) => {
    tableDrift(table, schemas, drift);
    const columns = sharedColumns(table, into, names, drift);
    return {
      ...designOne(catalogue, table, columns),
      uniques: commonUniques(table, drift),
      checks: checks.get(table.name) ?? [],
    };
  });
  drift.differences.push(...leftOut(catalogue, schemas, tables));
  return { shared, drift };
}

function designOne(
  catalogue: Catalogue,
  table: TenantTable,
  columns: SharedColumn[],
): Omit<SharedTable, 'checks' | 'uniques'> {
  const all = [...table.bySchema.values()];
  return {
    name: table.name,
    columns,
    key: keyOf(anyOf(table), columns),
    indexes: distinct(all.flatMap((each) => plainIndexes(each, false))),
    references: referencesOf(catalogue, all),
  };
}

function keyOf({ primaryKey }: Table, columns: SharedColumn[]): SharedKey | null {
  if (!primaryKey) return null;
  const type = columns.find(({ name }) => name === primaryKey[0])?.type ?? '';
  const isSingle = primaryKey.length === 1;
  if (isSingle && NUMBERS.includes(type)) return { columns: primaryKey, kind: 'numbered' };
  return { columns: primaryKey, kind: isSingle && type === 'uuid' ? 'uuid' : 'scoped' };
}

function plainIndexes({ indexes }: Table, isUnique: boolean): string[][] {
  return indexes
    .filter((index) => index.isUnique === isUnique && !index.isPrimary && isPlain(index))
    .map(({ columns }) => columns.filter((column) => column !== null));
}

/** A unique key that a schema with the columns lacks would refuse that schema's rows. */
function commonUniques({ name, bySchema }: TenantTable, drift: Drift): string[][] {
  const wanted = distinct([...bySchema.values()].flatMap((each) => plainIndexes(each, true)));
  return wanted.filter((columns) => {
    const without = [...bySchema].filter(
      ([, table]) => columns.every((each) => hasColumn(table, each)) && !isUniqueOn(table, columns),
    );
    if (without.length > 0)
      drift.differences.push(
        `${name}: ${columns.join(', ')} is not unique in ${without.map(([schema]) => schema).join(', ')}, and will not be in the shared table`,
      );
    return without.length === 0;
  });
}

function distinct(lists: string[][]): string[][] {
  return [...new Map(lists.map((list) => [list.join('\u0000'), list])).values()];
}

function referencesOf(catalogue: Catalogue, tables: Table[]): SharedReference[] {
  const references = tables.flatMap(({ schema, foreignKeys }) =>
    foreignKeys.flatMap((key) => {
      const parent = tableOf(catalogue, key.references);
      // What points out of the tenant's schema points to something that is shared already.
      if (parent?.schema !== schema) return [];
      const { name, columns, referencedColumns, onDelete, onUpdate } = key;
      return [{ name, columns, table: parent.localName, referencedColumns, onDelete, onUpdate }];
    }),
  );
  return [
    ...new Map(references.map((reference) => [`${reference.columns.join()} ${reference.table}`, reference])).values(),
  ];
}
