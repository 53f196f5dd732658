import { ident, literal } from '../database/sql.js';
import type { Answer, CopyAnswer, Derivation, ItselfAnswer, JoinedColumn } from './derivation.js';

/** What the organization column is called, and its type. */
export interface OwnerColumn {
  name: string;
  type: string;
}

/**
 * SQL for the organization of a row: an expression, null where it has none.
 * @param row the row's name in the query, quoted: a table's alias, or NEW
 */
export function ownerSql(derivation: Derivation, row: string, column: OwnerColumn): string {
  const ways = derivation.answers
    .filter(({ kind }) => kind !== 'default')
    .map((answer) => answerSql(derivation, answer, row, column));
  const fallback = derivation.answers
    .filter(({ kind }) => kind === 'default')
    .map((answer) => answerSql(derivation, answer, row, column));
  if (!derivation.quarantinesConflicts || ways.length < 2) return firstOf([...ways, ...fallback], column);
  return onlyOne(ways.map((way) => `SELECT ${way}`).join(' UNION ALL '), column, fallback.join() || 'NULL');
}

function firstOf(answers: string[], { type }: OwnerColumn): string {
  if (answers.length === 0) return `NULL::${type}`;
  return answers.length === 1 ? answers.join() : `COALESCE(${answers.join(', ')})`;
}

/** One answer alone. */
export function answerSql({ table }: Derivation, answer: Answer, row: string, column: OwnerColumn): string {
  switch (answer.kind) {
    case 'itself':
      return itselfSql(table.localName, answer, row, column.type);
    case 'copy':
      return copySql(answer, row, column);
    case 'default':
      return `${literal(answer.id)}::${column.type}`;
  }
}

/** Ids can be told from the row that they stand for, and are the same in every run. */
export function organizationIdSql(tableName: string, key: readonly string[], row: string, type: string): string {
  const parts = key.map((column) => `${row}.${ident(column)}::text`);
  // ('a-b', 'c') is another row than ('a', 'b-c').
  const apart = parts.map(
    (part) => `replace(replace(${part}, ${literal('\\')}, ${literal('\\\\')}), '-', ${literal('\\-')})`,
  );
  const text = `concat_ws('-', ${[literal(tableName), ...(parts.length > 1 ? apart : parts)].join(', ')})`;
  return type === 'uuid' ? `md5(${text})::uuid` : `${text}::${type}`;
}

/** A condition by which a row of the parent, called `p`, is that of a row of the child. */
export function joinSql(on: readonly JoinedColumn[], row: string): string {
  return on
    .map((column) => `p.${ident(column.parent)}${asSql(column)} ${column.equals} ${childSql(column, row)}`)
    .join(' AND ');
}

/** The same, from the parent's side: so that an index of the child is used, whatever the types. */
export function childJoinSql(on: readonly JoinedColumn[], parent: string, child: string): string {
  return on
    .map((column) => `${child}.${ident(column.child)}${asSql(column)} ${column.equals} ${parentSql(column, parent)}`)
    .join(' AND ');
}

function itselfSql(localName: string, { where, key }: ItselfAnswer, row: string, type: string): string {
  const id = organizationIdSql(localName, key, row, type);
  // In a query of its own, so that the condition's names can only mean columns of this row.
  return where === null ? id : `(SELECT ${id} FROM (SELECT ${row}.*) AS ${ident(localName)} WHERE (${where}))`;
}

function copySql({ parent, on, owner: from, isUnique }: CopyAnswer, row: string, column: OwnerColumn): string {
  const owner = `SELECT p.${ident(from)} FROM ${parent.sql} AS p WHERE ${joinSql(on, row)}`;
  return isUnique ? `(${owner})` : onlyOne(owner, column);
}

/** Null where there are several, of which nobody can say which. @param fallback where there is none */
function onlyOne(answers: string, { type }: OwnerColumn, fallback = 'NULL'): string {
  const agreed = `WHEN min(a.owner::text) = max(a.owner::text) THEN min(a.owner::text)::${type}`;
  return `(SELECT CASE WHEN count(a.owner) = 0 THEN ${fallback}::${type} ${agreed} END FROM (${answers}) AS a(owner))`;
}

const INTEGERS = ['smallint', 'integer', 'bigint', 'numeric'];
const TEXTS = ['text', 'character varying', 'bpchar', 'name'];

const asSql = ({ as }: JoinedColumn): string => (as === null ? '' : `::${as}`);

/** As the parent's type, so that its index is used. */
function childSql({ child, childType, parentType, as }: JoinedColumn, row: string): string {
  if (as !== null) return `${row}.${ident(child)}::${as}`;
  return convert(`${row}.${ident(child)}`, childType, parentType);
}

function parentSql({ parent, childType, parentType, as }: JoinedColumn, row: string): string {
  if (as !== null) return `${row}.${ident(parent)}::${as}`;
  return convert(`${row}.${ident(parent)}`, parentType, childType);
}

/** What cannot be a value of the other type is null, and raises nothing. */
function convert(value: string, from: string, to: string): string {
  const areAlike = [INTEGERS, TEXTS].some((family) => family.includes(from) && family.includes(to));
  if (from === to || areAlike) return value;
  if (TEXTS.includes(to)) return `${value}::text`;
  if (INTEGERS.includes(to)) return guarded(value, '^-?[0-9]{1,18}$', 'bigint');
  return to === 'uuid' ? guarded(value, UUID, to) : `${value}::text::${to}`;
}

function guarded(value: string, form: string, type: string): string {
  return `CASE WHEN ${value}::text ~ ${literal(form)} THEN ${value}::text::${type} END`;
}

const UUID = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';
