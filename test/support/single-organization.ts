import { resolve } from 'node:path';
import { MigrationRunner } from '../../src/platform/database/migration-runner.js';
import { hashPassword } from '../../src/platform/secrets/passwords.js';
import type { TestDatabase } from './test-database.js';
import { PASSWORD } from './world.js';

export const BASELINE = '20250901000000_single_organization_baseline';
export const LAST_BEFORE_INDEXES = '20251227000310_backfill_messages';

export function migrations(database: TestDatabase): MigrationRunner {
  return new MigrationRunner(database.url, resolve('prisma/migrations'));
}

/** Migrates up to and with the migration of that name: as an older version left the database. */
export function migrateUpTo(database: TestDatabase, name: string): Promise<string[]> {
  return migrations(database).apply(() => undefined, name);
}

/** An id that a reader of a failing test recognizes: `id('a1')` ends in `a1`. */
export function id(hex: string): string {
  return `00000000-0000-7000-8000-${hex.padStart(12, '0')}`;
}

/** Accounts as they were before organizations: `account_id` is not the user's id. */
export const LAN = { id: id('1'), account: id('a1'), username: 'lan' };
export const MAI = { id: id('2'), account: id('a2'), username: 'mai' };
export const NOBODY = id('dead');

/** A database of before organizations, with what years of use leave behind. */
export async function fillBaseline(database: TestDatabase): Promise<void> {
  const passwordHash = await hashPassword(PASSWORD);
  for (const [table, rows] of Object.entries(ROWS(passwordHash)))
    for (const row of rows)
      await database.rows(`INSERT INTO ${table} SELECT * FROM jsonb_populate_record(NULL::${table}, $1)`, [
        { ...DEFAULTS[table], ...row },
      ]);
}

const THEN = '2024-03-01T08:00:00.000Z';
const TIMES = { created_at: THEN, updated_at: THEN };

const DEFAULTS: Record<string, object> = {
  users: { ...TIMES, is_active: true },
  chatbots: { ...TIMES, is_active: true, settings: {} },
  integrations: { ...TIMES, is_active: true, meta: {}, connected_at: THEN },
  conversations: { ...TIMES, chatbot_info: {}, customer_info: {}, unread_count: 0 },
  messages: { ...TIMES, metadata: {}, sender_profile: {}, is_read: false },
};

const ROWS = (password_hash: string): Record<string, object[]> => ({
  users: [
    { id: LAN.id, account_id: LAN.account, email: 'Lan@Example.com', username: 'lan', role: 'admin', name: 'Lan' },
    { id: MAI.id, account_id: MAI.account, email: 'mai@example.com', role: 'admin', phone: '0900' },
    { id: id('3'), account_id: id('a3'), role: 'admin', is_active: false },
    {
      id: id('4'),
      account_id: id('a4'),
      email: 'minh@example.com',
      username: 'minh',
      role: 'staff',
      parent_account_id: LAN.account,
    },
    {
      id: id('5'),
      account_id: id('a5'),
      email: 'Minh@Example.com',
      username: 'minh2',
      role: 'staff',
      parent_account_id: MAI.account,
    },
    { id: id('6'), account_id: id('a6'), username: 'quan', role: 'staff', parent_account_id: id('a5') },
    { id: id('7'), account_id: id('a7'), username: 'orphan', role: 'staff', parent_account_id: NOBODY },
    { id: id('8'), account_id: id('a8'), email: 'stray@example.com', role: 'staff' },
    { id: id('9'), account_id: id('a9'), username: 'stray@example.com', role: 'staff', parent_account_id: id('a9') },
  ].map((user) => ({ ...user, password_hash })),
  chatbots: [
    { id: id('b1'), account_id: LAN.account, name: 'Bookings', settings: { greeting: 'Chào bạn' } },
    { id: id('b2'), account_id: MAI.account, name: 'Tours' },
    { id: id('b3'), name: "Nobody's" },
  ],
  integrations: [
    {
      id: id('c1'),
      account_id: LAN.account,
      platform: 'facebook',
      oa_id: '100',
      access_token: 'lan-token',
      refresh_token: 'lan-refresh',
      chatbot_id: id('b1'),
      meta: { category: 'Food' },
    },
    {
      id: id('c2'),
      account_id: MAI.account,
      platform: 'zalo',
      oa_id: '100',
      access_token: 'mai-token',
      chatbot_id: id('b2'),
    },
    { id: id('c3'), account_id: MAI.account, platform: 'facebook', oa_id: '300', is_active: false },
    { id: id('c4'), account_id: NOBODY, platform: 'facebook', oa_id: '400', access_token: 'lost-token' },
  ],
  conversations: [
    {
      id: id('d1'),
      oa_id: '100',
      customer_id: 'facebook:123',
      account_id: LAN.account,
      nick_name: 'Anh Tư',
      customer_info: { name: 'Tư', avatar: 'https://cdn.example/tu.jpg' },
      chatbot_id: id('b1'),
      unread_count: 2,
      last_message_text: 'còn bàn không?',
      last_message_direction: 'in',
      last_message_created_at: '2024-05-01T00:00:00.000Z',
    },
    {
      id: id('d2'),
      oa_id: '100',
      customer_id: '123',
      account_id: LAN.account,
      nick_name: 'Tư cũ',
      last_message_created_at: '2024-04-01T00:00:00.000Z',
    },
    { id: id('d3'), oa_id: '100', customer_id: 'zalo:123', account_id: MAI.account, chatbot_id: id('b1') },
    {
      id: id('d4'),
      oa_id: '300',
      customer_id: 'facebook:123',
      account_id: MAI.account,
      updated_at: '2024-06-01T00:00:00.000Z',
    },
    { id: id('d5'), oa_id: '400', customer_id: 'facebook:555', account_id: NOBODY },
    { id: id('d6'), oa_id: 'gone', customer_id: '777' },
    { id: id('d7'), oa_id: '100', customer_id: 'facebook:888', account_id: id('a4') },
  ],
  messages: [
    {
      id: id('e1'),
      conversation_id: id('d1'),
      account_id: LAN.account,
      platform: 'facebook',
      oa_id: '100',
      sender_id: '123',
      direction: 'in',
      text: 'còn bàn không?',
      metadata: { mid: 'm_1' },
      sender_profile: { name: 'Tư' },
    },
    {
      id: id('e2'),
      conversation_id: id('d1'),
      account_id: LAN.account,
      platform: 'facebook',
      oa_id: '100',
      sender_id: '100',
      direction: 'out',
      text: 'Dạ còn ạ 🌶',
      is_read: true,
    },
    { id: id('e3'), conversation_id: id('d2'), platform: 'facebook', oa_id: '100', sender_id: '123', direction: 'in' },
    {
      id: id('e4'),
      conversation_id: id('d3'),
      account_id: MAI.account,
      platform: 'zalo',
      oa_id: '100',
      sender_id: '123',
      direction: 'in',
      text: 'tour?',
    },
    {
      id: id('e5'),
      conversation_id: id('d5'),
      account_id: NOBODY,
      platform: 'facebook',
      oa_id: '400',
      sender_id: '555',
      direction: 'in',
      text: 'a',
    },
    {
      id: id('e6'),
      conversation_id: id('d7'),
      account_id: id('a4'),
      platform: 'facebook',
      oa_id: '100',
      sender_id: '888',
      direction: 'in',
      text: 'b',
    },
  ],
});
