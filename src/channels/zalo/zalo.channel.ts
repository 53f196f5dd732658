/** The Zalo Official Account channel. Source: Zalo OA documentation, webhook and OpenAPI. */

import type { Channel } from '../channel.js';
import type { ChannelEvent } from '../channel-events.js';
import { isJsonObject, storable } from '../storable.js';
import { media, profile } from './zalo.account.js';
import { zaloEventOf } from './zalo.envelope.js';
import { eventOf } from './zalo.events.js';
import { refresh } from './zalo.oauth.js';
import { parts, refusal } from './zalo.outgoing.js';
import { send } from './zalo.sending.js';
import { isProbe, signatureOf } from './zalo.signature.js';

const LEVELS_OF_EVENT = 50;

/** Zalo allows an app about 4,000 requests a minute, for all its accounts together. */
const MESSAGES_PER_SECOND = 20;

/** Any text will do: Zalo only wants to see that somebody is there. */
const PRESENT = 'Polydesk';

export const zaloChannel: Channel = {
  platform: 'zalo',
  messagesPerSecond: MESSAGES_PER_SECOND,
  answerHandshake: () => PRESENT,
  isProbe,
  signatureOf,
  translate,
  parts,
  refusal,
  send,
  // Zalo can tell a customer neither that somebody is typing nor that somebody has read.
  signal: () => Promise.resolve(),
  // One webhook serves all accounts of the app, from the moment that they let it in; there is no call that ends it.
  subscribe: () => Promise.resolve(),
  unsubscribe: () => Promise.resolve(),
  profile,
  media,
  refresh,
};

/** A body is one event. */
function translate(body: unknown): ChannelEvent[] {
  const event = storable(body, LEVELS_OF_EVENT);
  const known = isJsonObject(event) ? zaloEventOf(event, Date.now()) : null;
  return known ? [eventOf(known)] : [];
}
