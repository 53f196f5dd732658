import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../channels/json.js';
import type { DeskAttachment, Entry } from './entry.js';
import type { Notice, Talk, Wire } from './wire.js';

/** Webhook bodies of Messenger. Source: Messenger Platform, "Webhook events". */
export class MessengerWire implements Wire {
  constructor(private readonly appId: string) {}

  newMessageId(): string {
    return `m_${randomBytes(33).toString('base64url')}`;
  }

  received(talk: Talk, entry: Entry): Notice {
    const pressed = entry.pressed && { quick_reply: { payload: entry.pressed.payload } };
    return fromCustomer('messages', talk, entry.at, { message: { ...contents(entry), ...pressed } });
  }

  echoed(talk: Talk, entry: Entry): Notice {
    const ours: JsonObject = entry.metadata === null ? {} : { metadata: entry.metadata };
    const message = { ...contents(entry), is_echo: true, app_id: Number(this.appId) || this.appId, ...ours };
    const [sender, recipient] = [talk.page.oaId, talk.customer];
    return notice('message_echoes', talk, {
      sender: { id: sender },
      recipient: { id: recipient },
      timestamp: entry.at.getTime(),
      message,
    });
  }

  accepted(): null {
    return null;
  }

  delivered(talk: Talk, entry: Entry): Notice {
    const delivery = { mids: [entry.id], watermark: entry.at.getTime() };
    return fromCustomer('message_deliveries', talk, new Date(), { delivery });
  }

  read(talk: Talk, entries: Entry[]): Notice {
    const watermark = Math.max(...entries.map(({ at }) => at.getTime()));
    return fromCustomer('message_reads', talk, new Date(), { read: { watermark } });
  }

  failed(): null {
    return null;
  }

  reacted(talk: Talk, { id }: Entry, emoji: string | null): Notice {
    const reaction: JsonObject =
      emoji === null ? { mid: id, action: 'unreact' } : { mid: id, action: 'react', emoji, reaction: 'other' };
    return fromCustomer('message_reactions', talk, new Date(), { reaction });
  }

  edited(talk: Talk, { id, text, edits }: Entry): Notice {
    return fromCustomer('message_edits', talk, new Date(), { message_edit: { mid: id, text, num_edit: edits } });
  }

  deleted(talk: Talk, { id }: Entry): Notice {
    return fromCustomer('messages', talk, new Date(), { message: { mid: id, is_deleted: true } });
  }

  pressed(talk: Talk, { id, at, pressed }: Entry): Notice {
    return fromCustomer('messaging_postbacks', talk, at, { postback: { mid: id, ...pressed } });
  }

  subscription(): null {
    return null;
  }

  withdrew(): null {
    return null;
  }
}

function fromCustomer(field: string, talk: Talk, at: Date, event: JsonObject): Notice {
  const [sender, recipient] = [talk.customer, talk.page.oaId];
  return notice(field, talk, {
    sender: { id: sender },
    recipient: { id: recipient },
    timestamp: at.getTime(),
    ...event,
  });
}

function notice(field: string, { page }: Talk, event: JsonObject): Notice {
  return { field, body: { object: 'page', entry: [{ id: page.oaId, time: Date.now(), messaging: [event] }] } };
}

function contents({ id, text, attachments, replyTo }: Entry): JsonObject {
  return {
    mid: id,
    ...(text !== null && { text }),
    ...(attachments.length > 0 && { attachments: attachments.map(toAttachment) }),
    ...(replyTo !== null && { reply_to: { mid: replyTo } }),
  };
}

function toAttachment({ type, url, latitude, longitude, name }: DeskAttachment): JsonObject {
  if (type === 'location')
    return { type, title: name ?? '', payload: { coordinates: { lat: latitude ?? 0, long: longitude ?? 0 } } };
  if (type === 'sticker') return { type: 'image', payload: { url, sticker_id: 369239263222822 } };
  return { type, payload: { url } };
}
