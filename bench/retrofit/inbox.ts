import { connected } from './throwaway.js';

/** How many of each. */
export interface InboxSize {
  admins: number;
  users: number;
  customers: number;
  conversations: number;
  messages: number;
}

export function inboxOf(messages: number): InboxSize {
  const conversations = Math.ceil(messages / 60);
  return { admins: 50, users: 500, customers: Math.ceil(conversations / 2), conversations, messages };
}

/** Messages come as they were written: those of one conversation are far apart. */
const STRIDE = 7919;

/** Of the message with this number. */
export function conversationOf(message: number, { conversations }: InboxSize): number {
  return ((message * STRIDE) % conversations) + 1;
}

/** The inbox of one company's several teams, before anybody thought of organizations: each admin's is to be one. */
const SCHEMA = `
CREATE TABLE users (
  id serial PRIMARY KEY, email text NOT NULL UNIQUE, role text NOT NULL, admin_id integer REFERENCES users
);
CREATE INDEX ON users (admin_id);
CREATE TABLE customers (
  id serial PRIMARY KEY, admin_id integer NOT NULL REFERENCES users, phone text NOT NULL UNIQUE, name text
);
CREATE INDEX ON customers (admin_id);
CREATE TABLE conversations (
  id serial PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers, assigned_to integer REFERENCES users,
  unread integer NOT NULL DEFAULT 0, last_message_at timestamptz
);
CREATE INDEX ON conversations (customer_id);
CREATE TABLE messages (
  id bigserial PRIMARY KEY, conversation_id integer NOT NULL REFERENCES conversations ON DELETE CASCADE,
  external_id text NOT NULL UNIQUE, body text NOT NULL, status text NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON messages (conversation_id, created_at);`;

function rows({ admins, users, customers, conversations, messages }: InboxSize): string[] {
  return [
    `INSERT INTO users (email, role, admin_id)
     SELECT format('user%s@example.com', n), CASE WHEN n <= ${admins} THEN 'admin' ELSE 'staff' END,
       CASE WHEN n > ${admins} THEN (n % ${admins}) + 1 END FROM generate_series(1, ${users}) AS n`,
    `INSERT INTO customers (admin_id, phone, name)
     SELECT (n % ${admins}) + 1, format('+4930%s', n), format('Customer %s', n) FROM generate_series(1, ${customers}) AS n`,
    // Whoever is assigned works for the admin whose customer it is.
    `INSERT INTO conversations (customer_id, assigned_to, last_message_at)
     SELECT c.id, CASE WHEN n % 3 = 0 THEN c.admin_id END, now() - n * interval '1 s'
     FROM generate_series(1, ${conversations}) AS n JOIN customers c ON c.id = (n % ${customers}) + 1`,
    `INSERT INTO messages (conversation_id, external_id, body, status, created_at)
     SELECT (n * ${STRIDE} % ${conversations}) + 1, format('mid.%s', n), repeat('Where is my order? ', 1 + (n % 10)::int), 'read',
       now() - (${messages} - n) * interval '1 s' FROM generate_series(1::bigint, ${messages}) AS n`,
  ];
}

/** What the tool is told of it. */
export const PLAN = `
version: 1
source: { each: users, where: "role = 'admin'", name: email }
tables:
  users: { copy: { from: users, on: admin_id = id } }
  customers: { copy: users }
  conversations: { copy: customers }
  messages: { copy: conversations }
application: { role: retrofit_bench_app }
`;

export async function fillInbox(url: string, size: InboxSize): Promise<void> {
  await connected(url, async (client) => {
    for (const statement of [SCHEMA, ...rows(size), 'VACUUM (ANALYZE)', 'CHECKPOINT']) await client.query(statement);
  });
}
