import { setTimeout as delay } from 'node:timers/promises';

/** What `look` finds, once it fits. Throws with what it found last where it does not in time. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  fits: (found: T) => boolean,
  withinMs = 15_000,
): Promise<T> {
  const limit = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (fits(found)) return found;
    if (Date.now() > limit) throw new Error(`Still not so after ${withinMs} ms: ${JSON.stringify(found)}`);
    await delay(20);
  }
}
