import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DatabaseConnections } from '../src/platform/database/database-connections.js';
import { bound, foreignRowsSeen, relations } from './support/isolation-database.js';
import { checksums } from './support/isolation-holdings.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

const SECRET = 'a secret of acme';

/** What somebody could do who can make the serving role run any SQL, bound to an organization of theirs. */
describe('The serving database role', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let theirs: { id: string; oaId: string };
  let ours: { id: string; oaId: string };
  let serving: pg.Client;
  const notices: string[] = [];
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
    [theirs, ours] = [await acme.conversation(SECRET), await rival.conversation('the own of rival')];
    serving = new pg.Client(new DatabaseConnections(world.config).options('polydesk_app', 1));
    serving.on('notice', ({ message }) => notices.push(String(message)));
    await serving.connect();
  });
  afterAll(async () => {
    await serving.end();
    await world.stop();
  });

  const asRival = <T>(work: () => Promise<T>): Promise<T> => bound(serving, rival.id, work);
  const codeOf = (sql: string): Promise<string> =>
    asRival(async () => {
      await serving.query(sql);
      return 'done';
    }).catch(({ code }: { code: string }) => code);

  it('sees no foreign row in any table, partition or view that there is', async () => {
    const names = await relations(world.database);
    expect(names).toEqual(expect.arrayContaining(['messages', 'organizations', 'unrouted_events']));
    expect(await foreignRowsSeen(serving, names, rival.id)).toEqual([]);
  });

  it('sees none through a view, nor in a partition, that somebody makes and forgets to protect', async () => {
    await world.database.rows('CREATE VIEW inbox_report AS SELECT org_id, text FROM messages');
    await world.database.rows('CREATE TABLE archive (org_id text, text text) PARTITION BY LIST (org_id)');
    await world.database.rows(`CREATE TABLE archive_acme PARTITION OF archive FOR VALUES IN ('${acme.id}')`);
    await world.database.rows('INSERT INTO archive SELECT org_id, text FROM messages WHERE org_id = $1', [acme.id]);
    const names = ['inbox_report', 'archive', 'archive_acme'];
    for (const name of names)
      expect({ name, code: await codeOf(`SELECT * FROM ${name}`) }).toEqual({ name, code: '42501' });
    await world.database.rows(`GRANT SELECT ON ${names.join()} TO polydesk_app`);
    expect(await foreignRowsSeen(serving, await relations(world.database), rival.id)).toEqual(names.toSorted());
    await world.database.rows('DROP VIEW inbox_report');
    await world.database.rows('DROP TABLE archive');
  });

  it.each([
    ['take the other role', 'SET ROLE polydesk_system'],
    ['take the owner', 'SET SESSION AUTHORIZATION postgres'],
    ['take a role that reads everything', 'SET ROLE pg_read_all_data'],
    ['let itself past row-level security', 'ALTER ROLE polydesk_app BYPASSRLS'],
    ['become a superuser', 'ALTER ROLE polydesk_app SUPERUSER'],
    ['join the other role', 'GRANT polydesk_system TO polydesk_app'],
    ['disable row-level security', 'ALTER TABLE messages DISABLE ROW LEVEL SECURITY'],
    ['disable it for one question', 'SET LOCAL row_security = off; SELECT * FROM messages'],
    ['widen a policy', 'ALTER POLICY organization ON messages USING (true)'],
    ['add a policy', 'CREATE POLICY mine ON messages USING (true)'],
    ['own a table', 'ALTER TABLE messages OWNER TO polydesk_app'],
    ['drop a table', 'DROP TABLE messages'],
    ['empty a table', 'TRUNCATE messages'],
    ['empty all that hangs on one', 'TRUNCATE conversations CASCADE'],
    ['switch off foreign keys', 'ALTER TABLE messages DISABLE TRIGGER ALL'],
    ['switch them off for a session', `SET LOCAL session_replication_role = 'replica'`],
    ['drop a foreign key', 'ALTER TABLE messages DROP CONSTRAINT messages_org_id_conversation_id_fkey'],
    ['put a trigger on a table', 'CREATE TRIGGER spy BEFORE INSERT ON messages EXECUTE FUNCTION app.set_org()'],
    [
      'change the function that binds',
      `CREATE OR REPLACE FUNCTION app.set_org(org_id text) RETURNS void LANGUAGE sql AS ''`,
    ],
    ['leave something in the schema', 'CREATE FUNCTION public.spy() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$'],
    ['make a schema', 'CREATE SCHEMA mine'],
    ['add an extension', 'CREATE EXTENSION dblink'],
    ['read the files of the server', `SELECT pg_read_file('/etc/passwd')`],
    ['copy a table into a file', `COPY messages TO '/tmp/messages'`],
    ['copy a table into a program', `COPY messages TO PROGRAM 'cat'`],
    ['read passwords of roles', 'SELECT rolpassword FROM pg_authid'],
    ['read samples of columns', 'SELECT * FROM pg_statistic'],
    ["change its organization's plan", `UPDATE organizations SET tier = 'enterprise'`],
    ['make an organization', `INSERT INTO organizations (id, name) VALUES ('org_mine', 'mine')`],
    ['delete its organization', 'DELETE FROM organizations'],
    ['read what the throttle counts', 'SELECT * FROM rate_limits'],
  ])('cannot %s', async (_, sql) => {
    expect(await codeOf(sql)).toBe('42501');
  });

  it('reads no statistics of columns that another organization filled', async () => {
    await world.database.rows('ANALYZE messages');
    const { rows } = await asRival(() => serving.query(`SELECT * FROM pg_stats WHERE tablename = 'messages'`));
    expect(rows).toEqual([]);
  });

  it('copies, counts, joins, merges and deletes its own rows only', async () => {
    const before = await checksums(world.database, acme.id);
    await asRival(async () => {
      const { rows } = await serving.query('SELECT count(*)::int AS n, max(text) AS text FROM messages');
      expect(rows).toEqual([{ n: 1, text: 'the own of rival' }]);
      const named = await serving.query('SELECT FROM messages WHERE org_id = $1', [acme.id]);
      const joined = await serving.query('DELETE FROM messages USING conversations c WHERE c.id = $1', [theirs.id]);
      const merged = await serving.query(
        `MERGE INTO conversations c USING (SELECT $1::uuid AS id) s ON c.id = s.id WHEN MATCHED THEN UPDATE SET status = 'resolved'`,
        [theirs.id],
      );
      expect([named.rowCount, joined.rowCount, merged.rowCount]).toEqual([0, 0, 0]);
      expect((await serving.query('DELETE FROM messages RETURNING text')).rows).toEqual([{ text: 'the own of rival' }]);
    });
    expect(await checksums(world.database, acme.id)).toEqual(before);
  });

  it('learns nothing by a function that is cheaper than the policy', async () => {
    await serving.query(
      `CREATE FUNCTION pg_temp.spy(value text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
       $$ BEGIN RAISE NOTICE '%', value; RETURN true; END $$`,
    );
    await asRival(() => serving.query('SELECT FROM messages WHERE pg_temp.spy(text)'));
    expect(notices).toEqual(['the own of rival']);
  });

  it('learns nothing by an error that a foreign value would raise', async () => {
    expect(await codeOf(`SELECT FROM messages WHERE org_id <> '${rival.id}' AND text::int = 1`)).toBe('done');
  });

  it.each([
    [
      'a conversation',
      () => `INSERT INTO messages (org_id, id, conversation_id, platform, oa_id, direction, sender_id)
       VALUES ('${rival.id}', gen_random_uuid(), '${theirs.id}', 'facebook', '1', 'in', '1')`,
    ],
    ['an assignee', () => `UPDATE conversations SET assignee_id = '${acme.admin.user.id}' WHERE id = '${ours.id}'`],
  ])('cannot point a row of its organization at %s of another', async (_, sql) => {
    expect(await codeOf(sql())).toBe('23503');
  });

  it('cannot plant a row in, give one to, or take one from another organization', async () => {
    const plant = `INSERT INTO chatbots (org_id, id, name) VALUES ('${acme.id}', gen_random_uuid(), 'x')`;
    expect(await codeOf(plant)).toBe('42501');
    expect(await codeOf(`UPDATE conversations SET org_id = '${acme.id}'`)).toBe('42501');
    expect(await codeOf(`UPDATE messages SET org_id = '${rival.id}' WHERE id = '${theirs.id}'`)).toBe('done');
    const { body } = await acme.get(`/conversations/${theirs.id}/messages`).expect(200);
    expect(body.data.map(({ text }: { text: string }) => text)).toEqual([SECRET]);
  });

  it('cannot take over a page that is live in another organization', async () => {
    const { body } = await rival.get('/integrations').expect(200);
    const takeOver = `INSERT INTO channel_routes (platform, external_id, org_id, integration_id)
      VALUES ('facebook', '${theirs.oaId}', '${rival.id}', '${body.data[0].id}')
      ON CONFLICT (platform, external_id) DO UPDATE SET org_id = EXCLUDED.org_id, integration_id = EXCLUDED.integration_id`;
    expect(await codeOf(takeOver)).toBe('42501');
  });

  it('is bound again only by name: a garbled or foreign binding shows what that name has, and a lost one nothing', async () => {
    for (const name of [
      '',
      'x',
      `${acme.id} `,
      acme.id.toUpperCase(),
      `{${acme.id}}`,
      `${acme.id}','${rival.id}`,
      "'; --",
    ])
      expect((await bound(serving, name, () => serving.query('SELECT FROM messages'))).rowCount).toBe(0);
    await serving.query('BEGIN');
    await serving.query('SELECT app.set_org($1)', [rival.id]);
    await serving.query('RESET ALL');
    expect((await serving.query('SELECT FROM messages')).rowCount).toBe(0);
    await serving.query('ROLLBACK');
  });
});
