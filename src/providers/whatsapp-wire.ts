import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../channels/json.js';
import type { DeskAttachment, Entry } from './entry.js';
import type { Files } from './files.js';
import { META_CODES } from './provider-codes.js';
import type { Notice, Talk, Wire } from './wire.js';

/** Ids that WhatsApp gives to people whose number it does not tell: `US.1234567890`. */
const BUSINESS_SCOPED = /^[A-Z]{2}\./;

/** Webhook bodies of the WhatsApp Cloud API. Source: Cloud API, "Webhooks", messages and statuses. */
export class WhatsAppWire implements Wire {
  constructor(private readonly files: Files) {}

  newMessageId(): string {
    return `wamid.${randomBytes(36).toString('base64')}`;
  }

  received(talk: Talk, entry: Entry): Notice {
    const context: JsonObject = entry.replyTo === null ? {} : { context: { from: talk.page.oaId, id: entry.replyTo } };
    return inbound(talk, entry.id, entry.at, { ...context, ...this.contents(entry) });
  }

  echoed(): null {
    return null;
  }

  accepted(talk: Talk, entry: Entry): Notice {
    return status(talk, entry, { status: 'sent' });
  }

  delivered(talk: Talk, entry: Entry): Notice {
    return status(talk, entry, { status: 'delivered' });
  }

  read(talk: Talk, entries: Entry[]): Notice {
    const statuses = entries.map((entry) => statusOf(talk, entry, { status: 'read' }));
    return notice('messages', talk, { statuses });
  }

  failed(talk: Talk, entry: Entry, code: number): Notice {
    const message = META_CODES[code]?.message ?? 'Unknown error';
    return status(talk, entry, {
      status: 'failed',
      errors: [{ code, title: message, message, error_data: { details: message } }],
    });
  }

  /** Without an emoji where it was taken back. */
  reacted(talk: Talk, { id }: Entry, emoji: string | null): Notice {
    const reaction = { message_id: id, ...(emoji !== null && { emoji }) };
    return inbound(talk, this.newMessageId(), new Date(), { type: 'reaction', reaction });
  }

  edited(talk: Talk, { id, text }: Entry): Notice {
    const message = { type: 'text', text: { body: text } };
    return inbound(talk, this.newMessageId(), new Date(), { type: 'edit', edit: { original_message_id: id, message } });
  }

  deleted(talk: Talk, { id }: Entry): Notice {
    return inbound(talk, this.newMessageId(), new Date(), { type: 'revoke', revoke: { original_message_id: id } });
  }

  pressed(): null {
    return null;
  }

  subscription(talk: Talk, isWanted: boolean): Notice {
    const preference = {
      wa_id: talk.customer,
      detail: isWanted ? 'User requested to resume marketing messages' : 'User requested to stop marketing messages',
      category: 'marketing_messages',
      value: isWanted ? 'resume' : 'stop',
      timestamp: seconds(new Date()),
    };
    return notice('user_preferences', talk, { contacts: [contactOf(talk)], user_preferences: [preference] });
  }

  withdrew(): null {
    return null;
  }

  private contents({ text, attachments: [attachment], pressed }: Entry): JsonObject {
    if (pressed) {
      const button_reply = { id: pressed.payload, title: pressed.title };
      return { type: 'interactive', interactive: { type: 'button_reply', button_reply } };
    }
    if (!attachment) return { type: 'text', text: { body: text } };
    if (attachment.type === 'location') {
      const { latitude = 0, longitude = 0, name = '' } = attachment;
      return { type: 'location', location: { latitude, longitude, name } };
    }
    const type = attachment.type === 'file' ? 'document' : attachment.type;
    return { type, [type]: this.mediaOf(attachment, text) };
  }

  /** WhatsApp names its files by ids, which have to be asked for an address. */
  private mediaOf({ url, name }: DeskAttachment, caption: string | null): JsonObject {
    const file = this.files.behind(url ?? '') ?? this.files.sample('image');
    return {
      id: file.id,
      mime_type: file.contentType,
      sha256: this.files.digestOf(file),
      ...(caption !== null && { caption }),
      ...(name !== undefined && { filename: name }),
    };
  }
}

function inbound(talk: Talk, id: string, at: Date, contents: JsonObject): Notice {
  const from: JsonObject = BUSINESS_SCOPED.test(talk.customer)
    ? { from_user_id: talk.customer }
    : { from: talk.customer };
  const message = { ...from, id, timestamp: seconds(at), ...contents };
  return notice('messages', talk, { contacts: [contactOf(talk)], messages: [message] });
}

function status(talk: Talk, entry: Entry, said: JsonObject): Notice {
  return notice('messages', talk, { statuses: [statusOf(talk, entry, said)] });
}

/** Hands back what the sender of the message wanted to have back. */
function statusOf({ customer }: Talk, { id, metadata }: Entry, said: JsonObject): JsonObject {
  const ours: JsonObject = metadata === null ? {} : { biz_opaque_callback_data: metadata };
  return { id, timestamp: seconds(new Date()), recipient_id: customer, ...said, ...ours };
}

function contactOf({ customer, profile: { name } }: Talk): JsonObject {
  const id: JsonObject = BUSINESS_SCOPED.test(customer) ? { user_id: customer } : { wa_id: customer };
  return { profile: { name }, ...id };
}

function notice(field: string, { page }: Talk, value: JsonObject): Notice {
  const metadata = { display_phone_number: `84${page.oaId.slice(-9)}`, phone_number_id: page.oaId };
  const change = { field, value: { messaging_product: 'whatsapp', metadata, ...value } };
  return {
    field,
    body: { object: 'whatsapp_business_account', entry: [{ id: page.businessId, changes: [change] }] },
  };
}

function seconds(at: Date): string {
  return String(Math.floor(at.getTime() / 1000));
}
