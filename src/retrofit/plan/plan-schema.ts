import { z } from 'zod';
import { id, identifier, setting, tableName, text } from './field-schemas.js';
import { givenSchema, tableSchema, waySchema } from './table-schema.js';

const organization = z.strictObject(
  {
    table: tableName.optional(),
    id: identifier('the name of a column').optional(),
    column: identifier('the name of a column').optional(),
    setting: setting.optional(),
  },
  { error: 'a map with table, id, column and setting' },
);

const fallback = z.strictObject({ id: id('an id'), name: text('a name') }, { error: 'a map with id and name' });

const SOURCES = ['each', 'default', 'existing', 'schemas'] as const;
const source = z
  .strictObject(
    {
      each: tableName.optional(),
      where: text('a condition in SQL').optional(),
      name: identifier('the name of a column').optional(),
      default: fallback.optional(),
      existing: z.literal(true, { error: 'true' }).optional(),
      schemas: text('a pattern, as in tenant_*').optional(),
    },
    { error: 'a map with each, default, existing or schemas' },
  )
  .superRefine((found, context) => {
    const message = contradiction(
      SOURCES.filter((key) => found[key] !== undefined),
      found.where ?? found.name,
    );
    if (message !== null) context.addIssue({ code: 'custom', message });
  });

function contradiction(given: (typeof SOURCES)[number][], ofEach: string | undefined): string | null {
  if (given.length === 0) return 'one of each, default, existing or schemas';
  if (ofEach !== undefined && !given.includes('each')) return 'each beside where and name';
  if (given.includes('each') && given.includes('existing')) return 'each or existing, not both';
  return given.includes('schemas') && given.length > 1 ? 'schemas alone' : null;
}

const application = z.strictObject({ role: identifier('the name of a role') }, { error: 'a map with role' });

/** What a plan file may hold. */
export const planSchema = z.strictObject(
  {
    version: z.literal(1, { error: '1' }),
    organization: organization.optional(),
    source,
    tables: z.record(z.string(), tableSchema, { error: 'a map from tables to what becomes of them' }),
    application: application.optional(),
  },
  { error: 'a map with version, source and tables' },
);

export type WrittenPlan = z.infer<typeof planSchema>;

const SHAPES: Record<string, object> = {
  '': planSchema.shape,
  organization: organization.shape,
  source: source.shape,
  'source.default': fallback.shape,
  tables: tableSchema.shape,
  'tables.copy': waySchema.shape,
  'tables.unowned': givenSchema.shape,
  application: application.shape,
};

/** Which keys there may be at a path of a plan file. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  const [top, ...below] = path;
  const kinds = [top, ...(top === 'tables' ? below.slice(1) : below)].filter((key) => typeof key === 'string');
  return Object.keys(SHAPES[kinds.join('.')] ?? {});
}
