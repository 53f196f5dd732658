import type { Table } from '../catalogue/catalogue.js';
import { literal } from '../database/sql.js';
import type { Derivation } from '../derivation/derivation.js';
import { inOrder } from '../derivation/order.js';
import { count } from '../run/progress.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import type { BackfillOptions } from './options.js';
import { giveSql } from './owner-statement.js';
import { REASONS } from './reasons.js';
import { checkReceivers } from './receivers.js';
import { silently } from './silence.js';
import { refuseUnowned } from './stop.js';
import { sweep } from './sweep.js';
import { forgetUnowned, recordSql, unownedRows } from './unowned-rows.js';
import type { UnownedRows } from './unowned-rows.js';
import { Walker } from './walk.js';
import type { Walk } from './walk.js';
import { placeOf, uncheckedConstraints, UNWRITABLE } from './writable.js';

/** A table's rows that belonged to nobody, and what became of them. */
export interface QuarantinedTable extends UnownedRows {
  /** How many of them were given to the organization that the plan names for it. */
  given: number;
}

/**
 * Records the rows that have no owner, each with its reason, in place of what an earlier run recorded, and then does with them
 * as the plan says: stops, leaves them, or gives them to an organization. All owned tables, in the order of the plan.
 * @throws RetrofitError where the plan says to stop
 */
export async function quarantine(work: Work, options: BackfillOptions = {}): Promise<QuarantinedTable[]> {
  await sweep(work, options);
  await checkReceivers(work);
  return new Quarantine(work, options).go();
}

class Quarantine {
  private readonly found = new Map<Derivation, QuarantinedTable>();
  private readonly walker: Walker;

  constructor(
    private readonly work: Work,
    private readonly options: BackfillOptions,
  ) {
    this.walker = new Walker(work, options);
  }

  async go(): Promise<QuarantinedTable[]> {
    const { derivations } = this.work;
    await this.recordAll(derivations);
    // Rows whose parent may yet be given to somebody are not judged before that.
    refuseUnowned(this.work, this.stopping(derivations, [REASONS.parentUnowned]));
    const given = await this.giveAll();
    if (given > 0) {
      await sweep(this.work, this.options);
      await this.recordAll(derivations.filter(({ unowned }) => typeof unowned !== 'object'));
    }
    refuseUnowned(this.work, this.stopping(derivations, []));
    this.report();
    return derivations.flatMap((derivation) => this.found.get(derivation) ?? []);
  }

  private async recordAll(derivations: Derivation[]): Promise<void> {
    for (const derivation of derivations) {
      await forgetUnowned(this.work.session, derivation);
      for (const holder of derivation.holders) await this.record(derivation, holder);
      this.found.set(derivation, { ...(await unownedRows(this.work.session, derivation)), given: 0 });
    }
  }

  private async record(derivation: Derivation, holder: Table): Promise<void> {
    const { session } = this.work;
    const column = ownerColumn(this.work);
    const constraints = await uncheckedConstraints(session, holder, column);
    await this.walk(`quarantine of ${holder.name}`, holder, (range) =>
      session.run(recordSql(derivation, holder, column, constraints, range)),
    );
  }

  private async walk(what: string, holder: Table, batch: Walk['batch']): Promise<number> {
    const blocks = { from: 0, to: await this.walker.blocksOf(holder) };
    return silently(this.work, this.options, () => this.walker.go({ what, holder, blocks, batch }));
  }

  /** Parents first: what copies from them then has an owner, and need not be given to anybody. */
  private async giveAll(): Promise<number> {
    let given = 0;
    for (const derivation of inOrder(this.work.derivations).flat()) {
      const found = this.found.get(derivation);
      if (!found || found.rows === 0 || typeof derivation.unowned !== 'object') continue;
      if (given > 0) await sweep(this.work, this.options);
      for (const holder of derivation.holders)
        found.given += await this.give(derivation, holder, derivation.unowned.give);
      given += found.given;
    }
    return given;
  }

  private async give(derivation: Derivation, holder: Table, receiver: string): Promise<number> {
    const { session } = this.work;
    const column = ownerColumn(this.work);
    const place = await placeOf(session, derivation, holder, column);
    const owner = `${literal(receiver)}::${column.type}`;
    return this.walk(`giving ${holder.name} to ${receiver}`, holder, (range) =>
      session.run(giveSql(place, range, owner)),
    );
  }

  /** What stops everything, the reasons left out that are not to be judged yet. */
  private stopping(derivations: Derivation[], leaveOut: string[]): UnownedRows[] {
    const givesAny = derivations.some(({ unowned }) => typeof unowned === 'object');
    return derivations
      .filter(({ unowned, isNullable }) => unowned !== 'leave' && !isNullable)
      .flatMap((derivation): UnownedRows[] => {
        const found = this.found.get(derivation);
        if (!found) return [];
        // Whatever else is the matter with a row, it can be given away.
        if (typeof derivation.unowned === 'object') return [only(found, (reason) => reason.startsWith(UNWRITABLE))];
        return [only(found, (reason) => !givesAny || !leaveOut.includes(reason))];
      })
      .filter(({ rows }) => rows > 0);
  }

  private report(): void {
    for (const { table, rows, given, reasons } of this.found.values()) {
      const why = Object.entries(reasons).map(([reason, number]) => `${count(number)} ${reason}`);
      if (rows > 0)
        this.work.progress.say(
          `  unowned  ${table}: ${count(rows)} rows (${why.join(', ')})${given > 0 ? `; ${count(given)} given to the organization of the plan` : ''}`,
        );
    }
  }
}

function only(found: UnownedRows, judges: (reason: string) => boolean): UnownedRows {
  const reasons = Object.fromEntries(Object.entries(found.reasons).filter(([reason]) => judges(reason)));
  return { ...found, reasons, rows: Object.values(reasons).reduce((sum, rows) => sum + rows, 0) };
}
