import { Journal } from '../database/journal.js';
import { sqlStateOf } from '../database/session.js';
import type { Session } from '../database/session.js';
import type { Phase, Step } from '../phases/phase.js';
import { climb } from './lock-ladder.js';
import { runAlone, runOnline, runsAlone } from './online.js';
import type { Progress } from './progress.js';

/** PostgreSQL manual, appendix A. */
const UNDEFINED_TABLE = '42P01';

/** Does the steps of a phase that were not done yet, and takes them back. */
export class StepRunner {
  private readonly journal: Journal;

  constructor(
    private readonly session: Session,
    private readonly progress: Progress,
  ) {
    this.journal = new Journal(session);
  }

  async do(phase: Phase, steps: Step[]): Promise<void> {
    const done = await this.journal.doneIn(phase);
    for (const step of steps.filter(({ name }) => !done.has(name))) await this.doOne(step);
  }

  /** Takes back what was done or begun, the last first. */
  async undo(phase: Phase): Promise<void> {
    for (const { name, undoes } of (await this.journal.entries(phase)).toReversed()) {
      const rest = undoes.some(runsAlone) ? await this.undoOnline(name, undoes) : undoes;
      await this.undoTogether(name, rest, () => this.journal.forget(phase, name));
      this.progress.say(`  undone  ${name}`);
    }
  }

  /** One after the other: indexes and constraints that were taken away are made again beside live traffic. */
  private async undoOnline(name: string, undoes: string[]): Promise<[]> {
    const say = (line: string) => this.progress.say(line);
    try {
      for (const statement of undoes)
        if (runsAlone(statement)) await this.unlessGone(name, () => runAlone(this.session, name, statement, say));
        else await this.undoTogether(name, [statement], () => Promise.resolve());
    } catch (error) {
      // An index that could not be built (by now two rows have the same key) is not left half there.
      for (const drop of undoes.filter((statement) => statement.startsWith('DROP INDEX CONCURRENTLY ')))
        await runAlone(this.session, name, drop, say).catch(() => undefined);
      throw error;
    }
    return [];
  }

  private undoTogether(name: string, statements: string[], record: () => Promise<void>): Promise<void> {
    const work = async () => {
      for (const statement of statements) await this.unlessGone(name, () => this.safely(statement));
      await record();
    };
    return climb(this.session, `undo ${name}`, work, (line) => this.progress.say(`  ${line}`));
  }

  /** So that the transaction can go on where it fails. */
  private async safely(statement: string): Promise<void> {
    await this.session.run('SAVEPOINT undoing');
    try {
      await this.session.run(statement);
    } catch (error) {
      await this.session.run('ROLLBACK TO SAVEPOINT undoing').catch(() => undefined);
      throw error;
    }
    await this.session.run('RELEASE SAVEPOINT undoing');
  }

  /** A table may have been dropped since, such as a partition of last year: what was done to it went with it. */
  private async unlessGone(name: string, undo: () => Promise<void>): Promise<void> {
    try {
      await undo();
    } catch (error) {
      if (!(error instanceof Error) || sqlStateOf(error) !== UNDEFINED_TABLE) throw error;
      this.progress.say(`  gone    ${name}: ${error.message}`);
    }
  }

  private async doOne(step: Step): Promise<void> {
    if (step.how === 'online') await this.doOnline(step);
    else await this.inTransaction(step.name, step.does, () => this.journal.end(step));
    this.progress.say(`  done    ${step.name}`);
  }

  private async doOnline(step: Step): Promise<void> {
    await this.journal.begin(step);
    await runOnline(this.session, step, (line) => this.progress.say(line));
    await this.journal.end(step);
  }

  private inTransaction(what: string, statements: string[], record: () => Promise<void>): Promise<void> {
    const work = async () => {
      for (const statement of statements) await this.session.run(statement);
      await record();
    };
    return climb(this.session, what, work, (line) => this.progress.say(`  ${line}`));
  }
}
