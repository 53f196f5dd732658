import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../channels/json.js';
import type { DeskAttachment, Entry } from './entry.js';
import type { Notice, Talk, Wire } from './wire.js';

/** Zalo's names of reactions. */
const ICONS: Record<string, string> = {
  '❤️': '/-heart',
  '👍': '/-strong',
  '😆': ':>',
  '😮': ':o',
  '😭': ':-((',
  '😡': ':-h',
};
const TAKEN_BACK = '/-remove';

/** Webhook bodies of Zalo's official accounts. Source: Zalo Official Account, "Webhook", events. */
export class ZaloWire implements Wire {
  constructor(private readonly appId: string) {}

  newMessageId(): string {
    return randomBytes(10).toString('hex');
  }

  received(talk: Talk, entry: Entry): Notice {
    const quote: JsonObject = entry.replyTo === null ? {} : { quote_msg_id: entry.replyTo };
    return this.event(`user_send_${kindOf(entry)}`, entry.at, {
      sender: { id: talk.customer },
      recipient: { id: talk.page.oaId },
      user_id_by_app: `9${talk.customer}`,
      message: { ...contents(entry), ...quote },
    });
  }

  echoed(talk: Talk, entry: Entry): Notice {
    return this.event(`oa_send_${kindOf(entry)}`, entry.at, { ...fromPage(talk), message: contents(entry) });
  }

  accepted(): null {
    return null;
  }

  delivered(talk: Talk, { id }: Entry): Notice {
    const message = { delivery_time: String(Date.now()), msg_id: id };
    return this.event('user_received_message', new Date(), { ...fromPage(talk), message });
  }

  read(talk: Talk, entries: Entry[]): Notice {
    const message = { msg_ids: entries.map(({ id }) => id) };
    return this.event('user_seen_message', new Date(), { ...fromPage(talk), message });
  }

  failed(): null {
    return null;
  }

  reacted(talk: Talk, { id }: Entry, emoji: string | null): Notice {
    const [sender, recipient] = [talk.customer, talk.page.oaId];
    return this.event('user_reacted_message', new Date(), {
      sender: { id: sender },
      recipient: { id: recipient },
      message: { msg_id: id, react_icon: emoji === null ? TAKEN_BACK : (ICONS[emoji] ?? emoji) },
    });
  }

  edited(): null {
    return null;
  }

  deleted(): null {
    return null;
  }

  pressed(): null {
    return null;
  }

  subscription({ page, customer }: Talk, isWanted: boolean): Notice {
    const follower = { oa_id: page.oaId, follower: { id: customer }, user_id_by_app: `9${customer}` };
    return this.event(isWanted ? 'follow' : 'unfollow', new Date(), { ...follower, source: 'oa_profile' });
  }

  withdrew({ page, customer }: Talk): Notice {
    return this.event('user_withdraw', new Date(), { oa_id: page.oaId, user_id: customer });
  }

  private event(name: string, at: Date, fields: JsonObject): Notice {
    const body = { app_id: this.appId, event_name: name, ...fields, timestamp: String(at.getTime()) };
    return { field: name, body };
  }
}

function fromPage({ page, customer }: Talk): JsonObject {
  return { sender: { id: page.oaId }, recipient: { id: customer } };
}

function kindOf({ attachments: [attachment] }: Entry): string {
  return attachment?.type ?? 'text';
}

function contents({ id, text, attachments }: Entry): JsonObject {
  return {
    msg_id: id,
    ...(text !== null && { text }),
    ...(attachments.length > 0 && { attachments: attachments.map(toAttachment) }),
  };
}

function toAttachment({ type, url, name, latitude, longitude }: DeskAttachment): JsonObject {
  if (type === 'location')
    return { type, payload: { coordinates: { latitude: String(latitude ?? 0), longitude: String(longitude ?? 0) } } };
  if (type === 'sticker') return { type, payload: { id: '1234', url } };
  if (type === 'file') return { type, payload: { name: name ?? 'file', size: '1', type: 'txt', checksum: '', url } };
  if (type === 'image' || type === 'video') return { type, payload: { thumbnail: url, url } };
  return { type, payload: { url } };
}
