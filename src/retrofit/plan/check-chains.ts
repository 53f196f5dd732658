import type { Plan, TablePlan } from './plan.js';

/** Every chain of copies must come from a table that knows its organizations by itself. */
export function checkChains({ tables, source, organization }: Plan): string[] {
  const known = new Set(Object.keys(tables).filter((name) => name === source.each || knowsItself(tables[name])));
  const leadsThere = (name: string): boolean =>
    tables[name]?.copy.some(({ from }) => from === organization.table || known.has(from) || !isOwned(tables[from])) ??
    false;
  let found: string[];
  do {
    found = Object.keys(tables).filter((name) => !known.has(name) && leadsThere(name));
    for (const name of found) known.add(name);
  } while (found.length > 0);
  return Object.entries(tables)
    .filter(([name, table]) => table.copy.length > 0 && !known.has(name) && !mayBeUnowned(table))
    .map(
      ([name]) =>
        `tables.${name}.copy: leads to no organization (${chainOf(tables, name).join(' <- ')}); one of these must be source.each, default or existing`,
    );
}

const knowsItself = (table: TablePlan | undefined): boolean => table !== undefined && (table.default || table.existing);
/** Those that are not have a fault of their own. */
const isOwned = (table: TablePlan | undefined): boolean => table !== undefined && !table.shared;
const mayBeUnowned = ({ nullable, unowned }: TablePlan): boolean => nullable || unowned !== 'stop';

/** By the first ways, until one comes again. */
function chainOf(tables: Plan['tables'], name: string): string[] {
  const chain = [name];
  for (let next = tables[name]?.copy[0]?.from; next !== undefined; next = tables[next]?.copy[0]?.from) {
    const isCircle = chain.includes(next);
    chain.push(next);
    if (isCircle) break;
  }
  return chain;
}
