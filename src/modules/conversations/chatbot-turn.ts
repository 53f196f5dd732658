import { OrgContext } from '../../platform/context/org-context.js';
import { AppError } from '../../platform/http/app-error.js';
import type { UpdateConversation } from './conversations.dto.js';

/** What routes say of {@link assertTurn}, for the document. */
export const NOT_ITS_TURN = 'The caller is a chatbot that does not have the conversation (not_its_conversation)';

/** What decides whose turn it is to answer. */
interface Turn {
  status: string;
  chatbotId: string | null;
}

/** 409 `not_its_conversation` where a chatbot acts, with its own key, on a conversation that it does not have (any more). */
export function assertTurn({ status, chatbotId }: Turn): void {
  const { chatbotId: acting } = OrgContext.actor;
  if (acting === undefined || (status === 'pending' && chatbotId === acting)) return;
  throw new AppError('not_its_conversation', 409, 'This chatbot does not have the conversation: people do, or another');
}

/** 403 where a chatbot acts, with its own key: it writes as itself, never in the name of customers. */
export function assertNotChatbot(): void {
  if (OrgContext.actor.chatbotId !== undefined)
    throw AppError.forbidden("A chatbot's key writes as the chatbot: this needs a key of the channel's own");
}

/** Whoever a chatbot's conversation is given to has it from then on. */
export function takenOver(before: Turn, changed: UpdateConversation): UpdateConversation {
  const { assigneeId, status } = changed;
  return before.status === 'pending' && assigneeId && status === undefined ? { ...changed, status: 'open' } : changed;
}

/** Whether a conversation comes to a chatbot with this change: what was written before is none of its business. */
export function comesToChatbot({ status, chatbotId }: UpdateConversation): boolean {
  return status === 'pending' || Boolean(chatbotId);
}
