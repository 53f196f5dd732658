import type { Table } from '../catalogue/catalogue.js';
import type { Derivation } from '../derivation/derivation.js';
import { inOrder } from '../derivation/order.js';
import { count } from '../run/progress.js';
import { RetrofitError } from '../retrofit-error.js';
import type { Work } from '../run/work.js';
import { ownerColumn } from '../run/work.js';
import { makeMissingOrganizations } from './make-organizations.js';
import { waitForOldTransactions } from './old-transactions.js';
import type { BackfillOptions } from './options.js';
import { mendSql } from './owner-statement.js';
import { silently } from './silence.js';
import { Walker } from './walk.js';
import { placeOf } from './writable.js';

/** Each reaches one step further down a chain of rows that copy from each other; chains are mostly up to date before. */
const MOST_ROUNDS = 100;

/**
 * Finds the rows that the triggers could not know of: written by transactions that did not see yet what others did at the same
 * time (a child beside the move of its parent), or where a trigger gave up. Rows without an owner that could have one, and rows
 * with another one than their parents say, are mended, in rounds, until one finds nothing.
 */
export async function sweep(work: Work, options: BackfillOptions = {}): Promise<void> {
  await waitForOldTransactions(work);
  await makeMissingOrganizations(work);
  await silently(work, options, async () => {
    const walker = new Walker(work, options);
    for (let round = 1; round <= MOST_ROUNDS; round++) {
      const found = await goRound(work, walker);
      work.progress.say(
        `  swept   round ${round}: ${found === 0 ? 'nothing left to mend' : `${count(found)} rows mended`}`,
      );
      if (found === 0) return;
    }
    throw new RetrofitError(
      `After ${MOST_ROUNDS} rounds of the sweep there are still rows to be mended. Run the command again; if it comes to this again, rows copy from each other in a circle, and each takes the other's organization: give the plan a way that decides`,
    );
  });
}

async function goRound(work: Work, walker: Walker): Promise<number> {
  let found = 0;
  for (const derivation of inOrder(work.derivations).flat())
    for (const holder of derivation.answers.length > 0 ? derivation.holders : [])
      found += await mend(work, walker, derivation, holder);
  return found;
}

async function mend(work: Work, walker: Walker, derivation: Derivation, holder: Table): Promise<number> {
  const place = await placeOf(work.session, derivation, holder, ownerColumn(work));
  return walker.go({
    what: `sweep of ${holder.name}`,
    holder,
    blocks: { from: 0, to: await walker.blocksOf(holder) },
    batch: async (range) => (await work.session.row<{ rows: number }>(mendSql(place, range))).rows,
  });
}
