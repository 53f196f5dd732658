import { ident, idents, literal, SCHEMA } from '../database/sql.js';
import type { SharedColumn, SharedTable } from './shared-table.js';
import { targetTable } from './structure.js';
import type { Target } from './structure.js';

/** The rows of one tenant's table, as they are in the shared table: a query with the shared columns, and what joins it needs. */
interface Translated {
  columns: { column: SharedColumn; sql: string }[];
  from: string;
}

/** Copies one table of one tenant. */
export function copySql(
  target: Target,
  tables: SharedTable[],
  table: SharedTable,
  schema: string,
  organization: string,
): string {
  const { columns, from } = translated(tables, table, schema);
  const names = idents([target.owner, ...columns.map(({ column }) => column.name)]);
  const values = [`${literal(organization)}::${target.ownerType}`, ...columns.map(({ sql }) => sql)];
  return `INSERT INTO ${targetTable(target, table.name)} (${names}) SELECT ${values.join(', ')} FROM ${from}`;
}

/** Two queries, before and after, of `rows`, `sums` (of every numeric column that is no key) and a `checksum` of all columns that are none. */
export function proofSql(
  target: Target,
  tables: SharedTable[],
  table: SharedTable,
  schema: string,
  organization: string,
) {
  const { columns, from } = translated(tables, table, schema);
  const keys = keyColumns(tables, table);
  const plain = columns.filter(({ column }) => !keys.includes(column.name));
  const after = plain.map(({ column }) => ({ column, sql: `t.${ident(column.name)}` }));
  const mine = `${targetTable(target, table.name)} AS t WHERE t.${ident(target.owner)} = ${literal(organization)}::${target.ownerType}`;
  return { before: summary(plain, from), after: summary(after, mine) };
}

function translated(tables: SharedTable[], table: SharedTable, schema: string): Translated {
  const joins: string[] = [];
  const columns = table.columns
    .filter(({ generated }) => generated === null)
    .map((column, index) => {
      const points = column.missingIn.includes(schema) ? null : pointsTo(tables, table, column.name);
      if (points === null) return { column, sql: valueSql(column, schema) };
      const alias = `k${index}`;
      joins.push(
        ` LEFT JOIN ${SCHEMA}.new_ids AS ${alias} ON ${alias}.schema_name = ${literal(schema)} AND ${alias}.table_name = ${literal(points)} AND ${alias}.old_id = t.${ident(column.name)}::text`,
      );
      return { column, sql: `coalesce(${alias}.new_id::${column.type}, t.${ident(column.name)}::${column.type})` };
    });
  return { columns, from: `${ident(schema)}.${ident(table.name)} AS t${joins.join('')}` };
}

function valueSql({ name, type, missingIn }: SharedColumn, schema: string): string {
  if (missingIn.includes(schema)) return `NULL::${type}`;
  // Enums of two schemas know each other only as text.
  const isOwnType = type.includes('.');
  return `t.${ident(name)}${isOwnType ? '::text' : ''}::${type}`;
}

/** The table whose ids stand in a column, if they may have become others. */
function pointsTo(tables: SharedTable[], table: SharedTable, column: string): string | null {
  if (isRenumbered(table) && table.key?.columns[0] === column) return table.name;
  const reference = table.references.find(({ columns }) => columns.includes(column));
  const parent = tables.find(({ name }) => name === reference?.table);
  const place = reference?.columns.indexOf(column) ?? -1;
  return parent && isRenumbered(parent) && reference?.referencedColumns[place] === parent.key?.columns[0]
    ? parent.name
    : null;
}

const isRenumbered = ({ key }: SharedTable): boolean => key !== null && key.kind !== 'scoped';

function keyColumns(tables: SharedTable[], table: SharedTable): string[] {
  return table.columns.filter(({ name }) => pointsTo(tables, table, name) !== null).map(({ name }) => name);
}

const NUMERIC = /^(smallint|integer|bigint|numeric|real|double precision)/;

function summary(columns: Translated['columns'], from: string): string {
  const numbers = columns.filter(({ column }) => NUMERIC.test(column.type));
  const sums = numbers.flatMap(({ column, sql }) => [literal(column.name), `coalesce(sum(${sql}::numeric), 0)::text`]);
  const row = columns.length > 0 ? `ROW(${columns.map(({ sql }) => sql).join(', ')})::text` : `''`;
  return `SELECT count(*)::float8 AS rows, json_build_object(${sums.join(', ')}) AS sums, coalesce(sum(hashtextextended(${row}, 0)::numeric), 0)::text AS checksum FROM ${from}`;
}
