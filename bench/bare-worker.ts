/** The queue's yardstick: graphile-worker, set as ours is, with a task that posts what its job says and does nothing else. */
import { Logger, run } from 'graphile-worker';
import pg from 'pg';
import { Agent, request } from 'undici';
import type { Posting } from './queue-jobs.js';

const agent = new Agent();

const runner = await run({
  pgPool: new pg.Pool({ connectionString: process.env['BENCH_SYSTEM_URL'], max: 5 }),
  concurrency: 10,
  noHandleSignals: true,
  preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  logger: new Logger(() => () => undefined),
  taskList: { post: (payload) => post(payload as Posting) }, // As `addBareJobs` wrote it.
});
process.on('SIGTERM', () => void runner.stop().then(() => process.exit(0)));

async function post({ url, headers, body }: Posting): Promise<void> {
  const answer = await request(url, { method: 'POST', headers, body: JSON.stringify(body), dispatcher: agent });
  await answer.body.json();
}
