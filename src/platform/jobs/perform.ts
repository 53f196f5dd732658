import type { Task } from 'graphile-worker';
import { OrgContext } from '../context/org-context.js';
import { messageOf } from '../errors/thrown.js';
import { logger } from '../logging/logger.js';
import { metrics } from '../metrics/metrics.js';
import type { JsonObject, Work } from './job.js';
import type { WaitingJobs } from './waiting-jobs.js';

/**
 * A task as the queue calls it: inside the organization that `app.add_job` wrote into the payload. Those of one that is
 * deactivated wait, whatever they are, until it is active again.
 */
export function perform(task: string, work: Work, waiting: WaitingJobs): Task {
  return async (given, { job }) => {
    const { orgId, ...payload } = given as JsonObject & { orgId: string }; // Written by app.add_job alone.
    if (await waiting.isDeactivated(orgId)) return waiting.putOff(job.id);
    const from = performance.now();
    const note = (outcome: 'done' | 'failed') => metrics.countJob(task, outcome, (performance.now() - from) / 1_000);
    try {
      await OrgContext.runAsSystem(orgId, task, () => work(payload));
      note('done');
    } catch (error) {
      note('failed');
      logger.warn({ task, orgId, ...payload, reason: messageOf(error) }, 'A job failed, and is tried again');
      throw error;
    }
  };
}
