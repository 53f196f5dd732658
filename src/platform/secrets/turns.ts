/** Runs at most `atOnce` pieces of work at a time, and keeps at most `mostWaiting` in line, first come first served. */
export class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly mostWaiting: number,
  ) {}

  /** Throws OverloadedError at once where the line is full. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.begin();
    try {
      return await work();
    } finally {
      this.end();
    }
  }

  private async begin(): Promise<void> {
    if (this.running < this.atOnce) this.running += 1;
    else if (this.waiting.length >= this.mostWaiting) throw new OverloadedError();
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** A turn is handed on to who waits longest. */
  private end(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running -= 1;
  }
}

/** More is asked than can be done in a time that anybody would wait: try again shortly. */
export class OverloadedError extends Error {
  override name = 'OverloadedError';
}
