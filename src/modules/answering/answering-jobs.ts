import type { Companion } from '../../platform/database/companions.js';
import { addingJob } from '../../platform/jobs/job-statement.js';

export const ANSWER = 'answer';

/** Has a conversation's chatbot asked, now or not before `runAt`: by one job for all that came meanwhile. */
export function answering(conversationId: string, runAt?: Date): Companion {
  return addingJob(ANSWER, { conversationId }, { key: `${ANSWER} ${conversationId}`, ...(runAt && { runAt }) });
}
