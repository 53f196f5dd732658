import { logger } from '../logging/logger.js';
import { metrics } from '../metrics/metrics.js';
import { tracedStatement } from '../tracing/tracing.js';

const SLOW_MS = 500;
const LONGEST_SHOWN = 2_000;

/** Times a statement. One that takes long is logged by its text, which has places for values and never the values. */
export function watched<T>(text: string, send: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const noted = <A>(answer: A): A => {
    note(text, performance.now() - start);
    return answer;
  };
  return tracedStatement(text, send).then(noted, (error: unknown) => {
    throw noted(error);
  });
}

function note(text: string, ms: number): void {
  metrics.countStatement(ms / 1_000);
  if (ms >= SLOW_MS) logger.warn({ ms: Math.round(ms), statement: text.slice(0, LONGEST_SHOWN) }, 'slow query');
}
