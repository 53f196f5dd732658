import type { Catalogue } from '../catalogue/catalogue.js';
import { findTable, hasColumn, tableNamed } from '../catalogue/tables.js';
import { sqlStateOf } from '../database/session.js';
import type { Session } from '../database/session.js';
import { ident } from '../database/sql.js';
import { RetrofitError } from '../retrofit-error.js';
import { NOTHING_DECIDED } from './draft-ways.js';
import type { DraftOptions } from './draft.js';
import { DEFAULT_ORGANIZATION, DEFAULT_ROLE } from './plan-file.js';
import type { Plan, Source } from './plan.js';
import { sourceSchema } from './source-schema.js';
import { suggestion } from './nearest.js';
import { tableFound } from './table-found.js';

/** What is decided before the drafting. A table that a plan names without a word is not decided. */
export function beginning({ source, partial }: DraftOptions): Plan {
  const given: Plan = partial ?? {
    version: 1,
    organization: DEFAULT_ORGANIZATION,
    source: {},
    tables: {},
    application: { role: DEFAULT_ROLE },
  };
  const tables = Object.entries(given.tables).filter(
    ([, table]) => JSON.stringify(table) !== JSON.stringify(NOTHING_DECIDED),
  );
  return { ...given, source: source ?? given.source, tables: Object.fromEntries(tables) };
}

/** @throws RetrofitError where the database lacks what is named */
export function checkNames({ source, tables }: Plan, catalogue: Catalogue): void {
  const named = [
    ...(source.each === undefined ? [] : [source.each]),
    ...Object.entries(tables).flatMap(([name, { copy }]) => [name, ...copy.map(({ from }) => from)]),
  ];
  const wrong = [...new Set(named)].flatMap((name) => {
    const found = tableFound(catalogue, name);
    return typeof found === 'string' ? [`${name}: ${found}`] : [];
  });
  if (wrong.length > 0) throw new RetrofitError('What is named does not fit the database:', wrong);
  const each = source.each === undefined ? undefined : findTable(catalogue, source.each);
  if (each && source.name !== undefined && !hasColumn(each, source.name))
    throw new RetrofitError(
      `${each.name} has no column ${source.name}${suggestion(
        source.name,
        each.columns.map(({ name }) => name),
      )}`,
    );
  if (each && !each.primaryKey)
    throw new RetrofitError(
      `${each.name} has no primary key, so its rows cannot stand for organizations: nothing says which is which`,
    );
}

/** Asked once by itself, where its faults can be told from ours. */
export async function checkCondition(session: Session, source: Source, catalogue: Catalogue): Promise<void> {
  const { each, where } = source;
  if (each === undefined || where === undefined) return;
  const { sql, localName } = tableNamed(catalogue, each);
  const asked = `SELECT FROM ${sql} AS ${ident(localName)} WHERE (${where}) LIMIT 1`;
  try {
    await session.namingAsIn(sourceSchema(source, catalogue), () => session.run(asked));
  } catch (error) {
    if (sqlStateOf(error) === null || !(error instanceof Error)) throw error;
    throw new RetrofitError(`source.where: ${error.message}`);
  }
}
