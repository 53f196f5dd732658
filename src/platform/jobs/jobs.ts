import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { JsonObject, Work } from './job.js';
import { addingJob } from './job-statement.js';
import type { JobOptions } from './job-statement.js';

/** What is done later, by whichever process works on jobs, and at least once: so every job must bear being done again. */
@Injectable()
export class Jobs {
  private readonly works = new Map<string, Work>();
  private readonly rounds = new Map<string, () => Promise<void>>();

  constructor(private readonly database: Database) {}

  /** Who does the jobs of a task: inside its organization, as Polydesk itself. To be called when modules are initialized. */
  handle(task: string, work: Work): void {
    if (this.works.has(task)) throw new Error(`Two do the jobs of ${task}`);
    this.works.set(task, work);
  }

  /** Every minute on one process, outside of any organization. */
  everyMinute(name: string, work: () => Promise<void>): void {
    this.rounds.set(name, work);
  }

  /** A job of the bound organization. Inside a transaction it commits with it. */
  add(task: string, payload: JsonObject, options: JobOptions = {}): Promise<void> {
    return this.database.send(addingJob(task, payload, options));
  }

  get tasks(): ReadonlyMap<string, Work> {
    return this.works;
  }

  get minuteRounds(): ReadonlyMap<string, () => Promise<void>> {
    return this.rounds;
  }
}
