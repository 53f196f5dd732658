import { checkChains } from './check-chains.js';
import { parsePlan } from './plan-file.js';

describe('checkChains', () => {
  it('lets circles be that a source leads into', () => {
    expect(faultsOf('a: { copy: b }\n  b: { copy: [a, users], conflicts: first }\n  c: { copy: a }')).toEqual([]);
  });

  it('names chains and circles that no source leads into', () => {
    const end = '; one of these must be source.each, default or existing';
    expect(faultsOf('a: { copy: b }\n  b: { copy: a }\n  c: { nullable: true }\n  d: { copy: c }')).toEqual([
      `tables.a.copy: leads to no organization (a <- b <- a)${end}`,
      `tables.b.copy: leads to no organization (b <- a <- b)${end}`,
      `tables.d.copy: leads to no organization (d <- c)${end}`,
    ]);
  });

  it('lets rows be that may belong to nobody', () => {
    expect(
      faultsOf('c: { nullable: true }\n  d: { copy: c, nullable: true }\n  e: { copy: c, unowned: leave }'),
    ).toEqual([]);
  });
});

function faultsOf(tables: string): string[] {
  return checkChains(parsePlan(`version: 1\nsource: { each: users }\ntables:\n  ${tables}`));
}
