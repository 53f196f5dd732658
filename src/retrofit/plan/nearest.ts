/** What somebody who wrote `name` may have meant: the most alike, unless that is not much alike. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(name.length * 0.4));
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: editsBetween(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= most)
    .toSorted((one, other) => one.edits - other.edits);
  return best?.candidate;
}

/** As the end of a sentence: `; did you mean messages?`, or nothing. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const candidate = nearest(name, candidates);
  return candidate === undefined ? '' : `; did you mean ${candidate}?`;
}

/** Letters to insert, drop, change, or swap with their neighbour (optimal string alignment). */
function editsBetween(one: string, other: string): number {
  let before: number[] = [];
  let above = Array.from({ length: other.length + 1 }, (_, place) => place);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let place = 1; place <= other.length; place++) {
      const isSame = one[row - 1] === other[place - 1];
      const isSwapped = row > 1 && place > 1 && one[row - 1] === other[place - 2] && one[row - 2] === other[place - 1];
      const swap = isSwapped ? at(before, place - 2) + 1 : Infinity;
      current.push(
        Math.min(at(above, place) + 1, at(current, place - 1) + 1, at(above, place - 1) + (isSame ? 0 : 1), swap),
      );
    }
    before = above;
    above = current;
  }
  return at(above, other.length);
}

const at = (numbers: readonly number[], place: number): number => numbers[place] ?? Infinity;
