import { readFile } from 'node:fs/promises';
import { readCatalogue } from '../catalogue/read-catalogue.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { findTable, tableNamed } from '../catalogue/tables.js';
import { Journal } from '../database/journal.js';
import type { Session } from '../database/session.js';
import { deriveAll, joinOf } from '../derivation/derive-all.js';
import { checkCondition } from '../plan/draft-beginning.js';
import { checkPlan } from '../plan/plan-check.js';
import { parsePlan } from '../plan/plan-file.js';
import type { CopyPlan, JoinColumn, Plan, TablePlan } from '../plan/plan.js';
import { RetrofitError } from '../retrofit-error.js';
import type { Progress } from './progress.js';
import type { Work } from './work.js';

/** Where a plan is looked for when nobody says where. */
export const PLAN_FILE = 'retrofit.yaml';

/**
 * What a phase works with. Before the first one the plan comes from its file, and is checked; from then on the database keeps it.
 * @param file null where nobody named one
 */
export async function openWork(session: Session, file: string | null, progress: Progress): Promise<Work> {
  const journal = new Journal(session);
  const catalogue = await readCatalogue(session);
  const stored = (await journal.exists()) ? await journal.plan() : null;
  const plan = stored
    ? withoutGone(await asStored(stored, file), catalogue)
    : await fromFile(session, file ?? PLAN_FILE, catalogue);
  return { session, journal, progress, plan, catalogue, derivations: deriveAll(plan, catalogue) };
}

/** The plan of a file, checked against the database, with every join spelled out. */
async function fromFile(session: Session, file: string, catalogue: Catalogue): Promise<Plan> {
  const plan = await readPlan(file);
  const faults = checkPlan(plan, catalogue);
  if (faults.length > 0) throw new RetrofitError(`The plan ${file} does not fit the database:`, faults);
  await session.transaction(() => checkCondition(session, plan.source, catalogue), 'READ ONLY');
  return spelledOut(plan, catalogue);
}

/** @throws RetrofitError where it cannot be read, or is not a plan */
export async function readPlan(file: string): Promise<Plan> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new RetrofitError(
      `There is no plan ${file}. 'retrofit plan --out ${file}' drafts one; --plan names another file`,
    );
  });
  return parsePlan(text);
}

async function asStored(stored: Plan, file: string | null): Promise<Plan> {
  if (file === null) return stored;
  const given = spelledAs(stored, await readPlan(file));
  if (canonical(given) === canonical(stored)) return stored;
  throw new RetrofitError(
    `${file} is not the plan that 'expand' began with. Leave --plan out to go on with that one, or begin again: 'retrofit rollback', then 'retrofit expand --plan ${file}'`,
  );
}

/** Foreign keys come and go with the phases; what they join stays. */
function spelledOut(plan: Plan, catalogue: Catalogue): Plan {
  return withJoins(plan, (name, copy) => joinOf(tableNamed(catalogue, name), tableNamed(catalogue, copy.from), copy));
}

/** With the joins that another plan has for the same ways: by now the foreign keys that said them may be gone. */
function spelledAs(stored: Plan, plan: Plan): Plan {
  return withJoins(plan, (name, { from }, place) => {
    const way = stored.tables[name]?.copy[place];
    return way?.from === from ? (way.on ?? []) : [];
  });
}

/** Fills in each join that the plan leaves out. */
function withJoins(plan: Plan, joinFor: (table: string, copy: CopyPlan, place: number) => JoinColumn[]): Plan {
  const spell = (name: string, table: TablePlan): TablePlan => ({
    ...table,
    copy: table.copy.map((copy, place) => ({ ...copy, on: copy.on ?? joinFor(name, copy, place) })),
  });
  return {
    ...plan,
    tables: Object.fromEntries(Object.entries(plan.tables).map(([name, table]) => [name, spell(name, table)])),
  };
}

/** Tables may be dropped while the phases go on. Rows that copied from them keep what they have. */
export function withoutGone(plan: Plan, catalogue: Catalogue): Plan {
  const isThere = (name: string) => findTable(catalogue, name) !== undefined;
  const tables = Object.entries(plan.tables)
    .filter(([name]) => isThere(name))
    .map(([name, table]) => [name, { ...table, copy: table.copy.filter(({ from }) => isThere(from)) }] as const);
  return { ...plan, tables: Object.fromEntries(tables) };
}

/** The same for the same plan, in whatever order its keys are: PostgreSQL's jsonb keeps none. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}
