import type { Work } from '../../src/retrofit/run/work.js';
import { readCatalogue } from '../../src/retrofit/catalogue/read-catalogue.js';
import { Journal } from '../../src/retrofit/database/journal.js';
import { Session } from '../../src/retrofit/database/session.js';
import { deriveAll } from '../../src/retrofit/derivation/derive-all.js';
import { expandSteps } from '../../src/retrofit/phases/expand.js';
import { makeOrganizations } from '../../src/retrofit/phases/organization-steps.js';
import { parsePlan } from '../../src/retrofit/plan/plan-file.js';
import { Progress } from '../../src/retrofit/run/progress.js';
import { StepRunner } from '../../src/retrofit/run/step-runner.js';

/** A phase's work, taken up without the command line: what it says can be read. */
export interface HeldWork extends Work {
  lines(): string[];
  /** As a new session would see the database now. */
  refreshed(): Promise<HeldWork>;
  close(): Promise<void>;
}

/** A database with the column and the triggers of a plan, as `expand` leaves it. */
export async function expanded(url: string, plan: string, out?: NodeJS.WritableStream): Promise<HeldWork> {
  const work = await workOn(url, plan, out);
  await work.journal.prepare(work.plan);
  await new StepRunner(work.session, work.progress).do('expand', expandSteps(work));
  for (const statement of makeOrganizations(work)) await work.session.run(statement);
  return work.refreshed();
}

/** A session with a plan. @param out where its lines go too */
export async function workOn(url: string, plan: string, out?: NodeJS.WritableStream): Promise<HeldWork> {
  const session = await Session.open(url);
  const progress = new HeardProgress(out);
  const take = async (): Promise<HeldWork> => {
    const catalogue = await readCatalogue(session);
    const parsed = parsePlan(plan);
    const derivations = deriveAll(parsed, catalogue);
    const journal = new Journal(session);
    const held = { lines: () => progress.lines, refreshed: take, close: () => session.close() };
    return { session, journal, progress, plan: parsed, catalogue, derivations, ...held };
  };
  return take();
}

class HeardProgress extends Progress {
  readonly lines: string[] = [];

  constructor(private readonly also: NodeJS.WritableStream | undefined) {
    super(process.stdout);
  }

  override say(line: string): void {
    this.lines.push(line);
    this.also?.write(`${line}\n`);
  }

  override tell(what: string, done: number, total: number): void {
    this.say(`${what} ${done}/${total}`);
  }
}
