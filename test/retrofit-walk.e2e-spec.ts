import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RetrofitDatabase } from './support/retrofit.js';
import { command } from './support/retrofit-command.js';

const PAGE = 'docs/retrofit.md';
const page = readFileSync(PAGE, 'utf8');

/** What the page types, and what it shows below. */
interface Typed {
  line: string;
  shown: string[];
}

describe(`The walk of ${PAGE}`, () => {
  let database: RetrofitDatabase;
  let directory: string;
  let plan: string;
  beforeAll(async () => {
    database = await RetrofitDatabase.make();
    directory = await mkdtemp(join(tmpdir(), 'polydesk-walk-'));
    plan = join(directory, 'retrofit.yaml');
  });
  afterAll(async () => {
    await database.stop();
    await rm(directory, { recursive: true });
  });

  for (const { line, shown } of typedIn(page))
    it(`shows what one sees after: ${line}`, async () => {
      if (line.includes('--report') || line.endsWith('expand'))
        await writeFile(plan, `${decidedIn(page)}application: { role: ${database.applicationRole} }\n`);
      const seen = alike(await see(line));
      expect(seen).toMatch(patternOf(shown));
    });

  async function see(line: string): Promise<string> {
    const script = /^psql -qf (\S+)$/.exec(line)?.[1];
    if (script) return database.load(readFileSync(script, 'utf8')).then(() => '');
    const sql = /^psql -Atc "(.*)"$/.exec(line)?.[1];
    if (sql) return (await database.rows(sql)).map((row) => Object.values(row).join('|')).join('\n');
    return retrofit(line);
  }

  async function retrofit(line: string): Promise<string> {
    const words = [...line.replace('polydesk retrofit ', '').matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, bare]) => quoted ?? bare ?? '',
    );
    const args = words.map((word) => (word === 'retrofit.yaml' ? plan : word));
    const { stdout, stderr } = await command(database, ...args, ...(line.endsWith('expand') ? ['--plan', plan] : []));
    return stdout + stderr;
  }

  /** Names, times and sizes that are others on every machine. */
  function alike(text: string): string {
    return text
      .replaceAll(plan, 'retrofit.yaml')
      .replaceAll(database.name, 'record_shop')
      .replaceAll(database.applicationRole, 'organization_app')
      .split('\n')
      .map(plainly)
      .join('\n')
      .trimEnd();
  }
});

function plainly(line: string): string {
  return line
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/\d+(\.\d+)? ([kM]B|s\b)/g, '<$2>')
    .replace(/ {2,}/g, ' ')
    .trimEnd();
}

function typedIn(text: string): Typed[] {
  const blocks = [...text.matchAll(/```console\n(.*?)```/gs)].flatMap(([, block = '']) => block.trimEnd().split('\n'));
  const typed: Typed[] = [];
  for (const line of blocks)
    if (line.startsWith('$ ')) typed.push({ line: line.slice(2), shown: [] });
    else typed.at(-1)?.shown.push(line);
  return typed;
}

function decidedIn(text: string): string {
  return /```yaml\n(.*?)```/s.exec(text)?.[1] ?? '';
}

/** A line of `…` stands for any lines. */
function patternOf(shown: string[]): RegExp {
  const lines = shown.map(plainly).map((line) => (line === '…' ? '[^]*' : escaped(line)));
  return new RegExp(`^${lines.join('\n')}$`);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
