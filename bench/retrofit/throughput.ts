import type { PhaseRun } from './tool.js';
import { query } from './throwaway.js';

/** Of the backfill of messages, in rows a second. */
export interface Throughput {
  /** From the table's first batch to its last, pauses included. */
  wall: number;
  /** While a batch was under way. */
  busy: number;
}

export async function throughputOf(url: string, runs: PhaseRun[]): Promise<Throughput> {
  const [pass] = await query<{ rows: string; ms: string }>(
    url,
    `SELECT rows_owned AS rows, busy_ms AS ms FROM polydesk_retrofit.passes WHERE holder LIKE '%messages'`,
  );
  const rows = Number(pass?.rows);
  return { wall: rows / secondsOfMessages(runs), busy: (rows * 1000) / Number(pass?.ms) };
}

/** Tables come one after the other, messages last. */
function secondsOfMessages(runs: PhaseRun[]): number {
  const owned = runs.flatMap(({ lines }) => lines.filter(({ text }) => /^ {2}owned /.test(text)));
  const [before, messages] = owned.slice(-2);
  return ((messages?.at ?? NaN) - (before?.at ?? NaN)) / 1000;
}
