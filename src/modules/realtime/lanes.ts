const LANES = 4;
const MOST_WAITING = 2_000;

/**
 * Does things of one key one after the other, and never more than a few at once, so that requests keep the database. What is
 * waiting already is not added again: it will look at the newest state when its turn comes.
 */
export class Lanes {
  private readonly lanes = Array.from({ length: LANES }, () => Promise.resolve());
  private readonly waiting = new Set<string>();

  /** False where too much is waiting. What `work` rejects with is its own to tell. */
  add(key: string, name: string, work: () => Promise<void>): boolean {
    if (this.waiting.has(name)) return true;
    if (this.waiting.size >= MOST_WAITING) return false;
    this.waiting.add(name);
    const lane = laneOf(key);
    const turn = (this.lanes[lane] ?? Promise.resolve()).then(() => {
      this.waiting.delete(name);
      return work();
    });
    this.lanes[lane] = turn.catch(() => undefined);
    return true;
  }
}

function laneOf(key: string): number {
  let sum = 0;
  for (let at = 0; at < key.length; at += 1) sum += key.charCodeAt(at);
  return sum % LANES;
}
