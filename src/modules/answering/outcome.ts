import type { QuickReply } from '../../channels/outgoing.js';

/** What a chatbot says. */
export interface BotAnswer {
  text: string;
  quickReplies: QuickReply[];
}

/** What a chatbot does about what a customer wrote. Neither: it is at it elsewhere. */
export interface Outcome {
  answer: BotAnswer | null;
  /** Why people are to take over, in a sentence that they read; null where it goes on by itself. */
  handoff: string | null;
}
