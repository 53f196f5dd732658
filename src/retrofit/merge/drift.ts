import type { Column, Table } from '../catalogue/catalogue.js';
import { ident } from '../database/sql.js';
import { anyOf } from './tenants.js';
import type { TenantTable } from './tenants.js';
import type { SharedColumn } from './shared-table.js';
import { inShared, ownTypeName } from './own-types.js';
import { commonType } from './types.js';

/** How the schemas of the tenants differ. */
export interface Drift {
  /** What the merge does about it, one sentence each. */
  differences: string[];
  /** What it cannot do anything about: nothing is merged before it is mended. */
  faults: string[];
}

/** The columns that hold the values of all tenants, in the order of the first that has them. */
export function sharedColumns(table: TenantTable, into: string, enums: string[], drift: Drift): SharedColumn[] {
  const names = [...new Set([...table.bySchema.values()].flatMap(({ columns }) => columns.map(({ name }) => name)))];
  return names.map((name) => sharedColumn(table, name, into, enums, drift));
}

function sharedColumn(table: TenantTable, name: string, into: string, enums: string[], drift: Drift): SharedColumn {
  const found = [...table.bySchema].flatMap(([schema, { columns }]) => {
    const column = columns.find((each) => each.name === name);
    return column ? [{ schema, column }] : [];
  });
  const missingIn = [...table.bySchema.keys()].filter((schema) => !found.some((each) => each.schema === schema));
  const where = `${table.name}.${name}`;
  if (missingIn.length > 0)
    drift.differences.push(
      `${where}: ${missingIn.join(', ')} ${missingIn.length > 1 ? 'have' : 'has'} no such column; it stays null there`,
    );
  const [first] = found;
  if (!first) throw new Error(`No schema has ${where}`);
  return {
    name,
    type: sharedType(where, found, into, enums, drift),
    isNullable: missingIn.length > 0 || found.some(({ column }) => column.isNullable),
    missingIn,
    ...filledBy(
      where,
      found.map(({ schema, column }) => ({
        ...column,
        default: inShared(column.default, schema, into, enums),
        generation: inShared(column.generation, schema, into, enums),
      })),
      drift,
    ),
  };
}

function sharedType(
  where: string,
  found: { schema: string; column: Column }[],
  into: string,
  enums: string[],
  drift: Drift,
): string {
  const differs = new Set<string>();
  const types = found.map(({ schema, column }) => {
    const own = ownTypeName(column.type, schema);
    if (own === null) return column.type;
    if (enums.includes(own)) return `${ident(into)}.${ident(own)}`;
    differs.add(`${where}: the domain ${own} becomes ${column.baseType}; what it checks is not taken over`);
    return column.baseType;
  });
  drift.differences.push(...differs);
  const common = commonType(types);
  const listed = found.map(({ schema }, index) => `${types[index]} in ${schema}`).join(', ');
  if (common === null)
    drift.faults.push(
      `${where}: no type holds all of ${listed}. Alter it in one of the schemas, and run the command again`,
    );
  else if (new Set(types).size > 1) drift.differences.push(`${where}: ${listed}; becomes ${common}`);
  return common ?? 'text';
}

function filledBy(
  where: string,
  columns: Column[],
  drift: Drift,
): Pick<SharedColumn, 'default' | 'isNumbered' | 'generated'> {
  const isNumbered = columns.some((column) => column.isIdentity || column.default?.startsWith('nextval(') === true);
  const isGenerated = columns.some((column) => column.isGenerated);
  const [expression, ...others] = [...new Set(columns.map((column) => column.generation ?? column.default))];
  const isTheSame = others.length === 0;
  if (!isTheSame && !isNumbered)
    drift.differences.push(`${where}: filled in other ways in other schemas; none is taken over`);
  return {
    isNumbered,
    default: isNumbered || isGenerated || !isTheSame ? null : (expression ?? null),
    generated: isGenerated && isTheSame ? (expression ?? null) : null,
  };
}

/** Tables that not every schema has, and keys that are not the same in all. */
export function tableDrift(table: TenantTable, schemas: string[], drift: Drift): void {
  const missing = schemas.filter((schema) => !table.bySchema.has(schema));
  if (missing.length > 0)
    drift.differences.push(`${table.name}: ${missing.join(', ')} ${missing.length > 1 ? 'have' : 'has'} no such table`);
  const keys = new Set([...table.bySchema.values()].map(keyOf));
  if (keys.size > 1)
    drift.faults.push(
      `${table.name}: other primary keys in other schemas (${[...keys].join('; ')}). Make them the same, and run the command again`,
    );
  if (!anyOf(table).primaryKey)
    drift.differences.push(`${table.name}: has no primary key; its rows are copied as they are`);
}

function keyOf({ primaryKey }: Table): string {
  return primaryKey?.join(', ') ?? 'none';
}
