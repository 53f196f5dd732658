import type { BurstEvent } from './burst.js';
import { asOwner } from './pages.js';

interface StoredConversation {
  oaId: string;
  customer: string;
  unread: number;
  last: string | null;
  /** In the order in which the inbox lists them. */
  mids: string[];
}

/** Not by way of the conversation's own columns: what was stored twice, or beside it, must show. */
const STORED = `
  SELECT m.oa_id AS "oaId", m.sender_id AS customer, c.unread_count AS unread, last.provider_message_id AS last,
    array_agg(m.provider_message_id ORDER BY m.created_at, m.id) AS mids
  FROM messages m
  LEFT JOIN conversations c ON c.org_id = m.org_id AND c.id = m.conversation_id
  LEFT JOIN messages last ON last.org_id = c.org_id AND last.id = c.last_message_id
  WHERE m.sender_id = ANY ($1)
  GROUP BY m.org_id, m.conversation_id, m.oa_id, m.sender_id, c.unread_count, last.provider_message_id`;

/** What of the events is not stored once, in its conversation, and in its order. */
export async function faultsOf(events: BurstEvent[], ownerUrl: string): Promise<string[]> {
  const expected = byCustomer(events);
  const stored = await asOwner(ownerUrl, (owner) => owner.query<StoredConversation>(STORED, [[...expected.keys()]]));
  const found = byCustomer(stored.rows);
  const faults = [...expected].filter(([customer, sent]) => !isKept(sent, found.get(customer) ?? []));
  const [first] = faults;
  if (!first) return [];
  const [customer, sent] = first;
  const [what, instead] = [sent.map(({ mid }) => mid), found.get(customer) ?? []].map((it) => JSON.stringify(it));
  return [`burst: ${faults.length} of ${expected.size} conversations are not as sent: ${what} became ${instead}`];
}

function isKept(sent: BurstEvent[], [conversation, ...others]: StoredConversation[]): boolean {
  if (!conversation || others.length > 0) return false;
  const mids = sent.map(({ mid }) => mid);
  return (
    conversation.oaId === sent[0]?.oaId &&
    conversation.unread === mids.length &&
    conversation.last === mids.at(-1) &&
    conversation.mids.join() === mids.join()
  );
}

function byCustomer<T extends { customer: string }>(all: T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(one.customer, [...(groups.get(one.customer) ?? []), one]);
  return groups;
}
