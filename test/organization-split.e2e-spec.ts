import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createApp } from '../src/app.js';
import { reassign, splitByAdmin } from '../src/cli/organization-moves.js';
import { TokenRotation } from '../src/modules/integrations/token-rotation.js';
import { TokenVault } from '../src/modules/integrations/token-vault.js';
import { UsersService } from '../src/modules/users/users.service.js';
import { Config } from '../src/platform/config/config.js';
import { OrgContext } from '../src/platform/context/org-context.js';
import { DatabaseConnections } from '../src/platform/database/database-connections.js';
import { prepareDatabaseRoles } from '../src/platform/database/database-roles.js';
import { prepareJobs } from '../src/platform/jobs/job-schema.js';
import { logger } from '../src/platform/logging/logger.js';
import { SecretVault } from '../src/platform/secrets/secret-vault.js';
import { Client } from './support/client.js';
import { FacebookSender } from './support/facebook-sender.js';
import {
  BASELINE,
  LAN,
  MAI,
  NOBODY,
  fillBaseline,
  id,
  migrateUpTo,
  migrations,
} from './support/single-organization.js';
import { TestDatabase } from './support/test-database.js';
import { PASSWORD, testEnvironment } from './support/world.js';

type Row = Record<string, unknown>;

const DEFAULT = 'org_default_001';
const TABLES = ['users', 'chatbots', 'integrations', 'conversations', 'messages'];
const orgOf = ({ account }: { account: string }) => `org_${account.replaceAll('-', '')}`;
const [LAN_ORG, MAI_ORG] = [orgOf(LAN), orgOf(MAI)];
const COUNTS_OF_LAN = { users: 2, integrations: 1, customers: 3, conversations: 3, messages: 4, chatbots: 1 };
const COUNTS_OF_MAI = { users: 3, integrations: 2, customers: 2, conversations: 2, messages: 1, chatbots: 1 };

/** What an installation that was upgraded and not yet split has after a while. */
const CHANNELS = [
  `INSERT INTO webhook_endpoints (org_id, id, url, event_types, secret, secret_key_id, created_by)
   VALUES ('${DEFAULT}', '${id('f1')}', 'https://lan.example/hook', '{message.created}', 'x', 'x', '${LAN.id}')`,
  `INSERT INTO webhook_deliveries (org_id, id, endpoint_id, event_id, event_type, payload)
   VALUES ('${DEFAULT}', '${id('f2')}', '${id('f1')}', 'e', 'message.created', '{}')`,
  `UPDATE integrations SET webhook_endpoint_id = '${id('f1')}' WHERE id IN ('${id('c1')}', '${id('c3')}')`,
  `INSERT INTO api_keys (org_id, id, name, prefix, scopes, created_by)
   VALUES ('${DEFAULT}', '${id('71')}', 'bot', 'pk', '{conversations:read}', '${id('9')}')`,
  `INSERT INTO api_key_routes (key_hash, org_id, api_key_id) VALUES ('\\x01', '${DEFAULT}', '${id('71')}')`,
  `UPDATE chatbots SET type = 'webhook', api_key_id = '${id('71')}' WHERE id = '${id('b1')}'`,
  `INSERT INTO labels (org_id, id, name)
   VALUES ('${DEFAULT}', '${id('61')}', 'vip'), ('${DEFAULT}', '${id('62')}', 'unused')`,
  `INSERT INTO conversation_labels (org_id, conversation_id, label_id)
   SELECT org_id, id, '${id('61')}' FROM conversations WHERE id IN ('${id('d1')}', '${id('d3')}', '${id('d6')}')`,
  `INSERT INTO conversation_participants (org_id, conversation_id, user_id)
   VALUES ('${DEFAULT}', '${id('d1')}', '${id('4')}'), ('${DEFAULT}', '${id('d1')}', '${MAI.id}'),
          ('${DEFAULT}', '${id('d5')}', '${id('7')}'), ('${DEFAULT}', '${id('d6')}', '${LAN.id}')`,
  `INSERT INTO timeline_entries (org_id, id, conversation_id, kind, text, actor_type)
   VALUES ('${DEFAULT}', '${id('41')}', '${id('d1')}', 'note', 'a regular', 'user')`,
  `INSERT INTO quick_replies (org_id, id, account_id, shortcut, text)
   VALUES ('${DEFAULT}', '${id('51')}', '${LAN.account}', 'hello', 'Chào bạn'), ('${DEFAULT}', '${id('52')}', NULL, 'bye', 'Cảm ơn'),
          ('${DEFAULT}', '${id('53')}', '${id('a4')}', 'prices', '50k')`,
  `INSERT INTO media_files (org_id, id, message_id, position) VALUES ('${DEFAULT}', '${id('31')}', '${id('e1')}', 0)`,
  `INSERT INTO customer_names (org_id, id, platform, external_id, customer_id)
   SELECT org_id, '${id('21')}', platform, 'also', customer_id FROM conversations WHERE id = '${id('d1')}'`,
  `INSERT INTO channel_authorizations (org_id, id, platform, secret_hash, verifier, account_id, actor, expires_at)
   VALUES ('${DEFAULT}', '${id('11')}', 'zalo', '\\x01', 'v', '${LAN.account}', '{}', now() + interval '1 hour')`,
];
/** The last one concerns what stays. */
const JOBS: [task: string, payload: Record<string, string | string[]>, key: string][] = [
  ['deliver', { conversationId: id('d1') }, `deliver ${id('d1')}`],
  ['deliver-webhook', { deliveryId: id('f2') }, id('f2')],
  ['fetch-media', { fileId: id('31') }, `fetch-media ${id('31')}`],
  ['release-conversations', { why: 'off', conversationIds: [id('d6'), id('d1')] }, 'release'],
  ['deliver', { conversationId: id('d6') }, `deliver ${id('d6')}`],
];

