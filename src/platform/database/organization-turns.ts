import { DatabaseUnavailableError } from './database-errors.js';

/** An organization that asks alone may have most of a pool of ten. */
const ALONE = 8;
/** Beside others, it may have a few; */
const BESIDE_OTHERS = 4;
/** and one, as long as so many of it are in line: what it asks then takes all the processor's time that others leave. */
const IN_A_CROWD = 1;
const CROWD = 8;
/** Who has asked within this time is still there. */
const RECENTLY_MS = 1_000;
const LOOKED_EVERY_MS = 50;
/** As long as a pool lets its callers wait for a connection. */
const PATIENCE_MS = 5_000;

/** How many connections an organization holds, who of it waits for one, and when it last asked. */
interface Line {
  held: number;
  waiting: (() => void)[];
  askedAt: number;
}

/**
 * Lets every organization hold its share of a pool's connections and no more. The rest of what it asks waits in its own line, so
 * that its load, however great, stands between no other organization and the database, or the processor.
 */
export class OrganizationTurns {
  private readonly lines = new Map<string, Line>();
  private lookedAt = 0;

  /**
   * Undefined where it is the caller's turn; otherwise resolves once it is. Every turn must be ended. Rejects with
   * DatabaseUnavailableError after 5 s in line.
   */
  take(orgId: string): Promise<void> | undefined {
    const line = this.lines.get(orgId) ?? { held: 0, waiting: [], askedAt: 0 };
    this.lines.set(orgId, line);
    line.askedAt = performance.now();
    if (line.askedAt - this.lookedAt > LOOKED_EVERY_MS) this.forgetWhoLeft(line.askedAt);
    if (line.held >= this.shareOf(line)) return standIn(line);
    line.held += 1;
    return undefined;
  }

  /** Hands the turn on to who waits longest, where that is still within the share. */
  end(orgId: string): void {
    const line = this.lines.get(orgId);
    if (!line) return;
    line.held -= 1;
    while (line.held < this.shareOf(line)) {
      const next = line.waiting.shift();
      if (!next) return;
      line.held += 1;
      next();
    }
  }

  private forgetWhoLeft(now: number): void {
    this.lookedAt = now;
    for (const [orgId, { held, askedAt }] of this.lines)
      if (held === 0 && now - askedAt > RECENTLY_MS) this.lines.delete(orgId);
  }

  private shareOf({ waiting }: Line): number {
    if (this.lines.size < 2) return ALONE;
    return waiting.length > CROWD ? IN_A_CROWD : BESIDE_OTHERS;
  }
}

function standIn({ waiting }: Line): Promise<void> {
  return new Promise((resolve, reject) => {
    const called = () => {
      clearTimeout(patience);
      resolve();
    };
    const patience = setTimeout(() => {
      waiting.splice(waiting.indexOf(called), 1);
      reject(new DatabaseUnavailableError(`no turn for this organization within ${PATIENCE_MS} ms`));
    }, PATIENCE_MS);
    waiting.push(called);
  });
}
