import type { JsonObject } from './job.js';
import type { Companion } from '../database/companions.js';

export interface JobOptions {
  /** Of waiting jobs with one key there is one. Without: as many as are added. */
  key?: string;
  /** Not before; absent: now, also where one with this key waits for later. */
  runAt?: Date;
}

/** Adds a job of the bound organization, beside whatever statement it travels with. Payloads hold ids and small words. */
export function addingJob(task: string, payload: JsonObject, { key, runAt }: JobOptions = {}): Companion {
  return {
    name: 'polydesk_add_job',
    text: 'SELECT app.add_job($1, $2::jsonb, $3, $4)',
    values: [task, JSON.stringify(payload), key ?? null, runAt ?? null],
  };
}
