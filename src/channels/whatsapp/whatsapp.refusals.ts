/** What WhatsApp would refuse, said before it is sent. Source: Cloud API, customer service windows, interactive messages. */

import type { OutgoingMessage } from '../outgoing.js';
import type { ProviderFailure } from '../provider.js';
import { WINDOW_SENTENCE } from './whatsapp.failures.js';

const WINDOW = 24 * 3_600_000;

const MOST_QUICK_REPLIES = 10;
const LONGEST_PAYLOAD = 200;
/** A list shows so much of a choice, in two lines. */
export const LONGEST_CHOICE = 72;

export function refusal(message: OutgoingMessage, lastHeardAt: Date | null, now: Date): ProviderFailure | null {
  return refusedContents(message) ?? refusedTime(message, lastHeardAt, now);
}

function refusedContents({ tag, text, quickReplies }: OutgoingMessage): ProviderFailure | null {
  if (tag !== null)
    return refused('tag_unsupported', 'WhatsApp has no message tags: outside of 24 hours send an approved template.');
  if (quickReplies.length === 0) return null;
  if (text === null) return refused('text_missing', 'On WhatsApp, quick replies stand below a text: write one.');
  if (quickReplies.length > MOST_QUICK_REPLIES)
    return refused('too_many_quick_replies', `WhatsApp shows at most ${MOST_QUICK_REPLIES} quick replies.`);
  const isTooLong = quickReplies.some(
    (one) => one.title.length > LONGEST_CHOICE || one.payload.length > LONGEST_PAYLOAD,
  );
  if (!isTooLong) return null;
  return refused(
    'invalid_quick_reply',
    `On WhatsApp a quick reply has at most ${LONGEST_CHOICE} characters, and its payload ${LONGEST_PAYLOAD}.`,
  );
}

/** A template may be sent at any time, but it does not open the window for what comes with it. */
function refusedTime(message: OutgoingMessage, lastHeardAt: Date | null, now: Date): ProviderFailure | null {
  const isOpen = lastHeardAt !== null && now.getTime() - lastHeardAt.getTime() <= WINDOW;
  const isTemplateAlone = message.template !== null && message.text === null && message.attachments.length === 0;
  return isOpen || isTemplateAlone ? null : refused('window_closed', WINDOW_SENTENCE);
}

function refused(code: string, message: string): ProviderFailure {
  return { kind: 'message', code, message };
}
