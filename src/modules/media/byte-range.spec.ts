import { describe, expect, it } from '@jest/globals';
import { rangeOf } from './byte-range.js';

describe('A Range header', () => {
  it.each([
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=2-5', { first: 2, last: 5 }],
    ['bytes=2-', { first: 2, last: 9 }],
    ['bytes=2-1000', { first: 2, last: 9 }],
    ['bytes=-3', { first: 7, last: 9 }],
    ['bytes=-30', { first: 0, last: 9 }],
  ])('%s asks for a part', (header, range) => {
    expect(rangeOf(header, 10)).toEqual(range);
  });

  it.each([undefined, '', 'bytes=', 'bytes=-', 'bytes=5-2', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=a-b', 'bytes=1-2x'])(
    '%s asks for all of it',
    (header) => {
      expect(rangeOf(header, 10)).toBeUndefined();
    },
  );

  it.each(['bytes=10-', 'bytes=10-12', 'bytes=-0', 'bytes=999999999999999-'])(
    '%s asks for what there is not',
    (header) => {
      expect(() => rangeOf(header, 10)).toThrow(
        expect.objectContaining({ status: 416, headers: { 'content-range': 'bytes */10' } }),
      );
    },
  );

  it('finds no part in an empty file', () => {
    expect(() => rangeOf('bytes=0-', 0)).toThrow(expect.objectContaining({ status: 416 }));
  });
});
