const started = performance.now();

/** A line for whoever waits, apart from what is measured: on the error output, with the time since the start. */
export function progress(what: string): void {
  const seconds = Math.round((performance.now() - started) / 1_000);
  process.stderr.write(`${String(seconds).padStart(5)} s  ${what}\n`);
}
