/** What we write to customers, in no provider's words. */

import type { JsonObject } from './json.js';

export interface OutgoingAttachment {
  type: 'image' | 'video' | 'audio' | 'file';
  url: string;
  title?: string;
}

export interface QuickReply {
  title: string;
  payload: string;
}

export interface Template {
  name: string;
  language: string;
  components: JsonObject[];
}

/** One of our messages, for one customer. A part of `parts` is what fits into one request of the provider. */
export interface OutgoingMessage {
  /** Ours; handed along where the provider hands it back with the echo. */
  id: string;
  customerExternalId: string;
  text: string | null;
  attachments: OutgoingAttachment[];
  quickReplies: QuickReply[];
  template: Template | null;
  /** A message tag that opens a closed window, where the provider has such. */
  tag: string | null;
  /** The provider's id of the message that this one answers. */
  replyTo: string | null;
}

/** What tells the customer that somebody is there. */
export type Signal = 'typing' | 'read';
