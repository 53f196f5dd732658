import type pg from 'pg';

/** Which rows go where. */
export interface Move {
  from: string;
  to: string;
  /** Users who go. */
  users: string[];
  /** What rows name as their owner, where that is one of them: account ids, and ids of users. */
  accounts: string[];
}

/** What decides over single rows. */
export interface ChoiceLimits {
  /** Rows whose secrets do not open, so that they cannot be sealed for where they would go; with the reason. */
  unsealable: ReadonlyMap<string, string>;
  /** Whether webhook endpoints go with who made them. */
  takesEndpoints: boolean;
}

/** A row that stays where it is, and why. */
export interface Unplaced {
  kind: 'user' | 'integration' | 'chatbot' | 'customer' | 'conversation' | 'endpoint' | 'quick reply';
  id: string;
  label: string;
  reason: string;
}

export interface MoveCounts {
  users: number;
  integrations: number;
  customers: number;
  conversations: number;
  messages: number;
  chatbots: number;
}

const IS_LEFT = (table: string) => `NOT EXISTS (SELECT FROM moving m WHERE m.kind = '${table}' AND m.id = ${table}.id)`;
const LEFT = `
  SELECT 'integration' AS kind, id, platform || ' ' || oa_id AS label FROM integrations
  WHERE org_id = $1 AND account_id = ANY ($2::uuid[]) AND ${IS_LEFT('integrations')}
  UNION ALL SELECT 'conversation', id, platform || ' ' || oa_id FROM conversations
  WHERE org_id = $1 AND account_id = ANY ($2::uuid[]) AND ${IS_LEFT('conversations')}
  UNION ALL SELECT 'quick reply', id, shortcut FROM quick_replies
  WHERE org_id = $1 AND account_id = ANY ($2::uuid[]) AND ${IS_LEFT('quick_replies')}
  UNION ALL SELECT 'chatbot', id, name FROM chatbots
  WHERE org_id = $1 AND account_id = ANY ($2::uuid[]) AND ${IS_LEFT('chatbots')}
  UNION ALL SELECT 'endpoint', id, url FROM webhook_endpoints
  WHERE org_id = $1 AND created_by = ANY ($3::uuid[]) AND id = ANY ($4::uuid[])
  ORDER BY kind DESC, id`;

export async function countChosen(client: pg.Client, { from }: Move): Promise<MoveCounts> {
  const { rows } = await client.query<{ kind: string; count: number }>(
    `SELECT kind, count(*)::integer AS count FROM moving GROUP BY kind
     UNION ALL SELECT 'messages', count(*)::integer FROM messages m
     WHERE m.org_id = $1 AND m.conversation_id IN (SELECT id FROM moving WHERE kind = 'conversations')`,
    [from],
  );
  const of = (kind: string) => rows.find((row) => row.kind === kind)?.count ?? 0;
  return {
    users: of('users'),
    integrations: of('integrations'),
    customers: of('customers'),
    conversations: of('conversations'),
    messages: of('messages'),
    chatbots: of('chatbots'),
  };
}

/** What belongs to those who go, and has to stay all the same. */
export async function listLeft(
  client: pg.Client,
  { from, to, accounts, users }: Move,
  { unsealable, takesEndpoints }: ChoiceLimits,
): Promise<Unplaced[]> {
  const { rows } = await client.query<Omit<Unplaced, 'reason'>>(LEFT, [
    from,
    accounts,
    takesEndpoints ? users : [],
    [...unsealable.keys()],
  ]);
  const met: Partial<Record<Unplaced['kind'], string>> = {
    conversation: `${to} has a conversation of this customer with this page already`,
    integration: `${to} has this page already`,
    'quick reply': `${to} has a quick reply of this shortcut already`,
  };
  return rows.map((row) => ({ ...row, reason: unsealable.get(row.id) ?? met[row.kind] ?? `${to} cannot take it` }));
}
