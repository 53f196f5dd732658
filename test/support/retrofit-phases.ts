import { readCatalogue } from '../../src/retrofit/catalogue/read-catalogue.js';
import { Journal } from '../../src/retrofit/database/journal.js';
import { Session } from '../../src/retrofit/database/session.js';
import { deriveAll } from '../../src/retrofit/derivation/derive-all.js';
import type { Phase } from '../../src/retrofit/phases/phase.js';
import { rollback } from '../../src/retrofit/phases/rollback.js';
import { parsePlan } from '../../src/retrofit/plan/plan-file.js';
import { runThrough } from '../../src/retrofit/run/phase-runner.js';
import { Progress } from '../../src/retrofit/run/progress.js';
import type { Work } from '../../src/retrofit/run/work.js';
import type { RetrofitDatabase } from './retrofit.js';

/** Keeps what it is told. */
export class Told extends Progress {
  readonly lines: string[] = [];

  constructor() {
    super(process.stdout);
  }

  override say(line: string): void {
    this.lines.push(line);
  }

  override tell(): void {}
}

/** The phases of one database, without a process for each. */
export class Phases {
  readonly told = new Told();

  private constructor(
    readonly session: Session,
    private readonly plan: string,
  ) {}

  /** @param url of the role that the tool is connected as; by default the superuser's */
  static async open(database: RetrofitDatabase, plan: string, url = database.url): Promise<Phases> {
    const role = `\napplication: { role: ${database.applicationRole} }\n`;
    return new Phases(await Session.open(url), plan + role);
  }

  async work(): Promise<Work> {
    const { session, told: progress } = this;
    const plan = parsePlan(this.plan);
    const catalogue = await readCatalogue(session);
    return {
      session,
      journal: new Journal(session),
      progress,
      plan,
      catalogue,
      derivations: deriveAll(plan, catalogue),
    };
  }

  async through(phase: Phase): Promise<void> {
    await runThrough(phase, await this.work(), {});
  }

  async back(to: Phase | null = null): Promise<void> {
    await rollback(await this.work(), to);
  }

  close(): Promise<void> {
    return this.session.close();
  }
}
