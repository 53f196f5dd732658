import { OrgContext } from '../context/org-context.js';
import { messageOf } from '../errors/thrown.js';
import { logger } from '../logging/logger.js';
import { metrics } from '../metrics/metrics.js';
import type { JsonObject, Work } from './job.js';

/** A task as the queue calls it: inside the organization that `app.add_job` wrote into the payload. */
export function perform(task: string, work: Work): (payload: unknown) => Promise<void> {
  return async (given) => {
    const { orgId, ...payload } = given as JsonObject & { orgId: string }; // Written by app.add_job alone.
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
