import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { readCatalogue } from '../catalogue/read-catalogue.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { Journal } from '../database/journal.js';
import type { Session } from '../database/session.js';
import { PHASES } from '../phases/phase.js';
import { dryRun } from '../run/dry-run.js';
import { RetrofitError } from '../retrofit-error.js';
import { openWork, PLAN_FILE, readPlan, withoutGone } from '../run/open-work.js';
import { Progress } from '../run/progress.js';
import type { CommonOptions } from '../run/with-database.js';
import { draftPlan } from './draft.js';
import type { Draft } from './draft.js';
import { findingsOf } from './findings.js';
import { planYaml } from './plan-yaml.js';
import type { Source } from './plan.js';
import { describeReport } from './report-text.js';
import { reportOn } from './report.js';

export interface DraftOptions extends CommonOptions {
  each?: string;
  where?: string;
  name?: string;
  default?: string;
  existing?: boolean;
  out?: string;
  report?: boolean;
  json?: boolean;
  sql?: boolean;
}

/** `retrofit plan`: drafts one, or says what a plan would do. Once `expand` has begun with a plan, it speaks of that one. */
export async function draftCommand(session: Session, options: DraftOptions): Promise<void> {
  if (options.sql) return dryRun(PHASES, await openWork(session, options.plan ?? null, new Progress(process.stderr)));
  const catalogue = await readCatalogue(session);
  const draft = await draftOf(session, catalogue, options);
  if (options.report || options.json) return printReport(session, catalogue, draft, options);
  await printDraft(draft, options);
}

async function draftOf(session: Session, catalogue: Catalogue, options: DraftOptions): Promise<Draft> {
  const journal = new Journal(session);
  const begun = (await journal.exists()) ? await journal.plan() : null;
  if (begun)
    return { plan: withoutGone(begun, catalogue), comments: new Map(), undecided: [], reached: [], unreached: [] };
  const source = sourceOf(options);
  const file = options.plan ?? (source === null && existsSync(PLAN_FILE) ? PLAN_FILE : undefined);
  return draftPlan(session, catalogue, {
    ...(source && { source }),
    ...(file !== undefined && { partial: await readPlan(file) }),
  });
}

/** @throws RetrofitError where the options contradict each other, as a plan's source must not either */
function sourceOf({ each, where, name, default: id, existing }: DraftOptions): Source | null {
  if (each === undefined && (where ?? name) !== undefined)
    throw new RetrofitError('--where and --name say more about --each TABLE, which is missing');
  if (each !== undefined && existing)
    throw new RetrofitError('Organizations come from the rows of a table (--each), or exist (--existing): not both');
  if (each === undefined && id === undefined && !existing) return null;
  return {
    ...(each !== undefined && { each }),
    ...(where !== undefined && { where }),
    ...(name !== undefined && { name }),
    ...(id !== undefined && { default: { id, name: id } }),
    ...(existing && { existing: true as const }),
  };
}

async function printReport(
  session: Session,
  catalogue: Catalogue,
  draft: Draft,
  { report: isWanted, json }: DraftOptions,
): Promise<void> {
  const { plan, undecided } = draft;
  const report = isWanted ? await reportOn(session, catalogue, plan) : undefined;
  const found = { plan, undecided, findings: findingsOf(draft), report };
  process.stdout.write(`${json || !report ? JSON.stringify(found, null, 2) : describeReport(report)}\n`);
}

async function printDraft({ plan, comments, undecided }: Draft, { out }: DraftOptions): Promise<void> {
  const yaml = planYaml(plan, comments);
  if (out === undefined) process.stdout.write(yaml);
  else await write(out, yaml);
  const next = undecided.length === 0 ? 'Nothing is left to decide.' : `To decide before 'retrofit expand':`;
  const lines = [
    ...(out === undefined ? [] : [`The plan is in ${out}.`]),
    next,
    ...undecided.map(({ table, why }) => `  ${table}: ${why}`),
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}

/** @throws RetrofitError where it cannot be written */
async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: Error) => {
    throw new RetrofitError(`The plan cannot be written: ${error.message}`);
  });
}
