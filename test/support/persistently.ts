import { setTimeout as delay } from 'node:timers/promises';

const LONGEST_MS = 20_000;

/** Tries until nothing is thrown, and answers with what came of it. Throws what was thrown last. */
export async function persistently<T>(attempt: () => T | Promise<T>): Promise<T> {
  const end = Date.now() + LONGEST_MS;
  for (;;)
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await delay(25);
    }
}
