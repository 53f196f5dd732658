import { z } from 'zod';
import { id, join, tableName, yes } from './field-schemas.js';
import type { CopyPlan } from './plan.js';

export const waySchema = z.strictObject({ from: tableName, on: join.optional() }, { error: 'a map with from and on' });

const oneWay = z.union([tableName.transform((from) => ({ from })), waySchema], {
  error: 'the name of a table, or a map with from and on',
});
const COPY = 'the name of a table, a map with from and on, or a list of them';
const copy = z.union(
  [
    tableName.transform((from) => [{ from }]),
    waySchema.transform((only) => [only]),
    z.array(oneWay).min(1, { error: COPY }),
  ],
  { error: COPY },
);

const UNOWNED = 'stop, leave, or a map with give';
export const givenSchema = z.strictObject({ give: id('the id of an organization') }, { error: UNOWNED });
const unowned = z.union([z.enum(['stop', 'leave'], { error: UNOWNED }), givenSchema], { error: UNOWNED });

/** What becomes of one table. */
export const tableSchema = z
  .strictObject(
    {
      copy: copy.optional(),
      on: join.optional(),
      conflicts: z.enum(['first', 'quarantine'], { error: 'first or quarantine' }).optional(),
      unowned: unowned.optional(),
      nullable: yes.optional(),
      default: yes.optional(),
      existing: yes.optional(),
      shared: yes.optional(),
    },
    { error: 'a map with copy, shared, nullable, default or existing' },
  )
  .superRefine((table, context) => {
    for (const [key, message] of Object.entries(contradictions(table)))
      context.addIssue({ code: 'custom', path: [key], message });
  });

export type WrittenTable = Omit<z.infer<typeof tableSchema>, 'copy'> & { copy?: CopyPlan[] | undefined };

/** By the key to mend. */
function contradictions({ shared, ...table }: WrittenTable): Record<string, string> {
  const others = Object.entries(table)
    .filter(([, value]) => value !== false)
    .map(([key]) => key);
  if (shared && others.length > 0) return { shared: `nothing beside it (there is ${others.join(', ')})` };
  const { copy = [], on, conflicts, nullable, default: fallback } = table;
  return {
    ...(on &&
      copy.length !== 1 && {
        on: 'a single copy beside it; in a list each way has its own, as in { from: users, on: a = b }',
      }),
    ...(on && copy.length === 1 && copy[0]?.on && { on: 'either beside copy or in it, not both' }),
    ...(conflicts && copy.length === 0 && { conflicts: 'copy beside it' }),
    ...(fallback && nullable && { nullable: 'to be left out, since default gives every row an organization' }),
  };
}
