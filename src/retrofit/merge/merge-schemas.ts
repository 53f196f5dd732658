import { claimDatabase } from '../database/only-copy.js';
import type { Session } from '../database/session.js';
import { DEFAULT_ORGANIZATION } from '../plan/plan-file.js';
import { RetrofitError } from '../retrofit-error.js';
import { readPlan } from '../run/open-work.js';
import { Progress } from '../run/progress.js';
import type { CommonOptions } from '../run/with-database.js';
import { copySql } from './copy.js';
import { merge } from './merge.js';
import { describeMerged } from './merge-report.js';
import { mergePlan } from './merge-plan.js';
import type { MergePlan, Wanted } from './merge-plan.js';
import { constraintSql, tableSql } from './structure.js';

export interface MergeOptions extends CommonOptions {
  schemas?: string;
  into: string;
  report?: boolean;
  dryRun?: boolean;
}

/** `retrofit merge-schemas`: one schema for each tenant becomes one set of tables with an organization column. */
export async function mergeSchemas(session: Session, options: MergeOptions): Promise<void> {
  const progress = new Progress(process.stdout);
  const plan = await mergePlan(session, options.into, await wantedBy(options));
  if (options.dryRun) return printSql(plan);
  plan.drift.differences.forEach((line) => progress.say(`differs  ${line}`));
  if (plan.drift.faults.length > 0)
    throw new RetrofitError('The schemas cannot be merged as they are:', plan.drift.faults);
  if (options.report) return progress.say(`${plan.schemas.length} schemas can be merged: ${plan.schemas.join(', ')}`);
  await claimDatabase(session);
  progress.say(describeMerged(await merge(session, plan, progress)));
}

/** What the options say, or a plan with `source: { schemas: … }`. */
async function wantedBy({ schemas, plan: file }: MergeOptions): Promise<Wanted> {
  const plan = file === undefined ? null : await readPlan(file);
  const pattern = schemas ?? plan?.source.schemas;
  if (pattern === undefined)
    throw new RetrofitError(
      "Say which schemas are the tenants': --schemas 'tenant_*', or a plan with source: { schemas: \"tenant_*\" }",
    );
  return { pattern, organization: plan?.organization ?? DEFAULT_ORGANIZATION };
}

function printSql({ target, tables, enums, schemas }: MergePlan): void {
  const copies = schemas.flatMap((schema) =>
    tables
      .filter((table) => table.columns.some(({ missingIn }) => !missingIn.includes(schema)))
      .map((table) => copySql(target, tables, table, schema, schema)),
  );
  const statements = [
    ...tableSql(target, tables, enums),
    ...copies,
    ...constraintSql(target, tables).map(({ sql }) => sql),
  ];
  process.stdout.write(`${statements.map((statement) => `${statement};`).join('\n\n')}\n`);
}
