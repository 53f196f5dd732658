import { Document, visit } from 'yaml';
import { writeJoin } from './join-text.js';
import { DEFAULT_ORGANIZATION, DEFAULT_ROLE } from './plan-file.js';
import type { CopyPlan, Plan, TablePlan } from './plan.js';

const HEAD = `# What 'polydesk retrofit' does to this database. Read it, change it, then run 'polydesk retrofit expand'.`;
const LONGEST_COMMENT = 118;

/**
 * A plan as a file for people; `parsePlan` reads it back.
 * @param comments lines that stand above a part, by its path: `source`, `tables`, `tables.messages`; those of '' stand on top
 */
export function planYaml(plan: Plan, comments: ReadonlyMap<string, readonly string[]> = new Map()): string {
  const above = (path: string, indent = '') => (comments.get(path) ?? []).flatMap((line) => commented(line, indent));
  const part = (key: string, value: object) => [...above(key), `${key}: ${inline(value)}`];
  const tables = Object.entries(plan.tables).flatMap(([name, table]) => [
    ...above(`tables.${name}`, '  '),
    `  ${inline(name)}: ${inline(writtenTable(table))}`,
  ]);
  return [
    HEAD,
    ...above(''),
    'version: 1',
    ...part('organization', { ...DEFAULT_ORGANIZATION, ...plan.organization }),
    ...part('source', plan.source),
    ...part('application', plan.application ?? { role: DEFAULT_ROLE }),
    ...above('tables'),
    tables.length > 0 ? 'tables:' : 'tables: {}',
    ...tables,
    '',
  ].join('\n');
}

function writtenTable({ copy, conflicts, unowned, nullable, default: ours, existing, shared }: TablePlan): object {
  return {
    ...writtenCopy(copy),
    ...(conflicts !== null && { conflicts }),
    ...(unowned !== 'stop' && { unowned }),
    ...(nullable && { nullable }),
    ...(ours && { default: ours }),
    ...(existing && { existing }),
    ...(shared && { shared }),
  };
}

/** One way as `copy` and `on` beside each other, several as a list. */
function writtenCopy(copy: readonly CopyPlan[]): object {
  const [only, ...more] = copy;
  if (!only) return {};
  if (more.length > 0) return { copy: copy.map((way) => (way.on ? writtenWay(way) : way.from)) };
  const { from, ...join } = writtenWay(only);
  return { copy: from, ...join };
}

function writtenWay({ from, on }: CopyPlan): { from: string; on?: string } {
  return { from, ...(on && { on: writeJoin(on) }) };
}

/** YAML on one line: `{ copy: users, on: account_id = id }`. */
function inline(value: unknown): string {
  const document = new Document(value);
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && scalar.value.includes('\n')) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  return document
    .toString({ collectionStyle: 'flow', lineWidth: 0, doubleQuotedMinMultiLineLength: Infinity })
    .trimEnd();
}

function commented(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indent.length + line.length + word.length > LONGEST_COMMENT - 3) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `${indent}# ${each}`.trimEnd());
}
