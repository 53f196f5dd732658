import type { Companion } from '../../platform/database/companions.js';
import type { JsonObject } from '../../platform/jobs/job.js';
import { addingJob } from '../../platform/jobs/job-statement.js';

export const DELIVER = 'deliver';

/** Has what is queued in a conversation sent, now or not before `runAt`: one job a conversation, so that its order is kept. */
export function delivering(conversationId: string, runAt?: Date): Companion {
  return addingJob(DELIVER, { conversationId }, { key: `${DELIVER} ${conversationId}`, ...(runAt && { runAt }) });
}

/** The conversation that a job is about. */
export function conversationIn(payload: JsonObject): string {
  return payload['conversationId'] as string; // As `delivering` wrote it.
}
