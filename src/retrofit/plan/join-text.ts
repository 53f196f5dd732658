import type { JoinColumn } from './plan.js';

const SIDE = String.raw`"(?:[^"]|"")+"|[^\s="]+`;
const EQUATION = new RegExp(String.raw`^\s*(${SIDE})\s*=\s*(${SIDE})\s*$`);
/** An `and` that stands between two equations, not in quotes. */
const AND = /\s+and\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/i;
const PLAIN = /^[\p{L}_][\p{L}\p{N}_$]*$/u;

/** Reads `child = parent and other = "other Parent"`. Null where it is not of that form. */
export function readJoin(text: string): JoinColumn[] | null {
  const equations = text.split(AND).map((part) => EQUATION.exec(part));
  const columns = equations.map((found) => {
    const [, child, parent] = found ?? [];
    return child === undefined || parent === undefined ? null : { child: bare(child), parent: bare(parent) };
  });
  return columns.every((column) => column !== null) ? columns : null;
}

export function writeJoin(on: readonly JoinColumn[]): string {
  return on.map(({ child, parent }) => `${quoted(child)} = ${quoted(parent)}`).join(' and ');
}

const bare = (side: string): string => (side.startsWith('"') ? side.slice(1, -1).replaceAll('""', '"') : side);

function quoted(column: string): string {
  return PLAIN.test(column) && column.toLowerCase() !== 'and' ? column : `"${column.replaceAll('"', '""')}"`;
}
