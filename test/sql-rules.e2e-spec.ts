import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChatbotSecretRotation } from '../src/modules/chatbots/chatbot-secret-rotation.js';
import { TokenRotation } from '../src/modules/integrations/token-rotation.js';
import { PageStandingSystemRepository } from '../src/modules/connections/page-standing.system-repository.js';
import { EndpointSecretsSystemRepository } from '../src/modules/webhook-endpoints/endpoint-secrets.system-repository.js';
import { WebhookDeliveriesSystemRepository } from '../src/modules/webhook-endpoints/webhook-deliveries.system-repository.js';
import { ZaloTokensSystemRepository } from '../src/modules/connections/zalo-tokens.system-repository.js';
import { StrayMessagesSystemRepository } from '../src/modules/delivery/stray-messages.system-repository.js';
import { ChannelRoutesSystemRepository } from '../src/modules/webhooks/channel-routes.system-repository.js';
import { MediaKeysSystemRepository } from '../src/modules/media/media-keys.system-repository.js';
import { SystemDatabase } from '../src/platform/database/system-database.js';
import { PLATFORM_STATEMENTS } from './support/sql/platform-statements.js';
import { ORGANIZATION_COLUMNS } from './support/sql/statement-recorder.js';
import { faultsOf } from './support/sql/statement-rules.js';
import { World } from './support/world.js';

const check = (text: string, across: string[] = []) => faultsOf(text, ORGANIZATION_COLUMNS, across);

describe('The check of statements', () => {
  it.each([
    'SELECT id FROM messages WHERE org_id = $1',
    'SELECT id FROM messages m WHERE $1 = m.org_id AND (m.id = $2 OR m.id = $3)',
    'SELECT "public"."messages"."id" FROM "public"."messages" WHERE ("public"."messages"."org_id" = $1 AND 1=1) OFFSET $2',
    'SELECT c.id FROM conversations c JOIN customers p ON p.org_id = $1 AND p.id = c.customer_id WHERE c.org_id = $1::text',
    'SELECT c.id FROM conversations c LEFT JOIN customers p ON p.org_id = $1 AND p.id = c.customer_id WHERE c.org_id = $1',
    'SELECT id FROM users u WHERE u.org_id = $1 AND u.id IS DISTINCT FROM $2 FOR UPDATE SKIP LOCKED',
    'WITH m AS (SELECT id FROM messages WHERE org_id = $1) UPDATE conversations c SET status = $2 FROM m WHERE c.org_id = $1 AND c.id = m.id',
    'SELECT count(*) FROM (SELECT id FROM users WHERE org_id = $1) AS sub',
    'DELETE FROM users WHERE org_id = $1 AND id = $2',
    'DELETE FROM users u USING invitations i WHERE u.org_id = $1 AND i.org_id = $1 AND i.email = u.email',
    'INSERT INTO users (org_id, id) VALUES ($1, $2), ($3, $4) ON CONFLICT (org_id, id) DO UPDATE SET name = excluded.name',
    'INSERT INTO users (id, org_id) SELECT m.id, $1::text FROM messages m JOIN users u ON u.org_id = $1 WHERE m.org_id = $1 ON CONFLICT (org_id, id) DO NOTHING',
    'SELECT org_id FROM channel_routes WHERE platform = $1 AND external_id = $2',
    'UPDATE organizations SET settings = $1 WHERE id = $2',
    "SELECT set_config('synchronous_commit', 'off', true)",
    'SELECT 1',
  ])('passes %s', (text) => {
    expect(check(text)).toEqual([]);
  });

  it.each([
    ['SELECT id FROM messages', 'messages messages without org_id = $n'],
    ['SELECT id FROM messages WHERE org_id = $1 OR id = $2', 'messages messages without org_id = $n'],
    ['SELECT id FROM messages WHERE NOT org_id = $1', 'messages messages without org_id = $n'],
    ["SELECT id FROM messages WHERE org_id = 'org_a'", 'messages messages without org_id = $n'],
    ['SELECT id FROM messages WHERE org_id IN ($1, $2)', 'messages messages without org_id = $n'],
    [
      'SELECT id FROM messages WHERE CASE WHEN true AND org_id = $1 AND true THEN true END',
      'messages messages without org_id = $n',
    ],
    [
      'SELECT 1 FROM conversations c JOIN customers p ON p.org_id = c.org_id WHERE c.org_id = $1',
      'customers p without org_id = $n',
    ],
    [
      'SELECT 1 FROM conversations c LEFT JOIN customers p ON c.org_id = $1 AND p.org_id = $1',
      'conversations c without org_id = $n',
    ],
    ['SELECT 1 FROM conversations c, customers p WHERE org_id = $1', 'conversations c without org_id = $n'],
    [
      'SELECT (SELECT count(*) FROM messages m WHERE m.org_id = c.org_id) FROM conversations c WHERE c.org_id = $1',
      'messages m without org_id = $n',
    ],
    [
      'SELECT 1 FROM conversations c, LATERAL (SELECT 1 FROM messages WHERE conversation_id = c.id) m WHERE c.org_id = $1',
      'messages messages without org_id = $n',
    ],
    [
      'SELECT 1 FROM users WHERE org_id = $1 AND EXISTS (SELECT FROM organizations WHERE is_active)',
      'organizations organizations without id = $n',
    ],
    ['WITH a AS (SELECT id FROM users) SELECT id FROM a', 'users users without org_id = $n'],
    ['SELECT id FROM users WHERE org_id = $1 UNION ALL SELECT id FROM users', 'users users without org_id = $n'],
    [
      'SELECT 1 FROM users u FULL JOIN invitations i ON i.org_id = $1 WHERE u.org_id = $1',
      'a join that this check cannot judge',
    ],
    ['UPDATE messages SET status = $1 WHERE id = $2', 'messages messages without org_id = $n'],
    ['UPDATE messages SET org_id = $1 WHERE org_id = $2', 'changes org_id'],
    ['DELETE FROM messages WHERE id = $1', 'messages messages without org_id = $n'],
    ["INSERT INTO users (org_id, id) VALUES ($1, $2), ('org_a', $3)", 'inserts into users without org_id = $n'],
    ['INSERT INTO users (id) VALUES ($1)', 'inserts into users without org_id = $n'],
    [
      'INSERT INTO users (org_id, id) SELECT org_id, id FROM messages WHERE org_id = $1',
      'inserts into users without org_id = $n',
    ],
    ['INSERT INTO users (org_id, id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING', 'ON CONFLICT without org_id'],
    [
      'INSERT INTO users (org_id, id) VALUES ($1, $2) ON CONFLICT (org_id, id) DO UPDATE SET updated_at = now()',
      'now in DO UPDATE SET: pass a value',
    ],
    ['INSERT INTO users (org_id, id) VALUES ($1, (SELECT $2::uuid))', 'a sub-query in VALUES'],
    [
      "SELECT set_config('synchronous_commit', 'off', false)",
      'set_config() outlives the transaction, or belongs to one machine',
    ],
    ["SELECT set_config('app.org_id', $1, false)", 'set_config() outlives the transaction, or belongs to one machine'],
    [
      'MERGE INTO users USING invitations ON true WHEN MATCHED THEN DELETE',
      'MERGE is not a statement of a serving role',
    ],
    ['TRUNCATE users', 'TRUNCATE is not a statement of a serving role'],
    ['SELECT 1; SELECT 2', 'more than one statement'],
  ])('finds what is wrong with %s', (text, fault) => {
    expect(check(text)).toContain(fault);
  });

  it('lets a listed statement look across its own tables, and no others, and lock none', () => {
    const text = 'SELECT 1 FROM users u JOIN messages m ON true';
    expect(check(text, ['users'])).toEqual(['messages m without org_id = $n']);
    expect(check('SELECT 1 FROM users FOR UPDATE SKIP LOCKED', ['users'])).toEqual([
      'SKIP LOCKED across organizations',
    ]);
  });

  it('refuses what it does not understand', () => {
    expect(() => check('SELECT $$text$$')).toThrow('Not understood');
    expect(() => check('SELECT (1')).toThrow('A bracket is not closed');
  });
});

