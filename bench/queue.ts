import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { SETTLE_MS } from './load.js';
import { asOwner } from './pages.js';
import type { Page } from './pages.js';
import { BenchProcess, FROM_SOURCE, environmentFor } from './process.js';
import { processorTime } from './processor-time.js';
import { progress } from './progress.js';
import { ProviderProcess } from './provider-process.js';
import type { Received } from './provider-process.js';
import { TASKS, addBareJobs, addOurJobs, openChats } from './queue-jobs.js';
import type { WorkerName } from './queue-jobs.js';

/** Processor time in microseconds per job, the provider's not included. */
export interface QueueSample {
  throughput: number;
  node: number;
  postgres: number;
}

export type QueueSamples = Record<WorkerName, QueueSample[]>;

export interface QueueOptions {
  ownerUrl: string;
  pages: Page[];
  jobs: number;
  rounds: number;
  postmaster: number;
  logFile: (name: string) => string;
}

interface Worker {
  name: WorkerName;
  process: BenchProcess;
}

/** V8 compiles in earnest what has run thousands of times: so many rounds before those that count. */
const WARM_UPS = 2;
const ROUND_LIMIT_MS = 120_000;
const LOOK_MS = 50;

const PROGRAMS: Record<WorkerName, string[]> = {
  bare: [...FROM_SOURCE, 'bench/bare-worker.ts'],
  ours: ['dist/src/cli.js', 'worker'],
};

const NOT_SENT = `SELECT count(*)::int AS count FROM messages WHERE direction = 'out' AND status IN ('queued', 'failed', 'unconfirmed')`;
const WAITING = 'SELECT count(*)::int AS count FROM graphile_worker.jobs WHERE task_identifier = $1';

/** Our worker and a bare one in turn, on the same number of jobs, against one provider. */
export class QueueBench {
  private readonly workers: Worker[];

  private constructor(
    private readonly options: QueueOptions,
    private readonly owner: pg.Client,
    private readonly provider: ProviderProcess,
  ) {
    this.workers = [this.work('bare'), this.work('ours')];
  }

  /** Throws where a job is not done, or a message not sent exactly once. */
  static async run(options: QueueOptions): Promise<QueueSamples> {
    const provider = await ProviderProcess.start(options.logFile('provider'));
    return asOwner(options.ownerUrl, async (owner) => {
      const bench = new QueueBench(options, owner, provider);
      return bench.compare().finally(() => Promise.all(bench.workers.map(({ process }) => process.stop())));
    }).finally(() => provider.stop());
  }

  private async compare(): Promise<QueueSamples> {
    const { jobs, rounds } = this.options;
    progress(`Warming up the queue: ${WARM_UPS} times ${jobs} jobs for each worker`);
    for (let round = 0; round < WARM_UPS; round += 1) for (const worker of this.workers) await this.measure(worker);
    const samples: QueueSamples = { bare: [], ours: [] };
    for (let round = 1; round <= rounds; round += 1) {
      progress(`Queue, round ${round} of ${rounds}`);
      for (const worker of this.workers) samples[worker.name].push(await this.measure(worker));
    }
    return samples;
  }

  private work(name: WorkerName): Worker {
    const { ownerUrl, logFile } = this.options;
    const env = { ...environmentFor(ownerUrl), FACEBOOK_GRAPH_URL: this.provider.url };
    return { name, process: BenchProcess.start(`The ${name} worker`, PROGRAMS[name], env, logFile(`worker-${name}`)) };
  }

  /** The jobs are there all at once, when their transaction commits: what it took to add them is nobody's cost. */
  private async measure(worker: Worker): Promise<QueueSample> {
    const { jobs, postmaster } = this.options;
    const before = await this.provider.received();
    await this.add(worker);
    const from = processorTime(worker.process.pid, postmaster);
    const started = performance.now();
    await this.owner.query('COMMIT');
    await this.done(worker, before.requests + jobs);
    const seconds = (performance.now() - started) / 1_000;
    await delay(SETTLE_MS);
    const to = processorTime(worker.process.pid, postmaster);
    await this.assertSentOnce(worker, before);
    const perJob = (ms: number) => (ms * 1_000) / jobs;
    return {
      throughput: jobs / seconds,
      node: perJob(to.node - from.node),
      postgres: perJob(to.postgres - from.postgres),
    };
  }

  /** Leaves a transaction open. */
  private async add({ name }: Worker): Promise<void> {
    const chats = await openChats(this.owner, this.options.pages, this.options.jobs);
    await this.owner.query('VACUUM (ANALYZE) graphile_worker._private_jobs, messages, conversations, integrations');
    await this.owner.query('BEGIN');
    if (name === 'ours') await addOurJobs(this.owner, chats);
    else await addBareJobs(this.owner, chats, `${this.provider.url}/me/messages`);
  }

  /** Postgres is asked only once the provider has all: looking would be a cost as well. */
  private async done({ name, process }: Worker, requests: number): Promise<void> {
    const limit = performance.now() + ROUND_LIMIT_MS;
    const isDone = async () =>
      (await this.provider.received()).requests >= requests && (await this.count(WAITING, [TASKS[name]])) === 0;
    while (!(await isDone())) {
      process.assertRunning(limit);
      await delay(LOOK_MS);
    }
  }

  private async assertSentOnce({ name }: Worker, before: Received): Promise<void> {
    const { jobs } = this.options;
    const after = await this.provider.received();
    const [requests, messages] = [after.requests - before.requests, after.messages - before.messages];
    if (requests !== jobs || messages !== jobs)
      throw new Error(`${name}: for ${jobs} jobs the provider got ${requests} requests with ${messages} messages`);
    const lost = await this.count(NOT_SENT);
    if (lost > 0) throw new Error(`${name}: ${lost} messages are not marked as sent`);
  }

  private async count(text: string, values: unknown[] = []): Promise<number> {
    const { rows } = await this.owner.query<{ count: number }>(text, values);
    return rows[0]?.count ?? 0;
  }
}
