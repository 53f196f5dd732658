import type { Json } from '../channels/json.js';
import type { DeskPage } from './accounts.js';
import type { Entry, SentMessage } from './entry.js';
import type { ProviderDesk } from './desk.js';

export type Outgoing = Pick<SentMessage, 'customer' | 'request'> &
  Partial<Pick<SentMessage, 'text' | 'attachments' | 'buttons' | 'template' | 'metadata' | 'replyTo' | 'tag'>>;

/** Takes a message of Polydesk: it is in the log, the customer sees it, and the webhooks follow. */
export function accept(desk: ProviderDesk, page: DeskPage, outgoing: Outgoing, failure: number | null): Entry {
  const contents = {
    text: outgoing.text ?? null,
    attachments: outgoing.attachments ?? [],
    buttons: outgoing.buttons ?? [],
    template: outgoing.template ?? null,
    metadata: outgoing.metadata ?? null,
    replyTo: outgoing.replyTo ?? null,
  };
  const { customer, request, tag = null } = outgoing;
  const id = desk.wireOf(page).newMessageId();
  const at = new Date();
  desk.conversations.sent.push({
    id,
    at,
    platform: page.platform,
    page: page.oaId,
    customer,
    tag,
    request,
    ...contents,
  });
  const entry = desk.conversations.add(page, customer, { id, at, from: 'page', ...contents });
  desk.follow(page, customer, entry, failure);
  return entry;
}

/** Notes what Polydesk says without a message. */
export function note(
  desk: ProviderDesk,
  page: DeskPage,
  signal: string,
  customer: string | null,
  detail: Json = null,
): void {
  const { platform, oaId } = page;
  desk.conversations.signals.push({ at: new Date(), platform, page: oaId, customer, signal, detail });
  desk.conversations.changed();
}

const HOUR_MS = 3_600_000;

/** Whether the customer last wrote longer ago than that. Of strangers nobody knows: they count as having written. */
export function isSilentFor(desk: ProviderDesk, page: DeskPage, customer: string, hours: number): boolean {
  const heardAt = desk.conversations.lastHeardAt(page, customer);
  return heardAt !== null && Date.now() - heardAt.getTime() > hours * HOUR_MS;
}
