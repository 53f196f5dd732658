import { logger } from '../logging/logger.js';
import { DamagedSecretError, UnknownKeyError } from './secret-vault.js';

const BATCH_ROWS = 200;
const START = { orgId: '', id: '00000000-0000-0000-0000-000000000000' };

/** How many rows, by what became of their secrets. */
export interface RotationCounts {
  resealed: number;
  /** Somebody else wrote new ones, or re-sealed them, meanwhile. */
  changedMeanwhile: number;
  /** Left as they are: ENCRYPTION_KEY lacks the key that sealed them. */
  unknownKey: number;
  /** Left as they are: their own key does not open them. */
  damaged: number;
}

interface Place {
  orgId: string;
  id: string;
}

/** Rows with secrets, and how one of them is sealed anew: false where somebody changed it in between. */
export interface SealedRows<R extends Place> {
  next(after: Place, limit: number): Promise<R[]>;
  reseal(row: R): Promise<boolean>;
}

/** Re-seals all organizations' rows, a batch at a time. Runs beside the server, and twice at once, without harm. */
export async function rotateSecrets<R extends Place>(
  rows: SealedRows<R>,
  onProgress: (counts: RotationCounts) => void = () => undefined,
): Promise<RotationCounts> {
  const counts: RotationCounts = { resealed: 0, changedMeanwhile: 0, unknownKey: 0, damaged: 0 };
  const warn = warnOnce();
  let batch: R[] = [];
  do {
    batch = await rows.next(batch.at(-1) ?? START, BATCH_ROWS);
    for (const row of batch) counts[await outcomeOf(() => rows.reseal(row), warn)] += 1;
    if (batch.length > 0) onProgress({ ...counts });
  } while (batch.length === BATCH_ROWS);
  return counts;
}

async function outcomeOf(
  reseal: () => Promise<boolean>,
  warn: (message: string) => void,
): Promise<keyof RotationCounts> {
  try {
    return (await reseal()) ? 'resealed' : 'changedMeanwhile';
  } catch (error) {
    if (!(error instanceof UnknownKeyError || error instanceof DamagedSecretError)) throw error;
    warn(error.message);
    return error instanceof UnknownKeyError ? 'unknownKey' : 'damaged';
  }
}

/** A missing key says the same of every row that it sealed. */
function warnOnce(): (message: string) => void {
  const said = new Set<string>();
  return (message) => {
    if (!said.has(message)) logger.warn(message);
    said.add(message);
  };
}
