/** Where the tool tells what it does: a line that is drawn anew on a terminal, plain lines elsewhere. */
export class Progress {
  private lastAt = Date.now();
  private isDrawn = false;

  constructor(private readonly out: NodeJS.WriteStream) {}

  say(line: string): void {
    this.clear();
    this.out.write(`${line}\n`);
  }

  /** How far something long is. @param rowsPerSecond of late */
  tell(what: string, done: number, total: number, rowsPerSecond: number, secondsLeft: number): void {
    const now = Date.now();
    if (now - this.lastAt < (this.out.isTTY ? REDRAW_MS : REPEAT_MS)) return;
    this.lastAt = now;
    const line = `${what}  ${bar(done / total)}  ${count(rowsPerSecond)} rows/s, ${duration(secondsLeft)} left`;
    if (!this.out.isTTY) return this.say(line);
    this.out.write(`\r\u001b[2K${line.slice(0, this.out.columns - 1)}`);
    this.isDrawn = true;
  }

  private clear(): void {
    if (this.isDrawn) this.out.write('\r\u001b[2K');
    this.isDrawn = false;
  }
}

const REDRAW_MS = 100;
const REPEAT_MS = 5000;
const WIDTH = 24;

function bar(part: number): string {
  const full = Math.round(Math.min(1, part) * WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${Math.floor(Math.min(1, part) * 100)} %`;
}

export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** `45 s`, `12 min`, `3 h 5 min` */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
