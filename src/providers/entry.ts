import type { Json, JsonObject } from '../channels/json.js';
import type { DeskPlatform } from './accounts.js';

export interface DeskAttachment {
  type: string;
  url: string | null;
  name?: string;
  latitude?: number;
  longitude?: number;
}

export interface DeskButton {
  title: string;
  payload: string;
}

/** One message, as the customer sees it. */
export interface Entry {
  id: string;
  at: Date;
  from: 'customer' | 'page';
  text: string | null;
  attachments: DeskAttachment[];
  /** What the page lets the customer press. */
  buttons: DeskButton[];
  /** What the customer pressed to say this. */
  pressed: DeskButton | null;
  template: JsonObject | null;
  /** What Polydesk wants handed back with the echo, or WhatsApp's statuses. */
  metadata: string | null;
  replyTo: string | null;
  /** Who reacted, with what. */
  reactions: { customer?: string; page?: string };
  status: 'sent' | 'delivered' | 'read' | 'failed';
  edits: number;
  isDeleted: boolean;
}

/** A message of Polydesk that the provider has taken. */
export interface SentMessage {
  id: string;
  at: Date;
  platform: DeskPlatform;
  page: string;
  customer: string;
  text: string | null;
  attachments: DeskAttachment[];
  buttons: DeskButton[];
  template: JsonObject | null;
  metadata: string | null;
  replyTo: string | null;
  tag: string | null;
  /** The body as it came. */
  request: JsonObject;
}

/** Typing, read, reaction: what Polydesk says without a message. */
export interface SentSignal {
  at: Date;
  platform: DeskPlatform;
  page: string;
  customer: string | null;
  signal: string;
  detail: Json;
}
