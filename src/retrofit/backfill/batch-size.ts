/** A batch holds its rows' locks this long, in milliseconds: whoever writes one of them waits for that. */
const AIM_MS = 50;
/** Longer than that, and the next batch is made smaller at once, whatever those before it were like. */
const TOO_SLOW_MS = 100;
/**
 * Below that a batch costs more than its rows do, and a busy machine would be made busier still. Only a batch that takes a
 * second, or that somebody waits for, makes the next one smaller than this.
 */
const FEW_BLOCKS = 16;
const FAR_TOO_SLOW_MS = 1000;
const FASTEST_GROWTH = 1.2;
const FIRST_BLOCKS = 32;
/** 64 MB. What is empty is read fast, and must not lead to a huge batch where rows begin again. */
const MOST_BLOCKS = 8192;
/** How much the last batch counts in the moving average. */
const WEIGHT = 0.3;

/** How many blocks the next batch takes, by how long the last ones took. */
export class BatchSize {
  private size = FIRST_BLOCKS;
  private msPerBlock: number | null = null;

  get blocks(): number {
    return Math.floor(this.size);
  }

  /** A batch of so many blocks has taken so long. */
  took(blocks: number, ms: number): void {
    const last = Math.max(ms, 0.1) / blocks;
    const least = ms > FAR_TOO_SLOW_MS ? 1 : Math.min(this.size, FEW_BLOCKS);
    if (ms > TOO_SLOW_MS) return this.restart(Math.max(least, AIM_MS / last), last);
    this.msPerBlock = this.msPerBlock === null ? last : (1 - WEIGHT) * this.msPerBlock + WEIGHT * last;
    this.size = within(Math.min(this.size * FASTEST_GROWTH, Math.max(least, AIM_MS / this.msPerBlock)));
  }

  /** Somebody waited for a batch, or it had to be given up. @param part of what it was: 0.5 */
  shrink(part: number): void {
    this.size = within(this.size * part);
  }

  private restart(size: number, msPerBlock: number): void {
    this.size = within(Math.min(size, this.size));
    this.msPerBlock = msPerBlock;
  }
}

function within(size: number): number {
  return Math.min(MOST_BLOCKS, Math.max(1, size));
}
