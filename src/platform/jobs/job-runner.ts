import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { Logger, parseCronItems, run } from 'graphile-worker';
import type { Runner, TaskList, WorkerEvents, WorkerPool } from 'graphile-worker';
import pg from 'pg';
import { DatabaseConnections } from '../database/database-connections.js';
import { messageOf } from '../errors/thrown.js';
import { logger } from '../logging/logger.js';
import { JobRunners } from './job-runners.js';
import { Jobs } from './jobs.js';
import { perform } from './perform.js';
import { WaitingJobs } from './waiting-jobs.js';

const AT_ONCE = 10;
/** For taking and ending jobs, and one that listens. What jobs themselves ask goes through the serving role's pool. */
const CONNECTIONS = 5;
const BEAT_MS = 4_000;
const START_AGAIN_MS = 1_000;
/** Where nobody can listen: behind a pooler, without DATABASE_DIRECT_URL. */
const POLL_MS = 1_000;

/** Works on jobs, from `start` until the application ends. Where Postgres goes away it begins again once it is back. */
@Injectable()
export class JobRunner implements BeforeApplicationShutdown {
  private workers: WorkerPool | null = null;
  private runner: Runner | null = null;
  private beating: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();

  constructor(
    private readonly connections: DatabaseConnections,
    private readonly jobs: Jobs,
    private readonly runners: JobRunners,
    private readonly waiting: WaitingJobs,
  ) {}

  start(): void {
    this.beating = setInterval(() => void this.beat(), BEAT_MS);
    this.running = this.runUntilStopped();
  }

  /** Jobs under way are finished; the application's connections are still there for them. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.beating);
    await this.runner?.stop().catch(() => undefined);
    await this.running;
  }

  private async runUntilStopped(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const pool = this.connect();
      await this.runUntilBroken(pool).catch((error: unknown) =>
        logger.warn({ reason: messageOf(error) }, 'The job queue stopped, and is started again'),
      );
      await this.leave();
      void pool.end().catch(() => undefined); // What hangs on a broken connection is waited for by nobody.
      await delay(START_AGAIN_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  /** One of the queue's own connections may break in a way that it never gets over, nor says so: then it is left behind. */
  private async runUntilBroken(pool: pg.Pool): Promise<void> {
    const events: WorkerEvents = new EventEmitter();
    const broken = new Promise<never>((_, reject) => {
      events.on('pool:fatalError', ({ error }) => reject(new Error(messageOf(error))));
      events.on('worker:fatalError', ({ error }) => reject(new Error(messageOf(error))));
    });
    broken.catch(() => undefined); // Heard below, or not at all where it comes after the end.
    events.on('pool:create', ({ workerPool }) => void (this.workers = workerPool));
    this.runner = await this.run(pool, events);
    if (this.stopping.signal.aborted) return this.runner.stop();
    await this.beat();
    await Promise.race([this.runner.promise, broken]);
  }

  private async leave(): Promise<void> {
    const { workers } = this;
    this.workers = null;
    this.runner = null;
    if (workers && this.stopping.signal.aborted) await this.runners.leave(workers.id).catch(() => undefined);
  }

  private connect(): pg.Pool {
    const pool = new pg.Pool(this.connections.sessionOptions('polydesk_system', CONNECTIONS));
    pool.on('error', (error) => logger.warn({ err: error }, 'An idle connection of the job queue was lost'));
    // One that breaks while it is in use says so to its query; unheard, it would end the process.
    pool.on('connect', (client) => client.on('error', () => undefined));
    return pool;
  }

  private run(pool: pg.Pool, events: WorkerEvents): Promise<Runner> {
    const minutes = [...this.jobs.minuteRounds.keys()];
    const { canListen } = this.connections;
    return run({
      pgPool: pool,
      concurrency: AT_ONCE,
      noHandleSignals: true,
      noPreparedStatements: !canListen,
      ...(!canListen && { pollInterval: POLL_MS }),
      // Otherwise a job that cannot be ended, because Postgres is away, ends the process. Source: graphile-worker, main.ts.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
      logger: quiet,
      events,
      taskList: this.tasks(),
      parsedCronItems: parseCronItems(
        minutes.map((task) => ({ task, match: '* * * * *', options: { maxAttempts: 1 } })),
      ),
    });
  }

  private tasks(): TaskList {
    const tasks: TaskList = {};
    for (const [task, work] of this.jobs.tasks) tasks[task] = perform(task, work, this.waiting);
    for (const [task, work] of this.jobs.minuteRounds) tasks[task] = () => work();
    return tasks;
  }

  private async beat(): Promise<void> {
    try {
      if (this.workers) await this.runners.beat(this.workers.id, activeJobs(this.workers));
      const dead = await this.runners.buryTheDead();
      if (dead > 0) logger.warn({ dead }, 'Processes that worked on jobs have died: their jobs are done by others');
    } catch (error) {
      logger.warn({ reason: messageOf(error) }, 'The database does not know that this process works on jobs');
    }
  }
}

function activeJobs({ _workers }: WorkerPool): string[] {
  return _workers.map((worker) => worker.getActiveJob()?.id).filter((id) => id !== undefined);
}

/** What goes wrong inside a job is told by `perform`; of the rest only what an operator can act on. */
const quiet = new Logger(() => (level, message, meta) => {
  if (String(level) === 'error' && meta?.['failure'] !== true) logger.warn({ reason: message }, 'The job queue');
});
