import { describe, expect, it } from '@jest/globals';
import { BatchSize } from './batch-size.js';

describe('the size of a batch', () => {
  it('grows by no more than a fifth from batch to batch', () => {
    const size = new BatchSize();
    for (let number = 0; number < 20; number++) {
      const before = size.blocks;
      size.took(before, 1);
      expect(size.blocks).toBeLessThanOrEqual(Math.ceil((before + 1) * 1.2));
      expect(size.blocks).toBeGreaterThan(before);
    }
  });

  it('comes to rest where a batch takes 50 ms', () => {
    const size = new BatchSize();
    for (let number = 0; number < 50; number++) size.took(size.blocks, size.blocks * 0.25);
    expect(size.blocks).toBeGreaterThan(190);
    expect(size.blocks).toBeLessThanOrEqual(200);
  });

  it('shrinks at once after a batch that was too slow, whatever came before', () => {
    const size = new BatchSize();
    for (let number = 0; number < 50; number++) size.took(size.blocks, 10);
    const before = size.blocks;
    size.took(before, 1000);
    expect(size.blocks).toBeLessThanOrEqual(before / 20);
    expect(size.blocks).toBeGreaterThanOrEqual(Math.floor(before / 20) - 1);
  });

  it('does not fall below 16 blocks on a busy machine, but where batches take a second', () => {
    const size = new BatchSize();
    for (let number = 0; number < 10; number++) size.took(size.blocks, 300);
    expect(size.blocks).toBe(16);
    size.took(16, 1600);
    expect(size.blocks).toBe(1);
  });

  it('never falls below a block, nor grows beyond 64 MB', () => {
    const size = new BatchSize();
    size.took(1, 60_000);
    expect(size.blocks).toBe(1);
    for (let number = 0; number < 200; number++) size.took(size.blocks, 0);
    expect(size.blocks).toBe(8192);
  });
});
