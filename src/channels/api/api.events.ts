/** What a partner tells us, as events. */

import type { Attachment, CustomerProfile, MessageFailed, MessageReceived, WatermarkMoved } from '../channel-events.js';
import { dateOf, dedupeKeyOf } from '../fields.js';

/** What a customer of a partner's wrote. `messageId` is the partner's, unique within its page. */
export interface InboundMessage {
  messageId: string;
  customer: CustomerProfile & { externalId: string };
  text: string | null;
  attachments: Attachment[];
  /** Absent: now. */
  occurredAt: Date | null;
}

/** What became of a message of ours. */
export interface Receipt {
  providerMessageId: string;
  customerExternalId: string;
  status: 'delivered' | 'read' | 'failed';
  error: { code: string; message: string } | null;
}

export function messageReceived(oaId: string, message: InboundMessage, now: Date): MessageReceived {
  const { messageId, customer, text, attachments, occurredAt } = message;
  const { externalId: customerExternalId, ...profile } = customer;
  return {
    kind: 'message.received',
    ...{ oaId, customerExternalId, profile, text, attachments },
    dedupeKey: dedupeKeyOf('message', messageId),
    occurredAt: dateOf((occurredAt ?? now).getTime(), now.getTime()),
    providerMessageId: messageId,
    metadata: {},
  };
}

/** Of this message alone: nothing is said of those before it. */
export function receiptCame(oaId: string, receipt: Receipt, now: Date): WatermarkMoved | MessageFailed {
  const { providerMessageId, customerExternalId, status, error } = receipt;
  const event = {
    ...{ oaId, customerExternalId, occurredAt: now },
    dedupeKey: dedupeKeyOf(status, providerMessageId),
  };
  if (status !== 'failed')
    return { ...event, kind: `messages.${status}`, until: new Date(0), providerMessageIds: [providerMessageId] };
  const { code = 'failed', message = 'The partner could not deliver it' } = error ?? {};
  return { ...event, kind: 'message.failed', providerMessageId, failure: { kind: 'message', code, message } };
}
