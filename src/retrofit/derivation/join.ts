import type { Table } from '../catalogue/catalogue.js';
import type { JoinColumn } from '../plan/plan.js';
import type { JoinedColumn } from './derivation.js';

/** Text of an extension that knows no case. */
const isCitext = (type: string): boolean => /(?:^|\.)citext$/.test(type);

/** What a join needs to know of the columns that it compares. Where one of them knows no case, neither does the comparison. */
export function joined(child: Table, parent: Table, on: JoinColumn): JoinedColumn {
  const [mine, theirs] = [kindOf(child, on.child), kindOf(parent, on.parent)];
  const types = { childType: mine.baseType, parentType: theirs.baseType };
  if (mine.baseType === theirs.baseType) return { ...on, ...types, equals: theirs.equals, as: null };
  const citext = [theirs, mine].find(({ baseType }) => isCitext(baseType));
  return { ...on, ...types, equals: citext?.equals ?? '=', as: citext?.baseType ?? null };
}

function kindOf({ columns }: Table, name: string): { baseType: string; equals: string } {
  return columns.find((column) => column.name === name) ?? { baseType: 'text', equals: '=' };
}
