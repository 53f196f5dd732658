import type { Catalogue } from '../catalogue/catalogue.js';
import { Journal } from '../database/journal.js';
import type { Session } from '../database/session.js';
import { deriveAll } from '../derivation/derive-all.js';
import type { Derivation } from '../derivation/derivation.js';
import { uniqueKeys } from '../phases/unique-keys.js';
import type { Step } from '../phases/phase.js';
import { Progress } from '../run/progress.js';
import type { Work } from '../run/work.js';
import { growthOf, rateOf, secondsOf } from './estimates.js';
import type { Growth, Rate } from './estimates.js';
import { DerivedRelations } from './owner-relation.js';
import { checkPlan } from './plan-check.js';
import type { Plan } from './plan.js';
import { plannedOwners } from './planned-owners.js';
import type { PlannedOwners } from './planned-owners.js';
import { inSnapshot } from './snapshot.js';
import { sourceSchema } from './source-schema.js';
import { allSteps, locksOf } from './step-locks.js';
import type { StepLocks } from './step-locks.js';
import { writeJoin } from './join-text.js';

/** What a plan would do to a database, and what it would take. */
export interface Report {
  database: string;
  tables: TableReport[];
  /** Tables that get no column. */
  shared: string[];
  rate: Rate;
  /** What in the plan must be mended or decided first. Empty where it can begin. */
  faults: string[];
}

export interface TableReport extends PlannedOwners {
  table: string;
  /** Of its heap; with indexes and TOAST in `totalBytes`. */
  bytes: number;
  totalBytes: number;
  /** Where its rows have their organization from, in the order of precedence. */
  derivation: string[];
  /** Unique keys that will be unique for each organization. */
  uniqueKeys: string[];
  locks: StepLocks[];
  growth: Growth;
  /** Of the backfill, in seconds, at best and at worst. */
  seconds: [number, number];
}

/** Reads every table that gets an organization once or more, in one snapshot, and changes nothing. */
export async function reportOn(session: Session, catalogue: Catalogue, plan: Plan): Promise<Report> {
  const derivations = deriveAll(plan, catalogue);
  const work: Work = {
    session,
    journal: new Journal(session),
    progress: new Progress(process.stderr),
    plan,
    catalogue,
    derivations,
  };
  const steps = await allSteps(work);
  const rate = await rateOf(session);
  const relations = new DerivedRelations(derivations, plan.organization.column);
  const tables = await inSnapshot(session, () =>
    session.namingAsIn(sourceSchema(plan.source, catalogue), async () => {
      const reports: TableReport[] = [];
      for (const derivation of derivations) {
        const owners = await plannedOwners(session, relations, derivation, plan.organization.column);
        reports.push(tableReport(work, derivation, owners, steps, rate));
      }
      return reports;
    }),
  );
  const shared = Object.entries(plan.tables).flatMap(([name, table]) => (table.shared ? [name] : []));
  // A plan that was begun was checked then; by now its own columns would speak against it.
  const faults = (await work.journal.exists()) ? [] : checkPlan(plan, catalogue);
  return { database: catalogue.database, tables, shared, rate, faults };
}

function tableReport(work: Work, derivation: Derivation, owners: PlannedOwners, all: Step[], rate: Rate): TableReport {
  const { table, holders } = derivation;
  const sizes = sizesOf(derivation);
  const steps = all.filter((step) => [table, ...holders].some(({ name }) => name === step.table));
  const rows = owners.rows - owners.owned;
  return {
    table: table.name,
    ...owners,
    ...sizes,
    derivation: derivationText(derivation),
    uniqueKeys: uniqueKeys({ ...work, derivations: [derivation] }).map(({ index }) => index.name),
    locks: locksOf(
      steps.map((step) => ({ ...step, table: table.name })),
      table.name,
    ),
    growth: growthOf(sizes, owners.rows, rows, steps, holders.length),
    seconds: secondsOf(sizes, owners.rows, rows, rate),
  };
}

/** A partitioned table's sizes are those of its partitions already; one that others inherit from has only its own. */
function sizesOf({ table, holders }: Derivation): { bytes: number; totalBytes: number } {
  const places = table.kind === 'partitioned' ? [table] : holders;
  return {
    bytes: places.reduce((sum, { bytes }) => sum + bytes, 0),
    totalBytes: places.reduce((sum, { totalBytes }) => sum + totalBytes, 0),
  };
}

function derivationText({ hasColumn, answers, unowned }: Derivation): string[] {
  const texts = answers.map((answer) => {
    if (answer.kind === 'itself') return answer.where === null ? 'itself' : `itself where ${answer.where}`;
    return answer.kind === 'default' ? `always ${answer.id}` : `${answer.parent.name} on ${writeJoin(answer.on)}`;
  });
  return [
    ...(hasColumn ? ['its column'] : []),
    ...texts,
    ...(typeof unowned === 'object' ? [`otherwise ${unowned.give}`] : []),
  ];
}
