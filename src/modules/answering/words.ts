/** A word as it is compared: in lower case, its tone marks behind its letters, wherever they were typed. */
interface Word {
  exact: string;
  /** Without any marks, as people type in a hurry. */
  plain: string;
}

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: 'word' });
/** The marks that say how a Vietnamese vowel is spoken: `hòa` and `hoà` are one word. The others make another letter. */
const TONES = /[\u0300\u0301\u0303\u0309\u0323]/gu;

/** What somebody wrote, as words: in any script, also those that put no spaces between them. Emoji are words. */
export class Words {
  private readonly words: readonly Word[];

  constructor(text: string) {
    const segments = [...SEGMENTER.segment(text.normalize('NFKC').toLowerCase())];
    this.words = segments.filter(isWord).map(({ segment }) => toWord(segment));
  }

  /** Whether these words are among them, one behind the other. False for a phrase without any words. */
  include(phrase: Words): boolean {
    const [first, ...others] = phrase.words;
    if (!first) return false;
    return this.words.some(
      (word, at) => isSame(word, first) && others.every((other, next) => isSame(this.words[at + next + 1], other)),
    );
  }
}

function isWord({ segment, isWordLike }: Intl.SegmentData): boolean {
  return isWordLike === true || /\p{Extended_Pictographic}/u.test(segment);
}

function toWord(segment: string): Word {
  const letters = segment.normalize('NFD');
  const tones = (letters.match(TONES) ?? []).sort().join('');
  return { exact: letters.replace(TONES, '') + tones, plain: letters.replace(/\p{M}/gu, '').replaceAll('đ', 'd') };
}

/** Marks may be left out, by either side, but not be others: `ban` may be meant as `bán`, `bạn` may not. */
function isSame(word: Word | undefined, other: Word): boolean {
  if (word?.exact === other.exact) return true;
  const isUnmarked = word?.exact === word?.plain || other.exact === other.plain;
  return isUnmarked && word?.plain === other.plain;
}
