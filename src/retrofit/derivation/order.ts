import type { Derivation } from './derivation.js';

/**
 * Tables in an order in which each comes after those that it copies from. Those that copy from each other in a circle, and
 * those that copy from themselves, cannot be ordered: they form a group, which is gone through until nothing changes any more.
 * Tarjan's strongly connected components.
 */
export function inOrder(derivations: Derivation[]): Derivation[][] {
  const numbers = new Map<Derivation, { number: number; low: number }>();
  const stack: Derivation[] = [];
  const groups: Derivation[][] = [];

  function visit(derivation: Derivation): { number: number; low: number } {
    const mine = { number: numbers.size, low: numbers.size };
    numbers.set(derivation, mine);
    stack.push(derivation);
    for (const parent of parentsOf(derivation, derivations)) {
      const known = numbers.get(parent);
      if (!known) mine.low = Math.min(mine.low, visit(parent).low);
      else if (stack.includes(parent)) mine.low = Math.min(mine.low, known.number);
    }
    if (mine.low === mine.number) groups.push(stack.splice(stack.indexOf(derivation)));
    return mine;
  }

  for (const derivation of derivations) if (!numbers.has(derivation)) visit(derivation);
  return groups;
}

/** Whether one pass may not be enough. */
export function isCircular(group: Derivation[]): boolean {
  return group.length > 1 || group.some((derivation) => parentsOf(derivation, group).length > 0);
}

function parentsOf({ answers }: Derivation, all: Derivation[]): Derivation[] {
  const oids = new Set(answers.flatMap((answer) => (answer.kind === 'copy' ? [answer.parent.oid] : [])));
  return all.filter(({ table }) => oids.has(table.oid));
}
