/** A piece of a statement: a word, a quoted name, a parameter, a literal, a sign, or what stands in one pair of brackets. */
export interface Leaf {
  kind: 'word' | 'name' | 'parameter' | 'literal' | 'sign';
  /** In lower case for words; without its quotes for names. */
  text: string;
}
export interface Group {
  kind: 'group';
  items: Piece[];
}
export type Piece = Leaf | Group;

/** One alternative a kind of piece, in the order in which they must be tried. */
const PIECES =
  /(?<space>\s+|--[^\n]*|\/\*.*?\*\/)|(?<literal>[eE]?'(?:[^']|'')*'|\d+(?:\.\d+)?)|"(?<name>(?:[^"]|"")+)"|\$(?<parameter>\d+)|(?<word>[A-Za-z_]\w*)|(?<sign>::|<=|>=|<>|!=|\|\||->>|->|[-+*/<>=~!@#%^&|?.,;:[\]])|(?<open>\()|(?<close>\))/suy;

/** A statement as a tree of its brackets. Throws at what no statement of ours has, such as dollar quotes. */
export function parseSql(text: string): Piece[] {
  const stack: Piece[][] = [[]];
  for (let at = 0; at < text.length; at = PIECES.lastIndex) {
    PIECES.lastIndex = at;
    const groups = PIECES.exec(text)?.groups;
    if (!groups) throw new Error(`Not understood: ${text.slice(at, at + 40)}`);
    place(groups, stack);
  }
  const [statement, ...open] = stack;
  if (!statement || open.length > 0) throw new Error('A bracket is not closed');
  return statement.filter((piece, index) => !(isSign(piece, ';') && index === statement.length - 1));
}

function place(groups: Record<string, string | undefined>, stack: Piece[][]): void {
  if (groups['space'] !== undefined) return;
  if (groups['open'] !== undefined) return void stack.push([]);
  if (groups['close'] !== undefined) return closeGroup(stack);
  stack.at(-1)?.push(leafOf(groups));
}

function closeGroup(stack: Piece[][]): void {
  const items = stack.pop() ?? [];
  const around = stack.at(-1);
  if (!around) throw new Error('A bracket is closed that was never opened');
  around.push({ kind: 'group', items });
}

function leafOf({ word, name, parameter, literal, sign }: Record<string, string | undefined>): Leaf {
  if (word !== undefined) return { kind: 'word', text: word.toLowerCase() };
  if (name !== undefined) return { kind: 'name', text: name.replaceAll('""', '"') };
  if (parameter !== undefined) return { kind: 'parameter', text: parameter };
  return literal !== undefined ? { kind: 'literal', text: literal } : { kind: 'sign', text: sign ?? '' };
}

export function isWord(piece: Piece | undefined, ...texts: string[]): boolean {
  return piece?.kind === 'word' && texts.includes(piece.text);
}

export function isSign(piece: Piece | undefined, text: string): boolean {
  return piece?.kind === 'sign' && piece.text === text;
}

/** What a word or a quoted name names. */
export function nameOf(piece: Piece | undefined): string | undefined {
  return piece?.kind === 'word' || piece?.kind === 'name' ? piece.text : undefined;
}

/** Whether a bracket holds a query, not an expression. */
export function isQuery(piece: Piece | undefined): boolean {
  if (piece?.kind !== 'group') return false;
  const [first] = piece.items;
  return isWord(first, 'select', 'with', 'values', 'insert', 'update', 'delete') || isQuery(first);
}

/** The pieces between separators of this level. */
export function splitAt(pieces: Piece[], isSeparator: (piece: Piece) => boolean): Piece[][] {
  const parts: Piece[][] = [[]];
  for (const piece of pieces) {
    if (isSeparator(piece)) parts.push([]);
    else parts.at(-1)?.push(piece);
  }
  return parts;
}

/** All pieces at any depth, brackets before what they hold. */
export function everyPiece(pieces: Piece[]): Piece[] {
  return pieces.flatMap((piece) => (piece.kind === 'group' ? [piece, ...everyPiece(piece.items)] : [piece]));
}
