import type { z } from 'zod';
import { nearest } from './nearest.js';
import { keysAt } from './plan-schema.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

const LONGEST_VALUE = 60;

/** What is wrong with a plan file, one sentence for each: `tables.messages.conflicts: expected first or quarantine, found "maybe"`. */
export function faultsOf(issues: readonly Issue[], found: unknown): string[] {
  return [...new Set(issues.flatMap((issue) => faultsOfIssue(issue, [], found)))];
}

function faultsOfIssue(issue: Issue, above: Path, found: unknown): string[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], key, keysAt(path)));
  const branch = issue.code === 'invalid_union' ? branchMeant(issue.errors) : undefined;
  if (branch) return branch.flatMap((each) => faultsOfIssue(each, path, found));
  return [`${written(path)}expected ${issue.message}${foundAt(issue, valueAt(found, path))}`];
}

/** Of several forms, the one that the value has, with a fault further inside. */
function branchMeant(branches: readonly Issue[][]): Issue[] | undefined {
  return branches.find((issues) => issues.every(({ code, path }) => path.length > 0 || code === 'unrecognized_keys'));
}

function unknownKey(path: Path, key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return `${written(path)}no such key, expected ${meant ?? `one of ${known.join(', ')}`}`;
}

/** A map's value would say nothing; what was expected of it does. */
function foundAt({ code }: Issue, value: unknown): string {
  if (value === undefined || value === null) return ', found nothing';
  if (Array.isArray(value)) return ', found a list';
  if (typeof value === 'object') return code === 'custom' ? '' : ', found a map';
  const shown = JSON.stringify(value);
  return `, found ${shown.length > LONGEST_VALUE ? `${shown.slice(0, LONGEST_VALUE)}…` : shown}`;
}

function valueAt(found: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    found,
  );
}

/** `tables.messages.copy[1].from: `; nothing for the whole file. */
function written(path: Path): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text === '' ? '' : `${text.slice(1)}: `;
}
