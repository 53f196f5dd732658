import { setTimeout as sleep } from 'node:timers/promises';
import type { Table } from '../catalogue/catalogue.js';
import { sqlStateOf } from '../database/session.js';
import type { Work } from '../run/work.js';
import { BatchSize } from './batch-size.js';
import type { Load } from './load.js';
import type { BackfillOptions } from './options.js';
import type { BlockRange } from './owner-statement.js';
import { Pace } from './pace.js';
import { patiently } from './patience.js';
import { Throttle } from './throttle.js';

/** One way through the blocks of a holder, in batches. */
export interface Walk {
  /** What it is for, in progress lines: `messages`. */
  what: string;
  holder: Table;
  /** Which blocks. Later ones hold rows that were written meanwhile, by triggers and by earlier batches. */
  blocks: BlockRange;
  /** Does a range, and answers how many rows that were. */
  batch(range: BlockRange): Promise<number>;
  /** The same for the rows that nobody has locked; where it is missing, such rows are waited for. */
  batchOfFreeRows?(range: BlockRange): Promise<number>;
  /** In the transaction of each batch. */
  record?(next: number, rows: number, ms: number): Promise<void>;
}

const QUERY_CANCELED = '57014';
const LONGEST_REST_MS = 1000;

/** Goes through tables batch by batch, each a short transaction of its own. Only within `silently`. */
export class Walker {
  private readonly throttle: Throttle;

  constructor(
    private readonly work: Work,
    options: BackfillOptions,
  ) {
    this.throttle = new Throttle(work.session, work.progress, options);
  }

  /** Blocks that a holder has now. */
  async blocksOf({ oid }: Table): Promise<number> {
    const { blocks } = await this.work.session.row<{ blocks: number }>(
      `SELECT (pg_relation_size($1::oid) / current_setting('block_size')::int)::float8 AS blocks`,
      [oid],
    );
    return blocks;
  }

  /** @returns how many rows its batches were about */
  go(walk: Walk): Promise<number> {
    return this.work.session.namingAsIn(walk.holder.schema, () => this.goThrough(walk));
  }

  private async goThrough(walk: Walk): Promise<number> {
    const size = new BatchSize();
    const pace = new Pace(walk.blocks);
    for (let from = walk.blocks.from; from < walk.blocks.to;) {
      const range = { from, to: Math.min(from + size.blocks, walk.blocks.to) };
      const began = performance.now();
      const done = await this.doOne(walk, range, size);
      if (done === null) continue;
      const ms = performance.now() - began;
      size.took(range.to - range.from, ms);
      from = range.to;
      pace.did(from, done.rows);
      this.work.progress.tell(walk.what, from - walk.blocks.from, pace.total, pace.rowsPerSecond, pace.secondsLeft);
      if (done.load && done.load.waiters > 0) await this.letPass(size, ms);
      await this.throttle.pause(walk.holder, done.load);
    }
    return pace.rows;
  }

  /** Null where it was too much for one batch, and is tried again with a smaller one. */
  private async doOne(
    walk: Walk,
    range: BlockRange,
    size: BatchSize,
  ): Promise<{ rows: number; load: Load | null } | null> {
    try {
      return await patiently(this.work, walk.what, (number) =>
        this.inTransaction(walk, range, (number > 0 && walk.batchOfFreeRows) || walk.batch),
      );
    } catch (error) {
      if (sqlStateOf(error) !== QUERY_CANCELED || range.to - range.from === 1) throw error;
      size.shrink(0.25);
      return null;
    }
  }

  private async inTransaction(
    walk: Walk,
    range: BlockRange,
    batch: Walk['batch'],
  ): Promise<{ rows: number; load: Load | null }> {
    const began = performance.now();
    return this.work.session.transaction(async () => {
      // One block is as little as there is, however long it takes.
      if (range.to - range.from === 1) await this.work.session.run('SET LOCAL statement_timeout = 0');
      const rows = await batch(range);
      await walk.record?.(range.to, rows, performance.now() - began);
      return { rows, load: await this.throttle.look(walk.holder) };
    });
  }

  private async letPass(size: BatchSize, ms: number): Promise<void> {
    size.shrink(0.5);
    await sleep(Math.min(ms, LONGEST_REST_MS));
  }
}
