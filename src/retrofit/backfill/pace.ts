import type { BlockRange } from './owner-statement.js';

/** How fast a walk is. */
export class Pace {
  rows = 0;
  private readonly began = performance.now();
  private at: number;

  constructor(private readonly blocks: BlockRange) {
    this.at = blocks.from;
  }

  get total(): number {
    return this.blocks.to - this.blocks.from;
  }

  get rowsPerSecond(): number {
    return this.rows / this.seconds;
  }

  /** If it goes on like this. */
  get secondsLeft(): number {
    return ((this.blocks.to - this.at) * this.seconds) / (this.at - this.blocks.from);
  }

  get seconds(): number {
    return Math.max(performance.now() - this.began, 1) / 1000;
  }

  /** @param at the next block */
  did(at: number, rows: number): void {
    this.at = at;
    this.rows += rows;
  }
}
