import { isQuery, isSign, isWord, nameOf, splitAt } from './sql-tree.js';
import type { Piece } from './sql-tree.js';

/** Everything behind one keyword of a query, up to the next. */
export interface Clause {
  keyword: string;
  pieces: Piece[];
}

/** A table, view, function or sub-query that a query reads or writes. */
export interface Reference {
  /** Null for sub-queries and functions. */
  table: string | null;
  alias: string;
}

/** A condition, and the references that it holds for: an outer join keeps the rows of its other side. */
export interface Condition {
  pieces: Piece[];
  of: Reference[] | 'all';
}

const STARTS = [
  'select',
  'insert',
  'update',
  'delete',
  'values',
  'from',
  'where',
  'group',
  'having',
  'window',
  'order',
];
const KEYWORDS = new Set([...STARTS, 'limit', 'offset', 'fetch', 'for', 'returning', 'set', 'using', 'conflict']);
const JOIN_WORDS = ['inner', 'left', 'right', 'full', 'outer', 'cross', 'natural', 'join'];

/** A query without its WITH, cut at its keywords. */
export function clausesOf(pieces: Piece[]): Clause[] {
  const clauses: Clause[] = [];
  pieces.forEach((piece, index) => {
    const open = clauses.at(-1);
    if (startsClause(pieces, index, open)) clauses.push({ keyword: nameOf(piece) ?? '', pieces: [] });
    else if (!isWord(pieces[index + 1], 'conflict')) open?.pieces.push(piece); // The ON of ON CONFLICT is no join's.
  });
  return clauses;
}

function startsClause(pieces: Piece[], index: number, open: Clause | undefined): boolean {
  const [before, piece] = [pieces[index - 1], pieces[index]];
  if (piece?.kind !== 'word' || !KEYWORDS.has(piece.text) || isSign(before, '.')) return false;
  if (isWord(before, 'as')) return false;
  if (piece.text === 'from') return !isWord(before, 'distinct') || !isWord(pieces[index - 2], 'is', 'not');
  if (piece.text === 'update') return open?.keyword !== 'for' && !isWord(before, 'do');
  return piece.text === 'using' ? open?.keyword === 'from' && !isInJoin(open.pieces) : true;
}

function isInJoin(pieces: Piece[]): boolean {
  return pieces.some((piece) => isWord(piece, 'join'));
}

/** What stands in a FROM or USING, and what its joins demand. */
export function referencesIn(pieces: Piece[]): { references: Reference[]; conditions: Condition[]; isJudged: boolean } {
  const references: Reference[] = [];
  const conditions: Condition[] = [];
  let isJudged = true;
  for (const item of splitAt(pieces, (piece) => isSign(piece, ',')))
    for (const { kind, target, on } of joinsOf(item)) {
      const reference = referenceOf(target);
      references.push(reference);
      isJudged &&= kind !== 'right' && kind !== 'full' && !isBracketedJoin(target);
      if (on) conditions.push({ pieces: on, of: kind === 'left' ? [reference] : 'all' });
    }
  return { references, conditions, isJudged };
}

interface Join {
  kind: string;
  target: Piece[];
  on?: Piece[];
}

function joinsOf(item: Piece[]): Join[] {
  const joins: Join[] = [{ kind: 'first', target: [] }];
  for (const piece of item) {
    const join = joins.at(-1);
    if (isWord(piece, ...JOIN_WORDS)) startJoin(joins, piece);
    else if (isWord(piece, 'on') && join) join.on = [];
    else (join?.on ?? join?.target)?.push(piece);
  }
  return joins;
}

/** `LEFT OUTER JOIN` is one join: its first word says which. */
function startJoin(joins: Join[], piece: Piece): void {
  const last = joins.at(-1);
  const isGoingOn = last && last.kind !== 'first' && last.target.length === 0;
  if (!isGoingOn) joins.push({ kind: nameOf(piece) ?? '', target: [] });
}

export function referenceOf(pieces: Piece[]): Reference {
  const words = pieces.filter((piece) => !isWord(piece, 'only', 'lateral', 'as', 'into'));
  if (words[0]?.kind === 'group') return { table: null, alias: nameOf(words[1]) ?? '' };
  const end = words.findIndex((_, index) => index > 0 && !isSign(words[index], '.') && !isSign(words[index - 1], '.'));
  const path = end < 0 ? words : words.slice(0, end);
  const rest = end < 0 ? [] : words.slice(end);
  const table = nameOf(path.at(-1)) ?? '';
  return rest[0]?.kind === 'group' && !isWord(pieces[0], 'into')
    ? { table: null, alias: nameOf(rest[1]) ?? table }
    : { table, alias: nameOf(rest[0]) ?? table };
}

function isBracketedJoin(target: Piece[]): boolean {
  const [first] = target;
  return first?.kind === 'group' && !isQuery(first);
}
