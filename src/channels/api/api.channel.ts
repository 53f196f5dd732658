/**
 * A partner's own channel: whatever system it is, it tells us by our API what its customers write, and takes what is written to
 * them at its webhook endpoint.
 */

import type { Channel } from '../channel.js';
import { send } from './api.sending.js';

/** Ours to choose: enough for a busy shop, and nobody's server is run over. */
const MESSAGES_PER_SECOND = 20;

const nothing = () => Promise.resolve();

export const apiChannel: Channel = {
  platform: 'api',
  messagesPerSecond: MESSAGES_PER_SECOND,
  // What comes in comes as API calls: there is no webhook of ours to subscribe, to sign for or to read.
  answerHandshake: () => null,
  isProbe: () => false,
  signatureOf: () => null,
  translate: () => [],
  parts: (message) => [message],
  refusal: () => null,
  send,
  signal: nothing,
  subscribe: nothing,
  unsubscribe: nothing,
  profile: () => Promise.resolve(null),
  media: ({ url }) => Promise.resolve(url === null ? null : { url, headers: {} }),
};
