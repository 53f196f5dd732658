/** What fits into one request of the Messages API: a template, one file, or one text. Source: Messages API reference. */

import type { OutgoingAttachment, OutgoingMessage } from '../outgoing.js';
import { piecesOf } from '../text-pieces.js';

const LONGEST_TEXT = 4_096;
const LONGEST_CAPTION = 1_024;
/** Above buttons and lists. */
const LONGEST_QUESTION = 1_024;

/** The first part is the reply, and the last one has the buttons. A short text goes along with the first file. */
export function parts(message: OutgoingMessage): OutgoingMessage[] {
  const bare = { ...message, text: null, attachments: [], quickReplies: [], template: null, replyTo: null };
  const caption = captionOf(message);
  const pieces: OutgoingMessage[] = [
    ...(message.template ? [{ ...bare, template: message.template }] : []),
    ...message.attachments.map((file, place) => ({ ...bare, attachments: [file], text: place === 0 ? caption : null })),
    ...(caption === null ? textsOf(message).map((text) => ({ ...bare, text })) : []),
  ];
  return pieces.map((piece, place) => ({
    ...piece,
    ...(place === 0 && { replyTo: message.replyTo }),
    ...(place === pieces.length - 1 && { quickReplies: message.quickReplies }),
  }));
}

function captionOf({ text, attachments, quickReplies }: OutgoingMessage): string | null {
  const [first] = attachments;
  if (text === null || first === undefined || quickReplies.length > 0) return null;
  return takesCaption(first) && text.length <= LONGEST_CAPTION ? text : null;
}

function takesCaption({ type }: OutgoingAttachment): boolean {
  return type !== 'audio';
}

/** The last piece is what stands above the buttons, where there are any. */
function textsOf({ text, quickReplies }: OutgoingMessage): string[] {
  const pieces = piecesOf(text ?? '', LONGEST_TEXT);
  if (quickReplies.length === 0) return pieces;
  return pieces.flatMap((piece, place) => (place < pieces.length - 1 ? [piece] : piecesOf(piece, LONGEST_QUESTION)));
}
