import type { Table } from '../catalogue/catalogue.js';
import { ident } from '../database/sql.js';
import type { Session } from '../database/session.js';
import type { OwnAnswer, OwnerRelation } from './owner-relation.js';
import { OwnerQuery } from './owner-query.js';

/** What several ways say of the rows of one table. */
export interface Comparison {
  rows: number;
  /** For each way the rows that it has an answer for. */
  answered: number[];
  /** For each way the rows that lead somewhere, answer or not. */
  found: number[];
  /** How many rows are answered by exactly these ways. */
  patterns: Pattern[];
  /** Each pair of ways with rows to which they give different answers. */
  differences: Difference[];
  /** Rows with at least two different answers. */
  conflicts: number;
}

export interface Pattern {
  /** For each way whether it answers. */
  answers: boolean[];
  rows: number;
}

export interface Difference {
  /** The numbers of the two ways. */
  ways: [number, number];
  rows: number;
  examples: Example[];
}

export interface Example {
  /** The row's primary key; where the table has none, where the row lies. */
  key: string;
  owners: [string, string];
}

const EXAMPLES = 3;

/** Asks each way for the organization of each row, in one query, and compares. Made to run in one snapshot with others. */
export async function compareAnswers(
  session: Session,
  relation: OwnerRelation,
  answers: OwnAnswer[],
): Promise<Comparison> {
  const { comparison } = await session.row<{ comparison: Comparison }>(comparisonSql(relation, answers));
  return comparison;
}

export function comparisonSql(relation: OwnerRelation, answers: OwnAnswer[]): string {
  const query = new OwnerQuery();
  const columns = answers.map((answer) => query.answer(relation, answer, 't'));
  const owners = columns.map(({ owner }, way) => `${owner} AS o${way}`);
  const found = columns.map(({ isFound }, way) => `${isFound} AS f${way}`);
  const key = keySql(relation.table);
  const selected = [...key.map((sql, place) => `${sql} AS k${place}`), ...owners, ...found].join(', ');
  const joins = columns.map(({ join }) => join).join('');
  const asked = `asked AS MATERIALIZED (SELECT ${selected} FROM ${relation.table.sql} AS t${joins})`;
  return query.with(asked, countsSql(answers.length)) + resultSql(answers.length, key.length);
}

function countsSql(ways: number): string {
  const numbers = range(ways);
  const all = numbers.map((way) => `o${way}`).join(', ');
  const counts = [
    `count(*) AS n`,
    ways === 0 ? '0 AS conflicts' : `count(*) FILTER (WHERE least(${all}) <> greatest(${all})) AS conflicts`,
    ...numbers.map((way) => `count(o${way}) AS a${way}`),
    ...numbers.map((way) => `count(*) FILTER (WHERE f${way}) AS f${way}`),
    ...pairs(ways).map(([one, other]) => `count(*) FILTER (WHERE o${one} <> o${other}) AS d${one}_${other}`),
  ];
  return `counts AS (SELECT ${counts.join(', ')} FROM asked)`;
}

function resultSql(ways: number, keys: number): string {
  const numbers = range(ways);
  const pattern = `jsonb_build_array(${numbers.map((way) => `o${way} IS NOT NULL`).join(', ')})`;
  const differences = pairs(ways).map(
    ([one, other]) => `CASE WHEN d${one}_${other} > 0 THEN jsonb_build_object(
      'ways', jsonb_build_array(${one}, ${other}), 'rows', d${one}_${other}, 'examples', ${examplesSql(one, other, keys)}) END`,
  );
  return `SELECT jsonb_build_object(
    'rows', n, 'conflicts', conflicts,
    'answered', jsonb_build_array(${numbers.map((way) => `a${way}`).join(', ')}),
    'found', jsonb_build_array(${numbers.map((way) => `f${way}`).join(', ')}),
    'patterns', coalesce((SELECT jsonb_agg(jsonb_build_object('answers', p.answers, 'rows', p.n) ORDER BY p.n DESC, p.answers)
      FROM (SELECT ${pattern} AS answers, count(*) AS n FROM asked GROUP BY 1) AS p), '[]'),
    'differences', (SELECT coalesce(jsonb_agg(d), '[]') FROM unnest(ARRAY[${differences.join(', ')}]::jsonb[]) AS d WHERE d IS NOT NULL)
  ) AS comparison FROM counts`;
}

function examplesSql(one: number, other: number, keys: number): string {
  const columns = range(keys).map((place) => `k${place}`);
  const example = `jsonb_build_object('key', concat_ws(', ', ${columns.join(', ')}), 'owners', jsonb_build_array(o${one}, o${other}))`;
  return `(SELECT jsonb_agg(${example} ORDER BY ${columns.join(', ')}) FROM
    (SELECT * FROM asked WHERE o${one} <> o${other} ORDER BY ${columns.join(', ')} LIMIT ${EXAMPLES}) AS e)`;
}

function keySql({ primaryKey, kind }: Table): string[] {
  if (primaryKey) return primaryKey.map((column) => `t.${ident(column)}`);
  return kind === 'partitioned' ? ['t.tableoid::regclass', 't.ctid'] : ['t.ctid'];
}

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);
const pairs = (ways: number): [number, number][] =>
  range(ways).flatMap((one) => range(one).map((other): [number, number] => [other, one]));
