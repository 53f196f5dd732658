import type { Table } from '../catalogue/catalogue.js';
import type { Derivation } from '../derivation/derivation.js';
import { inOrder, isCircular } from '../derivation/order.js';
import { count, duration } from '../run/progress.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import { makeMissingOrganizations } from './make-organizations.js';
import type { BackfillOptions } from './options.js';
import { ownFreeRowsSql, ownSql } from './owner-statement.js';
import type { BlockRange } from './owner-statement.js';
import { Passes } from './passes.js';
import { checkTriggers, silently } from './silence.js';
import { sweep } from './sweep.js';
import { Walker } from './walk.js';
import { placeOf } from './writable.js';

/**
 * Gives every row that was there before the triggers its organization, beside whoever reads and writes. Killed at any moment it
 * goes on where it was.
 * @throws RetrofitError before it begins where it would have to fire the application's triggers
 */
export async function backfill(work: Work, options: BackfillOptions = {}): Promise<void> {
  const fire = checkTriggers(work, options);
  if (fire.length > 0)
    work.progress.say(`These triggers of the application fire for the rows of the backfill: ${fire.join(', ')}`);
  await makeMissingOrganizations(work);
  await silently(work, options, async () => {
    const passes = new BackfillPasses(work, options);
    for (const group of inOrder(work.derivations)) await passes.own(group.filter(({ answers }) => answers.length > 0));
  });
  await sweep(work, options);
}

/** Passes over tables: each one over the blocks that a holder had when it began. */
class BackfillPasses {
  private readonly cursors: Passes;
  private readonly walker: Walker;

  constructor(
    private readonly work: Work,
    options: BackfillOptions,
  ) {
    this.cursors = new Passes(work.session);
    this.walker = new Walker(work, options);
  }

  /** Tables that copy from each other, or from themselves, are gone through until a whole pass owns nothing. */
  async own(group: Derivation[]): Promise<void> {
    const holders = group.flatMap((derivation) => derivation.holders);
    if (await this.cursors.areDone(holders)) return;
    for (let number = 1; ; number++) {
      const owned = await this.passOver(group, number);
      if (owned === 0 || !isCircular(group)) break;
    }
    await this.cursors.finish(holders);
  }

  /** @returns how many rows it owned, at least one where nobody can say, since the pass was begun by a command that was killed */
  private async passOver(group: Derivation[], number: number): Promise<number> {
    let owned = 0;
    for (const derivation of group)
      for (const holder of derivation.holders) owned += await this.pass(derivation, holder, isCircular(group), number);
    return owned;
  }

  private async pass(derivation: Derivation, holder: Table, isRepeated: boolean, number: number): Promise<number> {
    const blocks = await this.blocksOf(derivation, holder);
    if (blocks === null) return 0;
    const what = number === 1 ? holder.name : `${holder.name}, pass ${number}`;
    if (blocks.from > 0) this.work.progress.say(`${what}: goes on at block ${blocks.from} of ${blocks.to}`);
    const began = performance.now();
    const rows = await this.walk(derivation, holder, what, blocks);
    if (isRepeated) await this.cursors.rewind(holder);
    else await this.cursors.finish([holder]);
    this.work.progress.say(`  owned   ${what}: ${count(rows)} rows in ${duration((performance.now() - began) / 1000)}`);
    return blocks.from > 0 ? rows + 1 : rows;
  }

  /** Those that are left; null where all were done. */
  private async blocksOf(derivation: Derivation, holder: Table): Promise<BlockRange | null> {
    const cursor = await this.cursors.of(holder);
    if (cursor?.isDone) return null;
    if (cursor && cursor.nextBlock > 0) return { from: cursor.nextBlock, to: cursor.blocks };
    const to = await this.walker.blocksOf(holder);
    await this.cursors.begin(derivation, holder, to);
    return { from: 0, to };
  }

  private async walk(derivation: Derivation, holder: Table, what: string, blocks: BlockRange): Promise<number> {
    const { session } = this.work;
    const place = await placeOf(session, derivation, holder, ownerColumn(this.work));
    return this.walker.go({
      what,
      holder,
      blocks,
      batch: (range) => session.run(ownSql(place, range)),
      batchOfFreeRows: (range) => session.run(ownFreeRowsSql(place, range)),
      record: (next, rows, ms) => this.cursors.move(holder, next, rows, ms),
    });
  }
}
