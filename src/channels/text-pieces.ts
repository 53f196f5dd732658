/** Texts longer than a provider takes, in pieces. */

/**
 * Pieces of at most `longest` UTF-16 units, cut where a line or a word ends, and otherwise never through a character. What
 * separated two pieces is left out; a text that is short enough comes as it is.
 */
export function piecesOf(text: string, longest: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > longest) {
    const end = cutOf(rest, longest);
    pieces.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...pieces, rest].filter((piece) => piece !== '');
}

/** Lines first, as long as that does not leave a piece nearly empty. */
function cutOf(text: string, longest: number): number {
  const head = text.slice(0, longest + 1);
  const line = head.lastIndexOf('\n');
  if (line > longest / 2) return line;
  const word = head.search(/\s\S*$/);
  return word > 0 ? word : longest - Number(isHighSurrogate(text.charCodeAt(longest - 1)));
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
