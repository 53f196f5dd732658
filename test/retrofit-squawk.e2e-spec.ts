import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PHASES } from '../src/retrofit/phases/phase.js';
import type { Phase } from '../src/retrofit/phases/phase.js';
import { dataSql } from '../src/retrofit/run/data-sql.js';
import { STEPS } from '../src/retrofit/phases/phase-steps.js';
import { sqlOf } from '../src/retrofit/run/step-sql.js';
import { Phases } from './support/retrofit-phases.js';
import { SHOP, SHOP_PLAN } from './support/retrofit-shop.js';
import { RetrofitDatabase } from './support/retrofit.js';

const SQUAWK = 'node_modules/.bin/squawk';

let database: RetrofitDatabase;
let phases: Phases;
let directory: string;
const scripts = new Map<Phase, string>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'polydesk-squawk-'));
  database = await RetrofitDatabase.make();
  await database.load(SHOP);
  phases = await Phases.open(database, SHOP_PLAN);
  for (const phase of PHASES) {
    const work = await phases.work();
    scripts.set(phase, sqlOf(phase, await STEPS[phase](work), await dataSql(phase, work)));
    await phases.through(phase);
  }
});

afterAll(async () => {
  await phases.close();
  await database.stop();
  await rm(directory, { recursive: true });
});

/** What squawk says of a script, a line each. */
async function squawk(phase: Phase, sql: string): Promise<string[]> {
  const path = join(directory, `${phase}.sql`);
  await writeFile(path, `${sql}\n`);
  const child = spawn(SQUAWK, ['--reporter=Gcc', '--pg-version=14.0', path]);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  await once(child, 'close');
  return stdout.split('\n').filter((line) => line.includes('.sql:'));
}

describe('The SQL of every phase', () => {
  it.each(PHASES)('is clean under squawk: %s', async (phase) => {
    expect(await squawk(phase, scripts.get(phase) ?? '')).toEqual([]);
  });
});
