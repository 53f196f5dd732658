export interface Failure {
  action: string;
  code: string | undefined;
  message: string;
}

/** What an application did: how often each action went well, what failed, and how long each took, in milliseconds. */
export class LiveReport {
  readonly written: Record<string, number> = {};
  readonly errors: Failure[] = [];
  readonly latencies: number[] = [];

  get total(): number {
    return Object.values(this.written).reduce((sum, count) => sum + count, 0);
  }

  get worstMs(): number {
    return Math.max(0, ...this.latencies);
  }

  /** The time that this share of the actions stayed below: 0.99 for p99. */
  percentile(share: number): number {
    const sorted = this.latencies.toSorted((one, other) => one - other);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  }
}
