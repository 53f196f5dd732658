/** What fits into one request of the Send API: one attachment, or one text. Source: Send API reference. */

import type { OutgoingMessage } from '../outgoing.js';
import { piecesOf } from '../text-pieces.js';

export const LONGEST_TEXT = 2_000;

/** Attachments before the text that goes with them. The first part is the reply, and the last one has the buttons. */
export function parts(message: OutgoingMessage): OutgoingMessage[] {
  const bare = { ...message, text: null, attachments: [], quickReplies: [], replyTo: null };
  const pieces = [
    ...message.attachments.map((attachment) => ({ ...bare, attachments: [attachment] })),
    ...piecesOf(message.text ?? '', LONGEST_TEXT).map((text) => ({ ...bare, text })),
  ];
  return pieces.map((piece, place) => ({
    ...piece,
    ...(place === 0 && { replyTo: message.replyTo }),
    ...(place === pieces.length - 1 && { quickReplies: message.quickReplies }),
  }));
}
