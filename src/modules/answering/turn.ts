import type { ConversationView } from '../conversations/conversation.view.js';
import type { MessageView } from '../messages/message.view.js';
import type { AnsweringBot, Manner } from '../chatbots/answering-bots.service.js';

/** A conversation in which it is a chatbot's turn. */
export interface Turn {
  bot: AnsweringBot;
  conversation: ConversationView;
  /** The newest of the conversation, oldest first. */
  messages: MessageView[];
  /** Those of the customer that wait for it, in the order in which they came. Never empty. */
  unanswered: MessageView[];
  /** The chatbot has said nothing yet since it has the conversation. */
  isFirst: boolean;
  /** Up to where it had answered. */
  answeredId: string | null;
  /** Somebody is asking it already, and is through by then, or has died. */
  busyUntil: Date | null;
}

/** What a chatbot of one type is set to. */
export type ConfigOf<T extends Manner['type']> = Extract<Manner, { type: T }>['config'];
