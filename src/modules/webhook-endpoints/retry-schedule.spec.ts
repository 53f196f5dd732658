import { describe, expect, it } from '@jest/globals';
import { nextAttemptAfter, retryAfterMs } from './retry-schedule.js';

const NOW = new Date('2026-11-21T10:00:00Z');
const waitAfter = (attempts: number, wish: number | null = null) =>
  ((nextAttemptAfter(attempts, wish, NOW)?.getTime() ?? NaN) - NOW.getTime()) / 1_000;

describe('The schedule of Standard Webhooks', () => {
  it.each([
    [1, 5],
    [2, 300],
    [3, 1_800],
    [4, 7_200],
    [5, 18_000],
    [6, 36_000],
    [7, 36_000],
  ])('waits after attempt %i for %i s, and up to a fifth longer', (attempts, seconds) => {
    const waits = Array.from({ length: 200 }, () => waitAfter(attempts));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(seconds);
    expect(Math.max(...waits)).toBeLessThanOrEqual(seconds * 1.2);
    expect(new Set(waits).size).toBeGreaterThan(50);
  });

  it('ends after the eighth attempt', () => {
    expect(nextAttemptAfter(8, null, NOW)).toBeNull();
    expect(nextAttemptAfter(8, 60_000, NOW)).toBeNull();
  });

  it('waits longer where the receiver asks for it, but not for more than a day, and never shorter', () => {
    expect(waitAfter(1, 60_000)).toBe(60);
    expect(waitAfter(1, 99 * 24 * 3_600_000)).toBe(86_400);
    expect(waitAfter(2, 1_000)).toBeGreaterThanOrEqual(300);
  });

  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Sat, 21 Nov 2026 10:01:00 GMT', 60_000],
    ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
    ['soon', null],
    ['-5', null],
    ['', null],
    [undefined, null],
  ])('reads Retry-After: %s', (header, expected) => {
    const read = retryAfterMs(header, NOW);
    if (header === '-5') expect(read === null || read >= 0).toBe(true);
    else expect(read).toBe(expected);
  });
});
