import { connected } from './throwaway.js';

/** Everything that stands before messages: quickly done, and not measured. */
const PARENTS = [
  'ALTER TABLE users ADD COLUMN organization_id text',
  'ALTER TABLE customers ADD COLUMN organization_id text',
  'ALTER TABLE conversations ADD COLUMN organization_id text',
  'ALTER TABLE messages ADD COLUMN organization_id text',
  `UPDATE users SET organization_id = 'users-' || coalesce(admin_id, id)`,
  'UPDATE customers c SET organization_id = p.organization_id FROM users p WHERE p.id = c.admin_id',
  'UPDATE conversations c SET organization_id = p.organization_id FROM customers p WHERE p.id = c.customer_id',
  'VACUUM (ANALYZE) users, customers, conversations',
  'CHECKPOINT',
];

export async function prepareByHand(url: string): Promise<void> {
  await connected(url, async (client) => {
    for (const statement of PARENTS) await client.query(statement);
  });
}

/** One plain UPDATE of all messages: rows a second. */
export async function plainUpdate(url: string): Promise<number> {
  return connected(url, async (client) => {
    const began = performance.now();
    const { rowCount } = await client.query(
      'UPDATE messages m SET organization_id = c.organization_id FROM conversations c WHERE c.id = m.conversation_id',
    );
    return perSecond(rowCount ?? 0, began);
  });
}

/** What the source documents do: for each row one SELECT of its parent and one UPDATE. Rows a second, of a sample. */
export async function perRowLoop(url: string, rows: number): Promise<number> {
  return connected(url, async (client) => {
    const { rows: messages } = await client.query<{ id: string; conversation_id: number }>(
      'SELECT id, conversation_id FROM messages ORDER BY id LIMIT $1',
      [rows],
    );
    const began = performance.now();
    for (const { id, conversation_id } of messages) {
      const parents = await client.query<{ organization_id: string }>({
        name: 'parent',
        text: 'SELECT organization_id FROM conversations WHERE id = $1',
        values: [conversation_id],
      });
      const owner = parents.rows[0]?.organization_id;
      await client.query({
        name: 'own',
        text: 'UPDATE messages SET organization_id = $2 WHERE id = $1',
        values: [id, owner],
      });
    }
    return perSecond(messages.length, began);
  });
}

export function perSecond(rows: number, began: number): number {
  return (rows * 1000) / (performance.now() - began);
}
