/** What fits into one request of Zalo, and what Zalo would refuse. Source: Zalo OA documentation, consultation messages. */

import type { OutgoingAttachment, OutgoingMessage } from '../outgoing.js';
import type { ProviderFailure } from '../provider.js';
import { piecesOf } from '../text-pieces.js';

const LONGEST_TEXT = 2_000;
const DAY = 86_400_000;
const WINDOW_DAYS = 7;

/**
 * The text, in pieces, then each attachment by itself; but one image takes its text along, for every request counts against
 * the account's quota. Only a text can be the reply to a message. Zalo's own buttons are documented in ways that contradict
 * each other, so quick replies are a numbered list at the end of the text, and a video or audio, which Zalo does not take,
 * is a link.
 */
export function parts(message: OutgoingMessage): OutgoingMessage[] {
  const bare: OutgoingMessage = { ...message, text: null, attachments: [], quickReplies: [], replyTo: null };
  const texts = piecesOf(textOf(message), LONGEST_TEXT);
  const [image, ...others] = message.attachments;
  if (image?.type === 'image' && texts.length === 1 && message.replyTo === null)
    return [{ ...bare, text: texts[0] ?? null, attachments: [image] }, ...others.map(ofAttachment(bare))];
  const pieces = texts.map((text, place) => ({ ...bare, text, replyTo: place === 0 ? message.replyTo : null }));
  return [...pieces, ...message.attachments.map(ofAttachment(bare))];
}

/** What the customer gets where Zalo does not take the attachment itself. */
export function linkTo({ title, url }: OutgoingAttachment): string {
  return title === undefined ? url : `${title}: ${url}`;
}

/**
 * Within 48 hours of the customer's last word an answer is free, then it is billed, and after 7 days Zalo refuses it. There is
 * no tag that opens the window again.
 */
export function refusal(message: OutgoingMessage, lastHeardAt: Date | null, now: Date): ProviderFailure | null {
  if (message.template)
    return refused(
      'template_unsupported',
      "Zalo's templates (ZNS) go to phone numbers and are sent from Zalo itself: write a text here.",
    );
  if (lastHeardAt === null)
    return refused('window_closed', 'On Zalo the customer has to write first; afterwards you can answer for 7 days.');
  if (now.getTime() - lastHeardAt.getTime() <= WINDOW_DAYS * DAY) return null;
  return refused(
    'window_closed',
    'The customer last wrote more than 7 days ago, and on Zalo they have to write again first: reach them by phone, or with a ZNS template from Zalo.',
  );
}

function textOf({ text, quickReplies }: OutgoingMessage): string {
  const choices = quickReplies.map(({ title }, place) => `${place + 1}. ${title}`);
  return [text ?? '', choices.join('\n')].filter((piece) => piece !== '').join('\n\n');
}

function ofAttachment(bare: OutgoingMessage): (attachment: OutgoingAttachment) => OutgoingMessage {
  return (attachment) => {
    const isTaken = attachment.type === 'image' || attachment.type === 'file';
    return isTaken ? { ...bare, attachments: [attachment] } : { ...bare, text: linkTo(attachment) };
  };
}

function refused(code: string, message: string): ProviderFailure {
  return { kind: 'message', code, message };
}
