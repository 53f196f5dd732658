/** What all nodes have counted, with what was asked for just now. */
export interface SharedCount {
  points: number;
  /** When counting begins anew, in milliseconds since 1970. */
  resetsAt: number;
}

/** Where a caller stands after a request. */
export interface Standing {
  isWithin: boolean;
  limit: number;
  remaining: number;
  resetsAt: number;
}

interface Window extends SharedCount {
  /** Points that this node has counted already and not yet spent. */
  left: number;
}

/** A node asks for this part of a limit at once: so many round trips a minute at full load, and so much it may leave unused. */
const LEASES_PER_LIMIT = 50;
const MOST_WINDOWS = 20_000;

/**
 * Limits that all nodes share, without asking for every request: a node counts points ahead, and spends them from its memory.
 * Never more than the limit is given out; a node that leases and then falls silent leaves at most a fiftieth of it unused.
 */
export class LeasedPoints {
  private readonly windows = new Map<string, Window>();
  private readonly leasing = new Map<string, Promise<void>>();

  constructor(private readonly count: (key: string, points: number) => Promise<SharedCount>) {}

  /** Spends one point, if there is one. Asks nobody where this node holds some. */
  take(key: string, limit: number): Standing | Promise<Standing> {
    return this.takeHeld(key, limit) ?? this.takeLeased(key, limit);
  }

  /** Null where that takes a lease. */
  private takeHeld(key: string, limit: number): Standing | null {
    const window = this.windows.get(key);
    if (!window || window.resetsAt <= Date.now()) return null;
    if (window.left > 0) return spend(window, limit);
    return window.points >= limit ? { isWithin: false, limit, remaining: 0, resetsAt: window.resetsAt } : null;
  }

  private async takeLeased(key: string, limit: number): Promise<Standing> {
    await this.leaseOnce(key, limit);
    return this.take(key, limit);
  }

  /** Those who come while a lease is under way wait for it. */
  private leaseOnce(key: string, limit: number): Promise<void> {
    const underWay = this.leasing.get(key);
    if (underWay) return underWay;
    const lease = this.lease(key, limit).finally(() => this.leasing.delete(key));
    this.leasing.set(key, lease);
    return lease;
  }

  private async lease(key: string, limit: number): Promise<void> {
    const wanted = Math.ceil(limit / LEASES_PER_LIMIT);
    const { points, resetsAt } = await this.count(key, wanted);
    const left = Math.min(wanted, Math.max(0, limit - (points - wanted)));
    this.forgetEnded();
    this.windows.set(key, { points, resetsAt, left });
  }

  private forgetEnded(): void {
    if (this.windows.size < MOST_WINDOWS) return;
    const now = Date.now();
    for (const [key, { resetsAt }] of this.windows) if (resetsAt <= now) this.windows.delete(key);
  }
}

function spend(window: Window, limit: number): Standing {
  window.left -= 1;
  const { points, left, resetsAt } = window;
  return { isWithin: true, limit, remaining: left + Math.max(0, limit - points), resetsAt };
}
