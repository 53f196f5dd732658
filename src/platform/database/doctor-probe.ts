import type pg from 'pg';
import { messageOf } from '../errors/thrown.js';
import { inTransaction } from './owner-client.js';
import { orgColumnOf } from './shared-tables.js';

/** An organization's id that none can have. */
const GARBAGE = `'; nobody's -- organization`;

export const PROBES = ['A', 'B', 'none', 'garbage'] as const;
/** By context, what the serving role saw there: `ok`, `no rows` to tell by, or what is wrong. */
export type ProbeResults = Record<(typeof PROBES)[number], string>;

/**
 * Looks at a table as the serving role, bound to each of two organizations that have rows there, to none, and to nonsense.
 * Reads single rows by the key, in read-only transactions.
 */
export async function probe(owner: pg.ClientBase, app: pg.ClientBase, table: string): Promise<ProbeResults> {
  const column = orgColumnOf(table);
  const { rows } = await owner.query<{ a: string | null; b: string | null }>(
    `SELECT min(${column}) AS a, max(${column}) AS b FROM ${table}`,
  );
  const { a = null, b = null } = rows[0] ?? {};
  const question = `SELECT EXISTS (SELECT FROM ${table} WHERE ${column} = $1) AS sees`;
  const sees = (bound: string | null, whose: string) => look(app, bound, { text: question, values: [whose] });
  const other = a === b ? null : b;
  return {
    A: await told(() => own(a, other, sees)),
    B: await told(() => own(other, a, sees)),
    none: await told(() => nothing(a, null, sees)),
    garbage: await told(() => nothing(a, GARBAGE, sees)),
  };
}

/** Whether, bound to one organization, a row of another is there. */
type Sees = (bound: string | null, whose: string) => Promise<boolean>;

async function own(bound: string | null, other: string | null, sees: Sees): Promise<string> {
  if (bound === null) return 'no rows';
  if (other !== null && (await sees(bound, other))) return `bound to ${bound}, it sees rows of ${other}`;
  return (await sees(bound, bound)) ? 'ok' : `bound to ${bound}, it does not see its rows`;
}

async function nothing(whose: string | null, bound: string | null, sees: Sees): Promise<string> {
  if (whose === null) return 'no rows';
  const where = bound === null ? 'bound to no organization' : 'bound to an organization that is none';
  return (await sees(bound, whose)) ? `${where}, it sees rows` : 'ok';
}

async function told(look: () => Promise<string>): Promise<string> {
  return look().catch((error: unknown) => `cannot be read: ${messageOf(error)}`);
}

function look(app: pg.ClientBase, bound: string | null, question: pg.QueryConfig): Promise<boolean> {
  return inTransaction(app, async () => {
    await app.query('SET TRANSACTION READ ONLY');
    if (bound !== null) await app.query('SELECT app.set_org($1)', [bound]);
    const { rows } = await app.query<{ sees: boolean }>(question);
    return rows[0]?.sees ?? false;
  });
}
