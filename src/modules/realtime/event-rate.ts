const WINDOW_MS = 1_000;
const MOST = 20;
/** Nobody sends so much by mistake. */
const ABUSE = 200;

/** How fast a socket sends. */
export class EventRate {
  private windowEnds = 0;
  private count = 0;

  note(): 'fine' | 'too fast' | 'abuse' {
    const now = Date.now();
    if (now >= this.windowEnds) {
      this.windowEnds = now + WINDOW_MS;
      this.count = 0;
    }
    this.count += 1;
    if (this.count > ABUSE) return 'abuse';
    return this.count > MOST ? 'too fast' : 'fine';
  }
}
