import { readFile } from 'node:fs/promises';
import { backfill } from '../../src/retrofit/backfill/backfill.js';
import { workOn } from './retrofit-work.js';

// `backfill` as a process of its own, so that a test can kill it: the address and the plan's file are its arguments.
const [, , url = '', plan = ''] = process.argv;
const work = await workOn(url, await readFile(plan, 'utf8'), process.stdout);
await backfill(work);
await work.close();
