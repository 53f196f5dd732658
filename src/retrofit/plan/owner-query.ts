import { ident, literal } from '../database/sql.js';
import type { Derivation, JoinedColumn } from '../derivation/derivation.js';
import { answerSql, joinSql } from '../derivation/owner-sql.js';
import type { OwnAnswer, OwnerRelation, ViaAnswer } from './owner-relation.js';

/** What the owner is called in the queries; no column of the user's is. */
const OWNER = '"owner of the row"';

/** One answer to whose a row of the query's table is. */
export interface AnswerColumn {
  /** Joins that it needs, on the table's alias. */
  join: string;
  /** Text; null where there is none. */
  owner: string;
  /** Whether a row was found at all. */
  isFound: string;
}

/**
 * Puts together a query for the owners of rows as they would be: each {@link OwnerRelation} becomes a named part of it, so that
 * PostgreSQL goes through every table once, and joins them as it likes.
 */
export class OwnerQuery {
  private readonly parts: string[] = [];
  private readonly names = new Map<string, string>();
  private readonly numbers = new Map<OwnerRelation, number>();
  private joins = 0;

  /** `WITH RECURSIVE …`, the parts given last; what is selected comes behind. */
  with(...parts: string[]): string {
    return `WITH RECURSIVE ${[...this.parts, ...parts].join(',\n')}\n`;
  }

  /** @param row alias of the table that the answer is about */
  answer(relation: OwnerRelation, answer: OwnAnswer, row: string): AnswerColumn {
    const alone = (owner: string) => ({ join: '', owner: `(${owner}) COLLATE "C"`, isFound: 'true' });
    switch (answer.kind) {
      case 'via':
        return this.viaSql(answer, row);
      case 'held':
        return alone(`${row}.${ident(answer.column)}::text`);
      case 'given':
        return alone(`${literal(answer.id)}::text`);
      case 'itself':
        return alone(answerSql(bare(relation), answer, row, { name: '', type: 'text' }));
    }
  }

  /** Adds a part; its name. */
  add(sql: string, columns = ''): string {
    const name = this.nextName();
    this.parts.push(`${name}${columns} AS (${sql})`);
    return name;
  }

  private viaSql({ on, isUnique, to }: ViaAnswer, row: string): AnswerColumn {
    const keys = on.map(({ parent }) => parent);
    const part = this.part(to, keys, isUnique);
    const alias = `w${this.joins++}`;
    const join = ` LEFT JOIN ${part} AS ${alias} ON ${onSql(on, alias, row)}`;
    return { join, owner: `${alias}.${OWNER}`, isFound: `${alias}.is_found IS NOT NULL` };
  }

  /** The name of a part that has the owners of a relation's rows by their keys. */
  private part(relation: OwnerRelation, keys: string[], isUnique: boolean): string {
    const number = this.numbers.get(relation) ?? this.numbers.size;
    this.numbers.set(relation, number);
    const id = JSON.stringify([number, isUnique, keys]);
    const known = this.names.get(id);
    if (known !== undefined) return known;
    const columns = [
      ...new Set([...keys, ...relation.climbs.flatMap(({ on }) => on.flatMap(({ child, parent }) => [child, parent]))]),
    ];
    const rows = this.add(this.rowsSql(relation, columns));
    const climbed = relation.climbs.length === 0 ? rows : this.climbed(relation, rows, columns);
    const name = isUnique ? climbed : this.add(oneOfMany(climbed, keys));
    this.names.set(id, name);
    return name;
  }

  private rowsSql(relation: OwnerRelation, columns: string[]): string {
    const answers = relation.answers.map((answer) => this.answer(relation, answer, 't'));
    const owner = combined(
      answers.map((answer) => answer.owner),
      relation.picksNone,
    );
    const place = `t.tableoid AS "table of the row", t.ctid AS "place of the row"`;
    return `SELECT ${named(columns)}, ${place}, true AS is_found, ${owner} AS ${OWNER} FROM ${relation.table.sql} AS t${answers.map(({ join }) => join).join('')}`;
  }

  /** From the rows that have an owner down to those that have none, however deep. What goes round in a circle ends: owners are few. */
  private climbed({ climbs }: OwnerRelation, rows: string, columns: string[]): string {
    const steps = climbs.map(
      ({ on }) =>
        `SELECT ${placeOf('t')}, ${placeOf('above')} FROM ${rows} AS t JOIN ${rows} AS above ON ${onSql(on, 'above', 't')} WHERE t.${OWNER} IS NULL`,
    );
    const down = this.add(steps.join(' UNION ALL '), '(row_table, row_place, above_table, above_place)');
    const found = this.add(
      `SELECT ${placeOf('t')}, t.${OWNER} FROM ${rows} AS t WHERE t.${OWNER} IS NOT NULL UNION
       SELECT d.row_table, d.row_place, above.owner FROM ${this.nextName()} AS above
       JOIN ${down} AS d ON (d.above_table, d.above_place) = (above.row_table, above.row_place)`,
      '(row_table, row_place, owner)',
    );
    const one = `SELECT row_table, row_place, CASE WHEN min(owner) = max(owner) THEN min(owner) END AS owner FROM ${found} GROUP BY 1, 2`;
    return this.add(
      `SELECT ${named(columns)}, true AS is_found, o.owner AS ${OWNER} FROM ${rows} AS t
       LEFT JOIN (${one}) AS o ON (o.row_table, o.row_place) = (${placeOf('t')})`,
    );
  }

  private nextName(): string {
    return `p${this.parts.length}`;
  }
}

/** The first of several, or the only one. */
export function combined(owners: string[], picksNone: boolean): string {
  const [first] = owners;
  if (first === undefined) return 'NULL::text COLLATE "C"';
  if (owners.length === 1) return first;
  const all = owners.join(', ');
  return picksNone ? `CASE WHEN least(${all}) = greatest(${all}) THEN least(${all}) END` : `coalesce(${all})`;
}

function oneOfMany(part: string, keys: string[]): string {
  const one = `CASE WHEN min(t.${OWNER}) = max(t.${OWNER}) THEN min(t.${OWNER}) END`;
  return `SELECT ${named(keys)}, true AS is_found, ${one} AS ${OWNER} FROM ${part} AS t GROUP BY ${named(keys)}`;
}

function onSql(on: JoinedColumn[], parent: string, row: string): string {
  return on.map((column) => `${parent}${joinSql([column], row).slice('p'.length)}`).join(' AND ');
}

const named = (columns: string[]): string => columns.map((column) => `t.${ident(column)}`).join(', ');

/** Where a row lies: it has no better name, where it has no key. Nothing moves in a snapshot. */
const placeOf = (row: string): string => `${row}."table of the row", ${row}."place of the row"`;

/** `answerSql` asks a derivation for nothing but its table. */
function bare({ table }: OwnerRelation): Derivation {
  return {
    table,
    holders: [],
    answers: [],
    quarantinesConflicts: false,
    unowned: 'stop',
    isNullable: false,
    hasColumn: false,
  };
}
