import type { Channel } from '../../channels/channel.js';
import type { OutgoingMessage } from '../../channels/outgoing.js';
import type { ProviderFailure } from '../../channels/provider.js';
import type { Head } from './claim.statement.js';

/** What to do about the first message of a conversation. */
export type Verdict =
  | { kind: 'wait'; until: Date }
  | { kind: 'leave' }
  | { kind: 'fail'; status: 'failed' | 'unconfirmed'; failure: ProviderFailure }
  | { kind: 'sent already'; partId: string }
  | { kind: 'send'; parts: OutgoingMessage[] };

/** How long after an attempt that nobody has heard of since the provider may still send its echo; longer than an answer takes. */
const GRACE_MS = 30_000;
/** So much of what a page may send it may send at once. */
export const BURST_MS = 1_000;

/** What `claim` has to agree with, where it concerns more than what the message says. */
export function judge(head: Head, channel: Channel, now: Date): Verdict {
  if (!head.organizationIsActive) return { kind: 'leave' };
  const parts = channel.parts(outgoing(head));
  if (head.attemptedAt !== null) return afterUnknownEnd(head, parts.length, new Date(head.attemptedAt), now);
  const unreachable = refusalOfPage(head) ?? channel.refusal(outgoing(head), moment(head.lastInboundAt), now);
  if (unreachable) return { kind: 'fail', status: 'failed', failure: unreachable };
  const until = later(moment(head.nextAttemptAt), sub(moment(head.nextSendAt), BURST_MS));
  if (until && until > now) return { kind: 'wait', until };
  return { kind: 'send', parts: parts.slice(head.partIds.length) };
}

/** A request left, and we never heard how it ended: the process died, or the provider did not answer. */
function afterUnknownEnd({ partIds }: Head, parts: number, attemptedAt: Date, now: Date): Verdict {
  const last = partIds.at(-1);
  if (last !== undefined && partIds.length >= parts) return { kind: 'sent already', partId: last };
  const until = new Date(attemptedAt.getTime() + GRACE_MS);
  if (until > now) return { kind: 'wait', until };
  return { kind: 'fail', status: 'unconfirmed', failure: UNCONFIRMED };
}

const UNCONFIRMED: ProviderFailure = {
  kind: 'message',
  code: 'unconfirmed',
  message:
    'This message may have been sent: the platform never said. Ask the customer, or send it again at the risk of sending it twice',
};

function refusalOfPage({ integrationId, integrationStatus }: Head): ProviderFailure | null {
  if (integrationId === null)
    return {
      kind: 'account',
      code: 'page_disconnected',
      message: 'This page is not connected any more: connect it again',
    };
  if (integrationStatus === 'reconnect_required')
    return {
      kind: 'token',
      code: 'reconnect_required',
      message: 'The platform does not let us in for this page any more: connect it again, then send this again',
    };
  return null;
}

function outgoing(head: Head): OutgoingMessage {
  const { id, customerExternalId, text, attachments, replyTo, metadata } = head;
  const { template, quickReplies = [], tag = null } = metadata;
  return {
    ...{ id, customerExternalId, text, attachments, quickReplies, tag, replyTo },
    template: template ? { ...template, components: template.components ?? [] } : null,
  };
}

function moment(iso: string | null): Date | null {
  return iso === null ? null : new Date(iso);
}

function sub(date: Date | null, ms: number): Date | null {
  return date && new Date(date.getTime() - ms);
}

function later(a: Date | null, b: Date | null): Date | null {
  if (!a || !b) return a ?? b;
  return a > b ? a : b;
}
