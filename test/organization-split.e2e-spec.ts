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
import { logger } from '../src/platform/logging/logger.js';
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
