import { describe, expect, it } from '@jest/globals';
import { piecesOf } from './text-pieces.js';

describe('a text in pieces', () => {
  it.each<[string, string, string[]]>([
    ['stays whole where it fits', 'ten chars!', ['ten chars!']],
    ['has no piece where it is empty', '', []],
    ['is cut between words', 'one two three four', ['one two', 'three four']],
    ['is cut at a line rather than a word', 'one two\nthree', ['one two', 'three']],
    ['is cut at a word where the line is too early', 'a\nbbb ccc ddd', ['a\nbbb ccc', 'ddd']],
    ['is cut right behind a word that just fits', 'abcdefghij klm', ['abcdefghij', 'klm']],
    ['is cut inside a word that is too long', 'abcdefghijklm', ['abcdefghij', 'klm']],
    ['is never cut through a character', 'abcdefghi😀jk', ['abcdefghi', '😀jk']],
    ['loses only what separates the pieces', 'one   two   \n\n   three', ['one   two', 'three']],
  ])('%s', (_name, text, pieces) => {
    expect(piecesOf(text, 10)).toEqual(pieces);
  });

  it('has none that is too long, and all of its words', () => {
    const text = Array.from({ length: 2_000 }, (_, place) => 'x'.repeat(place % 23)).join(' ');
    const pieces = piecesOf(text, 100);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(pieces.join(' ').trim().split(/\s+/)).toEqual(text.trim().split(/\s+/));
  });
});
