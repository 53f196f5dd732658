import { createHmac, randomUUID } from 'node:crypto';
import { escapeAsMeta } from '../providers/meta-bytes.js';

/** A webhook body as Meta puts it on the wire, and its signature. */
export interface SignedBody {
  bytes: string;
  signature: string;
}

export interface Incoming {
  page: string;
  customer: string;
  message?: object;
  postback?: object;
}

/** One body for several pages: Meta batches the events of different pages that belong to one app. */
export function signedBody(events: Incoming[], appSecret: string): SignedBody {
  const entry = [...new Set(events.map(({ page }) => page))].map((page) => ({
    id: page,
    time: Date.now(),
    messaging: events.filter((event) => event.page === page).map(toMessaging),
  }));
  const bytes = escapeAsMeta(JSON.stringify({ object: 'page', entry }));
  return { bytes, signature: `sha256=${createHmac('sha256', appSecret).update(bytes).digest('hex')}` };
}

function toMessaging({ page, customer, message, postback }: Incoming): object {
  const envelope = { sender: { id: customer }, recipient: { id: page }, timestamp: Date.now() };
  const mid = `m_${randomUUID()}`;
  return message ? { ...envelope, message: { mid, ...message } } : { ...envelope, postback: { mid, ...postback } };
}
