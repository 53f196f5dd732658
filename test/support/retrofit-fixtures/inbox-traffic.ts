import type { Action } from '../retrofit-live.js';
import { account, INBOX_SIZE } from './inbox.js';

const NEW_ID = `left(md5(gen_random_uuid()::text), 24)`;
const byNumber = (parameter: string): string => account(`'admin-' || ${parameter}::text`);
/** A staff member's account, whose admin is $1. */
const staffOf = (parameter: string): string => account(`'staff-' || ${parameter}::text || '-1'`);

/** What the inbox does all day, in the words of the old schema. Nothing of it fails on a database left alone. */
export function inboxTraffic({ admins } = INBOX_SIZE): Action[] {
  const admin = (random: () => number): number => 1 + Math.floor(random() * admins);
  return [
    {
      name: 'inbound message',
      weight: 6,
      does: (n, random) => {
        const page = `page-${admin(random)}`;
        const values = [page, `live ${n % 500}`, page.slice(5)];
        return [
          [
            `INSERT INTO conversations (id, "accountId", oa_id, customer_id) VALUES (${NEW_ID}, ${byNumber('$3')}, $1, $2)
             ON CONFLICT (oa_id, customer_id) DO UPDATE SET unread_count = conversations.unread_count + 1`,
            values,
          ],
          [
            `INSERT INTO messages ("accountId", conversation_id, oa_id, sender_id, direction, text)
             SELECT "accountId", id, oa_id, customer_id, 'in', 'live' FROM conversations WHERE oa_id = $1 AND customer_id = $2`,
            values.slice(0, 2),
          ],
        ];
      },
    },
    {
      name: 'new staff member',
      weight: 1,
      does: (_, random) => [
        [
          `INSERT INTO users (id, "accountId", username, role, parent_account_id)
           VALUES (${NEW_ID}, gen_random_uuid(), 'live', 'staff', ${byNumber('$1')})`,
          [admin(random)],
        ],
      ],
    },
    {
      name: 'new admin, with a chatbot',
      weight: 1,
      does: (n, random) => {
        const who = `live-${n}-${random()}`;
        return [
          [
            `INSERT INTO users (id, "accountId", email, role) VALUES (${NEW_ID}, ${account('$1::text')}, $1, 'admin')`,
            [who],
          ],
          [`INSERT INTO chatbots (id, "accountId", name) VALUES (${NEW_ID}, ${account('$1::text')}, 'live')`, [who]],
        ];
      },
    },
    {
      name: 'staff member changes sides',
      weight: 1,
      does: (_, random) => [
        [
          `UPDATE users SET parent_account_id = ${byNumber('$1')}
           WHERE id = (SELECT id FROM users WHERE username = 'live' ORDER BY id LIMIT 1)`,
          [admin(random)],
        ],
      ],
    },
    {
      name: 'mark read',
      weight: 2,
      does: (_, random) => [
        [
          `UPDATE messages SET is_read = true WHERE id = (SELECT id FROM messages WHERE oa_id = 'page-' || $1::text LIMIT 1)`,
          [admin(random)],
        ],
      ],
    },
    {
      name: 'reconnect page',
      weight: 1,
      does: (n, random) => [
        [
          `INSERT INTO integrations (id, "accountId", platform, oa_id, access_token)
           VALUES (${NEW_ID}, ${staffOf('$1')}, 'facebook', 'page-' || $1::text, $2)
           ON CONFLICT (platform, oa_id) DO UPDATE SET access_token = excluded.access_token, "accountId" = excluded."accountId"`,
          [admin(random), `token ${n}`],
        ],
      ],
    },
    {
      name: 'delete conversation',
      weight: 1,
      does: () => [
        [`DELETE FROM conversations WHERE id = (SELECT id FROM conversations WHERE customer_id LIKE 'live %' LIMIT 1)`],
      ],
    },
    {
      name: 'delete message',
      weight: 1,
      does: () => [[`DELETE FROM messages WHERE id = (SELECT id FROM messages WHERE text = 'live' LIMIT 1)`]],
    },
  ];
}
