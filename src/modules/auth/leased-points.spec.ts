import { beforeEach, describe, expect, it } from '@jest/globals';
import { LeasedPoints } from './leased-points.js';
import type { SharedCount } from './leased-points.js';

describe('Points that are leased', () => {
  let counted: Map<string, SharedCount>;
  let leases: number;
  let minute: number;
  const count = (key: string, points: number): Promise<SharedCount> => {
    leases += 1;
    const known = counted.get(key);
    const isOver = !known || known.resetsAt <= Date.now();
    const next = isOver ? { points, resetsAt: Date.now() + minute } : { ...known, points: known.points + points };
    counted.set(key, next);
    return Promise.resolve(next);
  };
  beforeEach(() => {
    [counted, leases, minute] = [new Map(), 0, 60_000];
  });

  const taken = async (points: LeasedPoints, times: number, limit: number, key = 'acme'): Promise<number> => {
    const standings = await Promise.all(Array.from({ length: times }, async () => points.take(key, limit)));
    return standings.filter(({ isWithin }) => isWithin).length;
  };

  it('are given out to the last one, and not beyond', async () => {
    expect(await taken(new LeasedPoints(count), 150, 101)).toBe(101);
  });

  it('cost fifty round trips a limit, however large it is', async () => {
    await taken(new LeasedPoints(count), 12_000, 10_000);
    expect(leases).toBe(50);
  });

  it('are shared by nodes: together never more than the limit, and hardly less', async () => {
    const [one, other] = [new LeasedPoints(count), new LeasedPoints(count)];
    await taken(one, 5, 1_000);
    const all = 5 + (await taken(other, 1_100, 1_000)) + (await taken(one, 1_100, 1_000));
    expect(all).toBe(1_000);
    const silent = new LeasedPoints(count);
    await taken(silent, 1, 1_000, 'rival');
    expect(await taken(other, 1_100, 1_000, 'rival')).toBe(1_000 - 20);
  });

  it('are kept apart by key', async () => {
    const points = new LeasedPoints(count);
    expect(await taken(points, 20, 10)).toBe(10);
    expect(await taken(points, 20, 10, 'rival')).toBe(10);
  });

  it('come anew when the time is over', async () => {
    minute = 30;
    const points = new LeasedPoints(count);
    expect(await taken(points, 3, 2)).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(await taken(points, 3, 2)).toBe(2);
  });

  it('follow a limit that changes meanwhile', async () => {
    const points = new LeasedPoints(count);
    expect(await taken(points, 20, 10)).toBe(10);
    expect(await taken(points, 20, 25)).toBe(15);
    expect(await taken(points, 5, 10)).toBe(0);
  });

  it('are not asked for again once they are gone', async () => {
    const points = new LeasedPoints(count);
    await taken(points, 20, 10);
    const before = leases;
    await taken(points, 1_000, 10);
    expect(leases).toBe(before);
  });

  it('say how many are left, and when they come anew', async () => {
    const points = new LeasedPoints(count);
    expect(await points.take('acme', 100)).toMatchObject({ isWithin: true, limit: 100, remaining: 99 });
    expect(await points.take('acme', 100)).toMatchObject({ remaining: 98, resetsAt: counted.get('acme')?.resetsAt });
  });
});
