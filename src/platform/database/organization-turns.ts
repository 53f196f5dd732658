import { DatabaseUnavailableError } from './database-errors.js';

/** An organization that asks alone may have most of a pool of ten. */
const ALONE = 8;
/** Beside others, it may have a few, or half as many as they where they are many; */
const BESIDE_OTHERS = 4;
/**
 * and one, as long as so many of it are in line, and it has asked for more than all others together of late: what it asks then
 * takes all the processor's time that others leave.
 */
const IN_A_CROWD = 1;
const CROWD = 8;
/** Who has asked within this time is still there. */
const RECENTLY_MS = 1_000;
const LOOKED_EVERY_MS = 50;
/** What was asked counts less with every look: of late is about a second. */
const STILL_COUNTS = 1 - LOOKED_EVERY_MS / RECENTLY_MS;
/** As long as a pool lets its callers wait for a connection. */
const PATIENCE_MS = 5_000;

/** How many connections an organization holds, who of it waits for one, when it last asked, and how often of late. */
interface Line {
  held: number;
  waiting: (() => void)[];
  askedAt: number;
  asked: number;
}

/**
 * Lets every organization hold its share of a pool's connections and no more. The rest of what it asks waits in its own line, so
 * that its load, however great, stands between no other organization and the database, or the processor.
 */
export class OrganizationTurns {
  private readonly lines = new Map<string, Line>();
  private lookedAt = 0;
  /** Of all organizations, who holds a connection or waits for one. */
  private present = 0;
  /** How often they have asked of late. */
  private asked = 0;

  /**
   * Undefined where it is the caller's turn; otherwise resolves once it is. Every turn must be ended. Rejects with
   * DatabaseUnavailableError after 5 s in line.
   */
  take(orgId: string): Promise<void> | undefined {
    const line = this.lines.get(orgId) ?? { held: 0, waiting: [], askedAt: 0, asked: 0 };
    this.lines.set(orgId, line);
    this.present += 1;
    this.asked += 1;
    line.asked += 1;
    line.askedAt = performance.now();
    if (line.askedAt - this.lookedAt > LOOKED_EVERY_MS) this.lookAround(line.askedAt);
    if (line.held >= this.shareOf(line)) return standIn(line, () => (this.present -= 1));
    line.held += 1;
    return undefined;
  }

  /**
   * Hands the turn on to who waits longest, where that is still within the share. In a crowd, only after whoever else has
   * something to read or to write has done so.
   */
  end(orgId: string): void {
    const line = this.lines.get(orgId);
    if (!line) return;
    this.present -= 1;
    line.held -= 1;
    if (this.shareOf(line) === IN_A_CROWD) setImmediate(() => this.handOn(line));
    else this.handOn(line);
  }

  private handOn(line: Line): void {
    while (line.held < this.shareOf(line)) {
      const next = line.waiting.shift();
      if (!next) return;
      line.held += 1;
      next();
    }
  }

  private lookAround(now: number): void {
    this.lookedAt = now;
    this.asked = 0;
    for (const [orgId, line] of this.lines) {
      this.asked += line.asked *= STILL_COUNTS;
      const isThere = line.held > 0 || line.waiting.length > 0 || now - line.askedAt < RECENTLY_MS;
      if (!isThere) this.lines.delete(orgId);
    }
  }

  private shareOf(line: Line): number {
    if (this.lines.size < 2) return ALONE;
    if (this.isCrowd(line)) return IN_A_CROWD;
    const others = this.present - line.held - line.waiting.length;
    return Math.max(BESIDE_OTHERS, others / 2);
  }

  private isCrowd({ waiting, asked }: Line): boolean {
    return waiting.length > CROWD && asked > this.asked / 2;
  }
}

function standIn({ waiting }: Line, onLeaving: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const called = () => {
      clearTimeout(patience);
      resolve();
    };
    const patience = setTimeout(() => {
      waiting.splice(waiting.indexOf(called), 1);
      onLeaving();
      reject(new DatabaseUnavailableError(`no turn for this organization within ${PATIENCE_MS} ms`));
    }, PATIENCE_MS);
    waiting.push(called);
  });
}
