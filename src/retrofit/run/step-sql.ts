import type { JournalEntry } from '../database/journal.js';
import type { Phase, Step } from '../phases/phase.js';

/** What every session of the tool is set to, as far as its SQL depends on it. */
const PREAMBLE = ['SET search_path = pg_catalog;', 'SET statement_timeout = 0;'].join('\n');

/** The SQL of a phase, to be read, and run by hand. Clean under squawk; where it errs, the reason stands beside it. */
export function sqlOf(phase: Phase, steps: Step[], data: string[]): string {
  return [`-- ${phase}`, PREAMBLE, ...steps.map(stepSql), ...data].join('\n\n');
}

/** The SQL that takes a phase back, the last step first. */
export function undoSqlOf(phase: Phase, entries: Pick<JournalEntry, 'name' | 'undoes'>[]): string {
  const undone = entries
    .filter(({ undoes }) => undoes.length > 0)
    .map(({ name, undoes }) => [`-- undo ${name}`, ...undoes.map((statement) => `${statement};`)].join('\n'));
  return [`-- rollback of ${phase}`, PREAMBLE, ...undone].join('\n\n');
}

function stepSql({ name, how, does }: Step): string {
  const run = how === 'online' ? does.flatMap(onlineSql) : transactionSql("SET LOCAL lock_timeout = '100ms';", does);
  return [`-- ${name}`, ...run].join('\n');
}

/** Only what is CONCURRENT cannot be in a transaction. */
function onlineSql(statement: string): string[] {
  if (!/^\S+ (?:UNIQUE )?INDEX CONCURRENTLY /.test(statement))
    return transactionSql(`SET LOCAL lock_timeout = '30min';`, [statement]);
  return [`SET lock_timeout = '30min';`, `${statement};`];
}

function transactionSql(timeout: string, statements: string[]): string[] {
  return ['BEGIN;', timeout, ...statements.flatMap((statement) => [...excuse(statement), `${statement};`]), 'COMMIT;'];
}

/** Where squawk sees a danger that there is none of. */
function excuse(statement: string): string[] {
  return EXCUSES.filter(({ of }) => of.test(statement)).flatMap(({ why, rules }) => [
    `-- ${why}`,
    `-- squawk-ignore ${rules.join(', ')}`,
  ]);
}

const EXCUSES = [
  {
    of: /^CREATE (?:UNIQUE )?INDEX .* ON ONLY /s,
    why: 'Of a partitioned table alone: it holds no rows, so that nothing is built',
    rules: ['require-concurrent-index-creation'],
  },
  {
    of: /^DROP INDEX (?!CONCURRENTLY)/,
    why: 'Of a partitioned table: PostgreSQL has no other way, and it takes as long as a DROP TABLE',
    rules: ['require-concurrent-index-deletion'],
  },
  {
    of: /^ALTER TABLE .* ADD CONSTRAINT .* FOREIGN KEY (?!.* NOT VALID$)/s,
    why: 'Its partitions have it already, validated, and the whole takes those over: no row is read',
    rules: ['adding-foreign-key-constraint', 'constraint-missing-not-valid'],
  },
];
