import { z } from 'zod';
import { partsOfName } from '../catalogue/table-name.js';
import { isName } from './identifier.js';
import { readJoin } from './join-text.js';

// Messages say what was expected.

export const text = (expected: string) => z.string({ error: expected }).min(1, { error: expected });

/** Of a column or a role. */
export const identifier = (expected: string) =>
  z.string({ error: expected }).refine(isName, { error: `${expected}, of 1 to 63 bytes` });

const TABLE = 'the name of a table, as in users or sales.users';
export const tableName = z.string({ error: TABLE }).refine(
  (name) => {
    const parts = partsOfName(name);
    return parts !== null && isName(parts.schema) && isName(parts.localName);
  },
  { error: TABLE },
);

/** YAML reads some ids as numbers. */
export const id = (expected: string) => z.union([text(expected), z.int().transform(String)], { error: expected });

export const yes = z.boolean({ error: 'true' });

const SETTING = 'the name of a setting, as in app.organization_id';
export const setting = z.string({ error: SETTING }).regex(/^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)+$/, { error: SETTING });

const JOIN = 'child = parent, as in account_id = id (several joined by and)';
export const join = z.string({ error: JOIN }).transform((written, context) => {
  const columns = readJoin(written);
  if (columns === null) context.addIssue({ code: 'custom', message: JOIN });
  return columns ?? [];
});
