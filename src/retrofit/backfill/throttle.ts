import { setTimeout as sleep } from 'node:timers/promises';
import type { Table } from '../catalogue/catalogue.js';
import type { Session } from '../database/session.js';
import { duration } from '../run/progress.js';
import type { Progress } from '../run/progress.js';
import { LOAD } from './load.js';
import type { Load } from './load.js';
import type { BackfillOptions } from './options.js';

const LOOK_EVERY_MS = 1000;
/** Not each short pause is worth a line. */
const TELL_EVERY_MS = 30_000;
const MAX_LAG_S = 10;
const MAX_WAL_RATE = 256;
/** A vacuum against wraparound takes hours, and does not get done sooner by waiting for it. */
const PATIENCE_WITH_VACUUM_MS = 180_000;
const PATIENCE_WITH_QUEUE_MS = 60_000;
const MB = 1_000_000;

/** Lets others go first: between batches it waits while replicas, WAL, locks or a vacuum say that it is too much. */
export class Throttle {
  private lookedAt = 0;
  private lookedFor: Table | null = null;
  private toldAt = -Infinity;
  private wal: { bytes: number; at: number } | null = null;
  private readonly since = new Map<string, number>();

  constructor(
    private readonly session: Session,
    private readonly progress: Progress,
    private readonly options: BackfillOptions,
  ) {}

  /**
   * At most once a second, and at a table's first batch. In a batch's transaction, shortly before it commits: whoever waits for
   * its rows can be seen then.
   * @returns null where it is not time yet
   */
  async look(holder: Table): Promise<Load | null> {
    if (holder === this.lookedFor && Date.now() - this.lookedAt < LOOK_EVERY_MS) return null;
    return this.lookNow(holder);
  }

  /** After the batch: until nothing speaks against the next one. */
  async pause(holder: Table, load: Load | null): Promise<void> {
    const began = Date.now();
    let told = false;
    let reason = load && this.reasonIn(load);
    while (reason !== null) {
      told = this.tell(`${holder.name}: waits, ${reason}`, told);
      await sleep(LOOK_EVERY_MS);
      reason = this.reasonIn(await this.lookNow(holder));
    }
    if (told) this.progress.say(`${holder.name}: goes on after ${duration((Date.now() - began) / 1000)}`);
  }

  private lookNow(holder: Table): Promise<Load> {
    this.lookedAt = Date.now();
    this.lookedFor = holder;
    return this.session.row<Load>(LOAD, [holder.oid]);
  }

  private reasonIn(load: Load): string | null {
    const { maxWalRate = MAX_WAL_RATE } = this.options;
    const wal = this.walRate(load.walBytes, maxWalRate);
    if (load.lag > MAX_LAG_S) return `a replica is ${duration(load.lag)} behind (at most ${MAX_LAG_S} s)`;
    if (wal > maxWalRate) return `the server writes ${Math.round(wal)} MB/s of WAL (at most ${maxWalRate})`;
    if (this.isStill(`queue`, load.queue > 0, PATIENCE_WITH_QUEUE_MS))
      return `${load.queue} sessions wait for a lock on the table`;
    if (this.isStill(`vacuum ${load.vacuum}`, load.vacuum !== null, PATIENCE_WITH_VACUUM_MS))
      return `it is being vacuumed (process ${load.vacuum})`;
    return null;
  }

  /** In MB/s, since it was last within bounds: after too much of it, the pause lasts until the average is right again. */
  private walRate(bytes: number, most: number): number {
    const now = { bytes, at: Date.now() };
    const before = (this.wal ??= now);
    const rate = now.at === before.at ? 0 : (now.bytes - before.bytes) / MB / ((now.at - before.at) / 1000);
    if (rate <= most) this.wal = now;
    return rate;
  }

  /** Whether something is so, and has not been for longer than anybody waits for it. */
  private isStill(what: string, isSo: boolean, patience: number): boolean {
    if (!isSo) {
      this.since.delete(what);
      return false;
    }
    const since = this.since.get(what) ?? Date.now();
    this.since.set(what, since);
    return Date.now() - since < patience;
  }

  private tell(line: string, told: boolean): boolean {
    if (Date.now() - this.toldAt < TELL_EVERY_MS) return told;
    this.toldAt = Date.now();
    this.progress.say(line);
    return true;
  }
}