describe('An installation of before organizations', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;
  let config: Config;
  let anonymous: Client;
  let facebook: FacebookSender;
  let lines: string[];
  beforeEach(async () => {
    logger.level = process.env['TEST_LOG'] ?? 'silent';
    database = await TestDatabase.create({ empty: true });
    await migrateUpTo(database, BASELINE);
    await fillBaseline(database);
    await migrations(database).apply();
    config = Config.from(testEnvironment(database.url));
    await prepareDatabaseRoles(new DatabaseConnections(config));
    app = await createApp(config);
    await app.get(TokenRotation).run();
    const root = { username: 'root', email: 'root@example.com', password: PASSWORD, role: 'super_admin' } as const;
    await OrgContext.runAsSystem(DEFAULT, 'test', () => app.get(UsersService).insert(root));
    await app.listen(0, '127.0.0.1');
    anonymous = new Client(await app.getUrl());
    facebook = new FacebookSender(await app.getUrl(), config.settings.FACEBOOK_APP_SECRET);
    lines = [];
  });
  afterEach(async () => {
    await app.close();
    await database.drop();
  });

  describe('split by admin', () => {
    it('is shown before it is done: who goes, with how much, and what stays and why', async () => {
      const before = await everything();
      const { moved, unplaced } = await split(false);
      expect(moved).toEqual([
        { who: 'lan', organization: { id: LAN_ORG, name: 'lan' }, counts: COUNTS_OF_LAN },
        { who: 'mai@example.com', organization: { id: MAI_ORG, name: 'mai-example-com' }, counts: COUNTS_OF_MAI },
        {
          who: id('a3'),
          organization: { id: orgOf({ account: id('a3') }), name: id('a3') },
          counts: { users: 1, integrations: 0, customers: 0, conversations: 0, messages: 0, chatbots: 0 },
        },
      ]);
      const nobodys = `account ${NOBODY} is nobody's`;
      expect(unplaced).toEqual([
        { kind: 'user', id: id('7'), label: 'orphan', reason: `the account above orphan, ${NOBODY}, is nobody's` },
        { kind: 'user', id: id('8'), label: id('a8'), reason: `${id('a8')} has no admin above` },
        {
          kind: 'user',
          id: id('9'),
          label: 'stray@example.com',
          reason: 'stray@example.com and stray@example.com are above each other',
        },
        { kind: 'chatbot', id: id('b3'), label: "Nobody's", reason: 'names no account' },
        { kind: 'conversation', id: id('d5'), label: 'facebook 400', reason: nobodys },
        { kind: 'conversation', id: id('d6'), label: 'facebook gone', reason: 'names no account' },
        { kind: 'integration', id: id('c4'), label: 'facebook 400', reason: nobodys },
      ]);
      expect(lines.join('\n')).toMatch(/lan .* 2 .* 1 .* 3 .* 3 .* 4 .* 1 [^]*names no account[^]*Nothing was changed/);
      expect(await everything()).toEqual(before);
      expect(await database.rows('SELECT id FROM organizations')).toEqual([{ id: DEFAULT }]);
    });

    it('keeps every row as it was, but for its owner', async () => {
      const before = await everything();
      await split(true);
      const after = await everything();
      for (const table of TABLES) expect(after[table]?.map(({ id }) => id)).toEqual(before[table]?.map(({ id }) => id));
      const plain = (rows: Record<string, Row[]>, table: string, ...changed: string[]) =>
        rows[table]?.map((row) => ({
          ...row,
          ...Object.fromEntries(['org_id', ...changed].map((key) => [key, null])),
        }));
      for (const table of ['users', 'chatbots', 'messages']) expect(plain(after, table)).toEqual(plain(before, table));
      const tokens = ['access_token', 'refresh_token'];
      expect(plain(after, 'integrations', ...tokens)).toEqual(plain(before, 'integrations', ...tokens));
      const links = ['customer_id', 'chatbot_id'];
      expect(plain(after, 'conversations', ...links)).toEqual(plain(before, 'conversations', ...links));
    });

    it('puts everything where its admin is, and leaves what it cannot place', async () => {
      await split(true);
      expect(await idsIn(LAN_ORG)).toEqual({
        users: ['1', '4'],
        chatbots: ['b1'],
        integrations: ['c1'],
        conversations: ['d1', 'd2', 'd7'],
        messages: ['e1', 'e2', 'e3', 'e6'],
      });
      expect(await idsIn(MAI_ORG)).toEqual({
        users: ['2', '5', '6'],
        chatbots: ['b2'],
        integrations: ['c2', 'c3'],
        conversations: ['d3', 'd4'],
        messages: ['e4'],
      });
      expect(await idsIn(DEFAULT)).toMatchObject({
        chatbots: ['b3'],
        integrations: ['c4'],
        conversations: ['d5', 'd6'],
        messages: ['e5'],
      });
    });

    it('lets moved users sign in, and see their own and nothing else', async () => {
      await split(true);
      const [lan, mai] = [await signIn('lan'), await signIn('mai@example.com')];
      expect([lan.user.orgId, mai.user.orgId]).toEqual([LAN_ORG, MAI_ORG]);
      expect(await listed(lan, '/conversations')).toEqual(['d1', 'd2', 'd7']);
      expect(await listed(mai, '/conversations')).toEqual(['d3', 'd4']);
      expect(await listed(lan, '/users')).toEqual(['1', '4']);
      const { body } = await lan.get(`/conversations/${id('d1')}/messages`).expect(200);
      expect(body.data.map(({ text }: { text: string }) => text).toSorted()).toEqual(['Dạ còn ạ 🌶', 'còn bàn không?']);
      await mai.get(`/conversations/${id('d1')}`).expect(404);
      await lan.get(`/integrations/${id('c2')}`).expect(404);
      await signIn('minh').then((minh) => minh.get(`/conversations/${id('d1')}`).expect(200));
    });

    it('ends the sessions of those who moved, and hides their rows from who stays', async () => {
      const lan = await signIn('lan');
      await lan.get(`/conversations/${id('d1')}`).expect(200);
      const root = await signIn('root');
      await root.get(`/conversations/${id('d1')}`).expect(200);
      await split(true);
      await anonymous.post('/auth/refresh', { refreshToken: lan.refreshToken }).expect(401);
      await root.get(`/conversations/${id('d1')}`).expect(404);
      await new Promise((resolve) => setTimeout(resolve, 2_100)); // As long as another process may remember a user.
      await lan.get('/conversations').expect(401);
    });

    it('gives each admin a record of a customer whom both know', async () => {
      await split(true);
      const customers = await database.rows(
        `SELECT org_id, display_name FROM customers WHERE platform = 'facebook' AND external_id = '123' ORDER BY 1`,
      );
      expect(customers).toEqual([
        { org_id: LAN_ORG, display_name: 'Tư' },
        { org_id: MAI_ORG, display_name: 'Tư' },
      ]);
    });

    it("seals pages' tokens for their new organization, and routes what comes to them there", async () => {
      await split(true);
      const [row] = await database.rows<{ token: string; key: string }>(
        'SELECT access_token AS token, token_key_id AS key FROM integrations WHERE id = $1',
        [id('c1')],
      );
      const place = { orgId: LAN_ORG, integrationId: id('c1'), field: 'accessToken' } as const;
      expect(app.get(TokenVault).open(String(row?.token), String(row?.key), place)).toBe('lan-token');
      await facebook.text('100', '123', 'Cho mình đặt bàn');
      const { body } = await (await signIn('lan')).get(`/conversations/${id('d1')}`).expect(200);
      expect(body.data.lastMessage.text).toBe('Cho mình đặt bàn');
    });

    it('takes along the keys that an admin made, and withdraws open invitations', async () => {
      const lan = await signIn('lan');
      const { body: key } = await lan.post('/api-keys', { name: 'p', scopes: ['conversations:read'] }).expect(201);
      await lan.post('/invitations', { email: 'new@example.com', role: 'agent' }).expect(201);
      await split(true);
      expect(await listed(anonymous.withKey(key.data.key), '/conversations')).toEqual(['d1', 'd2', 'd7']);
      expect(await database.rows('SELECT FROM invitations WHERE revoked_at IS NULL')).toEqual([]);
    });

    it('is written down on both sides', async () => {
      await split(true);
      const log = `SELECT org_id, actor_name, target_id, changes -> 'moved' -> 'to' AS moved FROM audit_entries
        WHERE action = 'organization.split' AND target_id = $1 ORDER BY org_id`;
      const entry = { actor_name: 'command line', target_id: LAN_ORG, moved: COUNTS_OF_LAN };
      expect(await database.rows(log, [LAN_ORG])).toEqual([
        { org_id: LAN_ORG, ...entry },
        { org_id: DEFAULT, ...entry },
      ]);
    });

    it('goes on after an interruption: an admin has moved wholly, or not at all', async () => {
      await split(false);
      await database.rows(`CREATE FUNCTION interrupt() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN IF new.id = '${id('e4')}' THEN RAISE EXCEPTION 'the power went out'; END IF; RETURN new; END $$;
        CREATE TRIGGER interrupt BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION interrupt()`);
      await expect(split(true)).rejects.toThrow('the power went out');
      expect((await idsIn(LAN_ORG))['messages']).toEqual(['e1', 'e2', 'e3', 'e6']);
      expect(await database.rows('SELECT FROM organizations WHERE id = $1', [MAI_ORG])).toEqual([]);
      await database.rows('DROP TRIGGER interrupt ON messages');
      expect((await split(true)).moved.map(({ who }) => who)).toEqual(['mai@example.com', id('a3')]);
      expect((await idsIn(MAI_ORG))['messages']).toEqual(['e4']);
    });

    it('changes nothing when it is run again', async () => {
      await split(true);
      const before = await everything();
      expect((await split(true)).moved).toEqual([]);
      expect(await everything()).toEqual(before);
    });

    it('leaves a page whose tokens do not open, and takes it along once they do', async () => {
      await database.rows(`UPDATE integrations SET token_key_id = 'lost' WHERE id = $1`, [id('c1')]);
      const { unplaced } = await split(true);
      expect(unplaced).toContainEqual(
        expect.objectContaining({ kind: 'integration', id: id('c1'), reason: expect.stringContaining('key lost') }),
      );
      expect(await idsIn(LAN_ORG)).toMatchObject({ integrations: [], conversations: ['d1', 'd2', 'd7'] });
      await database.rows(`UPDATE integrations SET token_key_id = NULL, access_token = 'x' WHERE id = $1`, [id('c1')]);
      await split(true);
      expect(await idsIn(LAN_ORG)).toMatchObject({ integrations: ['c1'] });
      const linked = 'SELECT FROM conversations WHERE integration_id = $1';
      expect(await database.rows(linked, [id('c1')])).toHaveLength(3);
    });
  });

  describe('reassignment', () => {
    beforeEach(() => split(true));

    it('moves users that were left over, by id or username, with what is theirs', async () => {
      const { moved } = await move('lan', ['orphan', id('8')], true);
      expect(moved.map(({ who, organization }) => [who, organization.id])).toEqual([
        ['orphan', LAN_ORG],
        [id('a8'), LAN_ORG],
      ]);
      expect((await idsIn(LAN_ORG))['users']).toEqual(['1', '4', '7', '8']);
      expect((await signIn('orphan')).user.orgId).toBe(LAN_ORG);
    });

    it('is only shown unless it is told to be done', async () => {
      const before = await everything();
      await move('lan', ['orphan'], false);
      expect(lines.at(-1)).toBe('Nothing was changed: --apply does it.');
      expect(await everything()).toEqual(before);
    });

    it('leaves what the other organization has already, and says so', async () => {
      await database.rows(
        `INSERT INTO integrations (org_id, id, platform, oa_id, is_active) VALUES ($1, $2, 'facebook', '100', false)`,
        [MAI_ORG, id('cc')],
      );
      const { moved, unplaced } = await move(MAI_ORG, ['lan', 'minh'], true);
      expect(moved[0]?.counts).toMatchObject({ users: 1, integrations: 0, chatbots: 1, conversations: 2, messages: 3 });
      expect(unplaced).toEqual([
        {
          kind: 'integration',
          id: id('c1'),
          label: 'facebook 100',
          reason: `${MAI_ORG} has this page already`,
        },
      ]);
      const lan = await signIn('lan');
      expect(await listed(lan, '/conversations')).toEqual(['d1', 'd2', 'd3', 'd4', 'd7']);
      const { body } = await lan.get('/customers?search=123').expect(200);
      expect(body.data.filter(({ platform }: Row) => platform === 'facebook')).not.toHaveLength(0);
    });

    it('refuses what cannot be, and changes nothing', async () => {
      const before = await everything();
      await expect(move('nowhere', ['orphan'], true)).rejects.toThrow('There is no organization nowhere');
      await expect(move('lan', ['nobody'], true)).rejects.toThrow('There is no user nobody');
      await expect(move('lan', ['lan'], true)).rejects.toThrow('lan is in lan already');
      await expect(move('lan', ['root'], true)).rejects.toThrow('root is a super admin');
      await expect(move(MAI_ORG, ['lan'], true)).rejects.toThrow(`${LAN_ORG} would be left without an active admin`);
      await database.rows(`UPDATE users SET email = 'orphan@example.com' WHERE username IN ('orphan', 'lan')`);
      await expect(move('lan', ['orphan'], true)).rejects.toThrow(
        'has a user lan with the username, e-mail or account',
      );
      await database.rows(`UPDATE users SET email = NULL WHERE username = 'orphan'`);
      await database.rows(`UPDATE users SET email = 'lan@example.com' WHERE username = 'lan'`);
      expect(await everything()).toEqual(before);
    });
  });

  describe('with what came with channels', () => {
    beforeEach(async () => {
      await prepareJobs(database.url);
      for (const sql of CHANNELS) await database.rows(sql);
      const vault = new SecretVault(config);
      const seal = (rowId: string, field: string, text: string) => vault.seal(text, { orgId: DEFAULT, rowId, field });
      await database.rows('UPDATE chatbots SET secret = $2, secret_key_id = $3 WHERE id = $1', [
        ...[id('b1'), seal(id('b1'), 'chatbot secret', 'of the chatbot'), vault.keyId],
      ]);
      await database.rows(
        'UPDATE webhook_endpoints SET secret = $2, previous_secret = $3, secret_key_id = $4 WHERE id = $1',
        [
          ...[id('f1'), seal(id('f1'), 'secret', 'of the endpoint'), seal(id('f1'), 'previousSecret', 'before')],
          vault.keyId,
        ],
      );
      for (const [task, payload, key] of JOBS)
        await database.rows(
          `SELECT graphile_worker.add_job($1, $2::json, job_key => $3, run_at => now() + interval '1 hour')`,
          [task, { orgId: DEFAULT, ...payload }, `${DEFAULT} ${key}`],
        );
    });

    it('takes along what hangs on conversations, customers and pages', async () => {
      await split(true);
      const at = (table: string, column = 'id') => whereIs(table, column);
      expect(await at('media_files', 'message_id')).toEqual([LAN_ORG]);
      expect(await at('timeline_entries', 'conversation_id')).toEqual([LAN_ORG]);
      expect(await at('webhook_deliveries')).toEqual([LAN_ORG]);
      expect(await database.rows(`SELECT org_id, user_id FROM conversation_participants ORDER BY 1`)).toEqual([
        { org_id: LAN_ORG, user_id: id('4') },
        { org_id: DEFAULT, user_id: id('7') },
      ]);
      const names = `SELECT n.org_id FROM customer_names n JOIN customers c ON c.org_id = n.org_id AND c.id = n.customer_id
        WHERE n.external_id = 'also' AND c.external_id = '123' ORDER BY 1`;
      expect(await database.rows(names)).toEqual([{ org_id: LAN_ORG }, { org_id: MAI_ORG }]);
      expect(await database.rows('SELECT FROM channel_authorizations')).toEqual([]);
    });

    it('gives each side the labels that its conversations carry, and leaves the others where they were', async () => {
      await split(true);
      const labels = `SELECT l.org_id, l.name, c.conversation_id FROM labels l
        LEFT JOIN conversation_labels c ON c.org_id = l.org_id AND c.label_id = l.id ORDER BY 1, 2`;
      expect(await database.rows(labels)).toEqual([
        { org_id: LAN_ORG, name: 'vip', conversation_id: id('d1') },
        { org_id: MAI_ORG, name: 'vip', conversation_id: id('d3') },
        { org_id: DEFAULT, name: 'unused', conversation_id: null },
        { org_id: DEFAULT, name: 'vip', conversation_id: id('d6') },
      ]);
    });

    it('takes quick replies along with who made them, and lists the one that nobody made', async () => {
      const { unplaced } = await split(true);
      expect(unplaced).toContainEqual({
        ...{ kind: 'quick reply', id: id('52'), label: 'bye', reason: 'names no account' },
      });
      expect(await database.rows('SELECT org_id, shortcut FROM quick_replies ORDER BY 1, 2')).toEqual([
        { org_id: LAN_ORG, shortcut: 'hello' },
        { org_id: LAN_ORG, shortcut: 'prices' },
        { org_id: DEFAULT, shortcut: 'bye' },
      ]);
    });

    it('seals the secrets of chatbots and webhook endpoints for where they go', async () => {
      await split(true);
      const vault = new SecretVault(config);
      const [bot] = await database.rows<{ secret: string }>('SELECT secret FROM chatbots WHERE id = $1', [id('b1')]);
      const [endpoint] = await database.rows<{ secret: string; before: string }>(
        'SELECT secret, previous_secret AS before FROM webhook_endpoints WHERE org_id = $1 AND id = $2',
        [LAN_ORG, id('f1')],
      );
      const open = (sealed: string | undefined, rowId: string, field: string) =>
        vault.open(sealed ?? '', vault.keyId, { orgId: LAN_ORG, rowId, field });
      expect(open(bot?.secret, id('b1'), 'chatbot secret')).toBe('of the chatbot');
      expect(open(endpoint?.secret, id('f1'), 'secret')).toBe('of the endpoint');
      expect(open(endpoint?.before, id('f1'), 'previousSecret')).toBe('before');
    });

    it('leaves a chatbot and an endpoint whose secrets do not open', async () => {
      await database.rows(`UPDATE chatbots SET secret_key_id = 'lost' WHERE id = $1`, [id('b1')]);
      await database.rows(`UPDATE webhook_endpoints SET secret_key_id = 'lost' WHERE id = $1`, [id('f1')]);
      const { unplaced } = await split(true);
      const reason = expect.stringContaining('key lost');
      expect(unplaced).toContainEqual({ kind: 'chatbot', id: id('b1'), label: 'Bookings', reason });
      expect(unplaced).toContainEqual({ kind: 'endpoint', id: id('f1'), label: 'https://lan.example/hook', reason });
      expect(await idsIn(LAN_ORG)).toMatchObject({ chatbots: [], integrations: ['c1'] });
    });

    it("keeps a partner's channel at its endpoint where both go, and lets go of it where they part", async () => {
      await split(true);
      const channels =
        'SELECT org_id, webhook_endpoint_id AS endpoint FROM integrations WHERE id = ANY ($1) ORDER BY id';
      expect(await database.rows(channels, [[id('c1'), id('c3')]])).toEqual([
        { org_id: LAN_ORG, endpoint: id('f1') },
        { org_id: MAI_ORG, endpoint: null },
      ]);
    });

    it('takes along the key that a chatbot writes with, whoever made it', async () => {
      await split(true);
      expect(await database.rows('SELECT org_id, api_key_id AS key FROM chatbots WHERE id = $1', [id('b1')])).toEqual([
        { org_id: LAN_ORG, key: id('71') },
      ]);
      expect(await whereIs('api_keys')).toEqual([LAN_ORG]);
      expect(await whereIs('api_key_routes', 'api_key_id')).toEqual([LAN_ORG]);
    });

    it('has done over there what waits to be done', async () => {
      await split(true);
      const jobs = `SELECT t.identifier AS task, j.payload, j.key FROM graphile_worker._private_jobs j
        JOIN graphile_worker._private_tasks t ON t.id = j.task_id WHERE j.payload ->> 'orgId' <> $1 ORDER BY 1`;
      expect(await database.rows(jobs, [DEFAULT])).toEqual(
        JOBS.slice(0, 4).map(([task, payload, key]) => ({
          ...{ task, payload: { orgId: LAN_ORG, ...payload }, key: `${LAN_ORG} ${key}` },
        })),
      );
    });

    it('loses nothing when it is done in two steps, and merges what both sides have', async () => {
      await split(true);
      const taken = `INSERT INTO quick_replies (org_id, id, shortcut, text) VALUES ($1, $2, 'hello', 'Chào')`;
      await database.rows(taken, [MAI_ORG, id('54')]);
      const { unplaced } = await move(MAI_ORG, ['lan', 'minh'], true);
      expect(unplaced).toEqual([
        {
          ...{ kind: 'quick reply', id: id('51'), label: 'hello' },
          reason: `${MAI_ORG} has a quick reply of this shortcut already`,
        },
      ]);
      const labels = `SELECT l.id, c.conversation_id FROM labels l JOIN conversation_labels c ON c.org_id = l.org_id
        AND c.label_id = l.id WHERE l.org_id = $1 AND l.name = 'vip' ORDER BY 2`;
      const carried = await database.rows<{ id: string; conversation_id: string }>(labels, [MAI_ORG]);
      expect(carried.map(({ conversation_id }) => conversation_id)).toEqual([id('d1'), id('d3')]);
      expect(carried[0]?.id).toBe(carried[1]?.id);
      expect(await whereIs('media_files')).toEqual([MAI_ORG]);
    });

    it('lets no partner hear of an organization that it was not let into', async () => {
      await split(true);
      await move(MAI_ORG, ['lan', 'minh'], true);
      expect(await whereIs('webhook_endpoints')).toEqual([LAN_ORG]);
      expect(await whereIs('webhook_deliveries')).toEqual([LAN_ORG]);
      const page = 'SELECT org_id, webhook_endpoint_id AS endpoint FROM integrations WHERE id = $1';
      expect(await database.rows(page, [id('c1')])).toEqual([{ org_id: MAI_ORG, endpoint: null }]);
      const key = 'SELECT org_id, is_active FROM api_keys WHERE id = $1';
      expect(await database.rows(key, [id('71')])).toEqual([{ org_id: LAN_ORG, is_active: false }]);
      expect(await database.rows('SELECT FROM api_key_routes')).toEqual([]);
      const bot = 'SELECT org_id, api_key_id AS key FROM chatbots WHERE id = $1';
      expect(await database.rows(bot, [id('b1')])).toEqual([{ org_id: MAI_ORG, key: null }]);
    });

    async function whereIs(table: string, column = 'id'): Promise<string[]> {
      const rows = await database.rows<{ org: string }>(`SELECT org_id AS org FROM ${table} ORDER BY ${column}`);
      return rows.map(({ org }) => org);
    }
  });

  function split(apply: boolean) {
    return splitByAdmin({ config, apply, say: (line) => lines.push(line) });
  }

  function move(to: string, users: string[], apply: boolean) {
    return reassign({ config, apply, say: (line) => lines.push(line) }, to, users);
  }

  async function signIn(username: string): Promise<Client> {
    const { body } = await anonymous.post('/auth/login', { username, password: PASSWORD }).expect(200);
    return anonymous.withToken(body.tokens.accessToken, body.user, body.tokens.refreshToken);
  }

  async function listed(client: Client, path: string): Promise<string[]> {
    const { body } = await client.get(path).expect(200);
    return body.data.map((row: { id: string }) => short(row.id)).toSorted();
  }

  async function everything(): Promise<Record<string, Row[]>> {
    const read = async (table: string) => {
      const rows = await database.rows<{ row: Row }>(`SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY id`);
      return [table, rows.map(({ row }) => row)] as const;
    };
    return Object.fromEntries(await Promise.all(TABLES.map(read)));
  }

  /** Short ids by table. */
  async function idsIn(orgId: string): Promise<Record<string, string[]>> {
    const rows = Object.entries(await everything());
    const mine = (all: Row[]) => all.filter((row) => row['org_id'] === orgId).map((row) => short(String(row['id'])));
    return Object.fromEntries(rows.map(([table, all]) => [table, mine(all)]));
  }
});

function short(uuid: string): string {
  return uuid.replace(/^.*-0*/, '');
}
