import { CONFLICTS, INBOX_SIZE, UNOWNED } from './inbox.js';
import type { InboxSize } from './inbox.js';

/** A query for one number, as the guide asks it after the migration, and what it must give. */
export interface InboxCheck {
  name: string;
  sql: string;
  expected: number;
}

const without = (table: string, condition = 'true'): string =>
  `SELECT count(*) FROM ${table} WHERE "organizationId" IS NULL AND ${condition}`;

/** The verification queries of the implementation guide, in SQL, and a few that it leaves out. For after the backfill. */
export function inboxChecks({ dirty = true, ...size }: Partial<InboxSize> & { dirty?: boolean } = {}): InboxCheck[] {
  const { admins, staff, conversations } = { ...INBOX_SIZE, ...size };
  const planted = (rows: number): number => (dirty ? rows : 0);
  return [
    { name: 'admins without an organization', sql: without('users', `role = 'admin'`), expected: 0 },
    {
      name: 'staff without an organization',
      sql: without('users', `role = 'staff'`),
      expected: planted(UNOWNED.users),
    },
    {
      name: 'conversations without an organization',
      sql: without('conversations'),
      expected: planted(UNOWNED.conversations),
    },
    {
      name: 'messages without an organization',
      sql: without('messages'),
      expected: planted(UNOWNED.messages + CONFLICTS.messages.rows),
    },
    {
      name: 'integrations without an organization',
      sql: without('integrations'),
      expected: planted(UNOWNED.integrations),
    },
    { name: 'chatbots without an organization', sql: without('chatbots'), expected: planted(UNOWNED.chatbots) },
    {
      name: 'staff who see other conversations than their admin',
      sql: `SELECT count(*) FROM users staff JOIN users admin ON admin."accountId" = staff.parent_account_id AND admin.role = 'admin'
        WHERE staff.role = 'staff'
          AND (SELECT count(*) FROM conversations c WHERE c."organizationId" = staff."organizationId")
              IS DISTINCT FROM (SELECT count(*) FROM conversations c WHERE c."organizationId" = admin."organizationId")`,
      expected: 0,
    },
    {
      name: 'conversations of the first admin and its staff',
      sql: `SELECT count(*) FROM conversations WHERE "organizationId" = (SELECT "organizationId" FROM users WHERE email = 'admin1@example.com')`,
      expected: conversations * (1 + staff),
    },
    { name: 'organizations', sql: 'SELECT count(*) FROM organizations', expected: admins },
    { name: 'organizations of admins', sql: `SELECT count(DISTINCT "organizationId") FROM users`, expected: admins },
    {
      name: 'messages of another organization than their conversation',
      sql: `SELECT count(*) FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m."organizationId" <> c."organizationId"`,
      expected: 0,
    },
    {
      name: 'conversations of another organization than their account',
      sql: `SELECT count(*) FROM conversations c JOIN users u USING ("accountId") WHERE c."organizationId" IS DISTINCT FROM u."organizationId"`,
      expected: 0,
    },
  ];
}