describe('The record of statements', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.stop());

  it('has what both roles send, and each statement that is listed as looking across organizations', async () => {
    const acme = await world.organization();
    await acme.conversation();
    await (await acme.withKey(['conversations:read'])).get('/conversations').expect(200);
    await world.superAdmin.get('/organizations').expect(200);
    await world.app.get(TokenRotation).run();
    await world.app.get(ChatbotSecretRotation).run();
    await world.app
      .get(PageStandingSystemRepository)
      .isShared('whatsapp', '1', { orgId: acme.id, id: acme.admin.user.id });
    await world.app.get(ChannelRoutesSystemRepository).findByBusiness('whatsapp', '1');
    await world.app.get(MediaKeysSystemRepository).inUse([]);
    await world.app.get(StrayMessagesSystemRepository).find(new Date(), 1);
    await world.app.get(ZaloTokensSystemRepository).endingBefore(new Date(), 1);
    await world.app
      .get(EndpointSecretsSystemRepository)
      .notSealedWith('', { orgId: '', id: '00000000-0000-0000-0000-000000000000' }, 1);
    await world.app.get(WebhookDeliveriesSystemRepository).removeOlderThan(new Date(0));
    expect(PLATFORM_STATEMENTS.filter((statement) => !world.statements.has(statement))).toEqual([]);
    expect(world.statements.counts.app).toBeGreaterThan(10);
    expect(world.statements.faults()).toEqual([]);
  });

  it('lists only files that have the system database', () => {
    const others = PLATFORM_STATEMENTS.filter(({ file }) => !readFileSync(file, 'utf8').includes('SystemDatabase'));
    expect(others).toEqual([]);
  });

  it('makes a suite fail that causes a wrong statement', async () => {
    const other = await World.start();
    await other.anonymous.get('/health/ready').expect(200);
    await other.app.get(SystemDatabase).sql.selectFrom('messages').select('id').execute();
    await expect(other.stop()).rejects.toThrow('messages messages without org_id = $n: select "id" from "messages"');
  });

  it('makes a suite fail that writes what every machine has by what only one has', async () => {
    const other = await World.start();
    const text =
      'DELETE FROM channel_routes WHERE org_id = $1 AND EXISTS (SELECT FROM organizations WHERE id = $1 AND NOT is_active)';
    await other.app.get(SystemDatabase).pool.run({ text, values: ['org_nobody'] });
    await expect(other.stop()).rejects.toThrow('writes the directory channel_routes and reads organizations');
  });
});
