import { conversationOf } from './inbox.js';
import type { InboxSize } from './inbox.js';

/** What the application does in one transaction: its statements, with their values. */
export type Statements = [sql: string, values: unknown[]][];

interface Action {
  /** Of a hundred. */
  share: number;
  does: (size: InboxSize) => Statements;
}

const TOUCH = 'UPDATE conversations SET unread = unread + 1, last_message_at = now() WHERE id = $1';

/** Knows nothing of organizations. */
const WRITES: Action[] = [
  {
    share: 55,
    does: ({ conversations }) =>
      ofConversation(
        pick(conversations),
        `INSERT INTO messages (conversation_id, external_id, body, status) VALUES ($1, gen_random_uuid()::text, $2, 'sent')`,
      ),
  },
  { share: 25, does: update },
  {
    share: 18,
    does: (size) =>
      deliveredAgain(
        size,
        `INSERT INTO messages (conversation_id, external_id, body, status) VALUES ($1, $2, $3, 'sent')
         ON CONFLICT (external_id) DO UPDATE SET status = excluded.status`,
      ),
  },
  {
    share: 1,
    does: (size) => move(size, 'UPDATE conversations SET customer_id = $2, assigned_to = NULL WHERE id = $1'),
  },
  { share: 1, does: remove },
];

/** The same application in its next version, which alone can go on after `contract`. */
const WRITES_WITH_ORGANIZATIONS: Action[] = [
  {
    share: 55,
    does: ({ conversations }) =>
      ofConversation(
        pick(conversations),
        `INSERT INTO messages (organization_id, conversation_id, external_id, body, status)
         SELECT organization_id, id, gen_random_uuid()::text, $2, 'sent' FROM conversations WHERE id = $1 FOR KEY SHARE`,
      ),
  },
  { share: 25, does: update },
  {
    share: 18,
    does: (size) =>
      deliveredAgain(
        size,
        `INSERT INTO messages (organization_id, conversation_id, external_id, body, status)
         SELECT organization_id, id, $2, $3, 'sent' FROM conversations WHERE id = $1 FOR KEY SHARE
         ON CONFLICT (organization_id, external_id) DO UPDATE SET status = excluded.status`,
      ),
  },
  {
    share: 1,
    does: (size) =>
      move(
        size,
        `UPDATE conversations SET customer_id = c.id, organization_id = c.organization_id, assigned_to = NULL
         FROM customers c WHERE conversations.id = $1 AND c.id = $2`,
      ),
  },
  { share: 1, does: remove },
];

/** Not with `*`: a prepared statement of which PostgreSQL says that fails once for each connection when a column is added. */
const READS: Action[] = [
  {
    share: 60,
    does: ({ conversations }) => [
      [
        'SELECT id, body, status, created_at FROM messages WHERE conversation_id = $1 ORDER BY created_at DESC LIMIT 50',
        [pick(conversations)],
      ],
    ],
  },
  {
    share: 40,
    does: ({ customers }) => [
      [
        'SELECT c.name, c.phone, v.id, v.unread FROM customers c JOIN conversations v ON v.customer_id = c.id WHERE c.id = $1',
        [pick(customers)],
      ],
    ],
  },
];

/** Statements of one write, chosen by their shares. */
export function aWrite(size: InboxSize, knowsOrganizations: boolean): Statements {
  return oneOf(knowsOrganizations ? WRITES_WITH_ORGANIZATIONS : WRITES, size);
}

export function aRead(size: InboxSize): Statements {
  return oneOf(READS, size);
}

function oneOf(actions: Action[], size: InboxSize): Statements {
  let left = Math.random() * 100;
  for (const { share, does } of actions) if ((left -= share) < 0) return does(size);
  return oneOf(actions, size);
}

function ofConversation(conversation: number, insert: string): Statements {
  return [
    [insert, [conversation, 'It is on its way.']],
    [TOUCH, [conversation]],
  ];
}

function update({ messages }: InboxSize): Statements {
  return [["UPDATE messages SET status = 'delivered' WHERE id = $1", [pick(messages)]]];
}

/** A webhook that has come before. */
function deliveredAgain(size: InboxSize, upsert: string): Statements {
  const message = pick(size.messages);
  return [[upsert, [conversationOf(message, size), `mid.${message}`, 'Where is my order?']]];
}

/** To another customer, most often of another admin. */
function move({ conversations, customers }: InboxSize, statement: string): Statements {
  return [[statement, [pick(conversations), pick(customers)]]];
}

function remove({ messages }: InboxSize): Statements {
  return [['DELETE FROM messages WHERE id = $1', [pick(messages)]]];
}

/** A whole number from 1 to `most`. */
function pick(most: number): number {
  return 1 + Math.floor(Math.random() * most);
}
