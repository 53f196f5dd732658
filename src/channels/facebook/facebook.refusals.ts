/** What Messenger would refuse, said before it is sent. Source: Messenger Platform policy, message tags, quick replies. */

import type { OutgoingMessage } from '../outgoing.js';
import type { ProviderFailure } from '../provider.js';
import { WINDOW_SENTENCE } from './facebook.failures.js';

const HOUR = 3_600_000;
const WINDOW = 24 * HOUR;
const WINDOW_OF_PEOPLE = 7 * 24 * HOUR;
const TAG_OF_PEOPLE = 'HUMAN_AGENT';

const MOST_QUICK_REPLIES = 13;
const LONGEST_PAYLOAD = 1_000;

export function refusal(message: OutgoingMessage, lastHeardAt: Date | null, now: Date): ProviderFailure | null {
  return refusedContents(message) ?? refusedTag(message.tag) ?? refusedTime(message.tag, lastHeardAt, now);
}

function refusedContents({ template, quickReplies }: OutgoingMessage): ProviderFailure | null {
  if (template)
    return refused(
      'template_unsupported',
      'Messenger has no templates like those of WhatsApp: write a text, with quick replies where the customer is to choose.',
    );
  if (quickReplies.length > MOST_QUICK_REPLIES)
    return refused('too_many_quick_replies', `Messenger shows at most ${MOST_QUICK_REPLIES} quick replies.`);
  if (quickReplies.some(({ payload }) => payload.length > LONGEST_PAYLOAD))
    return refused('invalid_quick_reply', `A quick reply's payload may have at most ${LONGEST_PAYLOAD} characters.`);
  return null;
}

/** The other tags of old are rejected since 27 April 2026. */
function refusedTag(tag: string | null): ProviderFailure | null {
  if (tag === null || tag === TAG_OF_PEOPLE) return null;
  return refused(
    'tag_unsupported',
    `Facebook does not accept the tag ${tag}: ${TAG_OF_PEOPLE} is the only one left, for a person's answer within 7 days.`,
  );
}

function refusedTime(tag: string | null, lastHeardAt: Date | null, now: Date): ProviderFailure | null {
  if (lastHeardAt === null)
    return closed('On Messenger the customer has to write first; afterwards you can answer for 24 hours.');
  const passed = now.getTime() - lastHeardAt.getTime();
  if (passed <= WINDOW || (tag === TAG_OF_PEOPLE && passed <= WINDOW_OF_PEOPLE)) return null;
  if (passed <= WINDOW_OF_PEOPLE)
    return closed(`${WINDOW_SENTENCE} Send it again with the tag ${TAG_OF_PEOPLE}, if a person wrote it.`);
  return closed('The customer last wrote more than 7 days ago: on Messenger they have to write again first.');
}

function closed(message: string): ProviderFailure {
  return refused('window_closed', message);
}

function refused(code: string, message: string): ProviderFailure {
  return { kind: 'message', code, message };
}
