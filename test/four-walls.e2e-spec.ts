import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Headers, Module, Param, Post, Query } from '@nestjs/common';
import pg from 'pg';
import { ConversationsService } from '../src/modules/conversations/conversations.service.js';
import { CustomersService } from '../src/modules/customers/customers.service.js';
import { UsersService } from '../src/modules/users/users.service.js';
import { OrgContext, OrganizationContextMissingError } from '../src/platform/context/org-context.js';
import { DatabaseConnections } from '../src/platform/database/database-connections.js';
import { UnscopedQueryError } from '../src/platform/database/database-errors.js';
import { Database } from '../src/platform/database/database.js';
import { Endpoint } from '../src/platform/http/endpoint.js';
import { dropReferences, foreignKeys, tenantTables, uniqueKeys } from './support/catalogue.js';
import type { TestOrganization } from './support/test-organization.js';
import { World } from './support/world.js';

/** Reads the organization's messages straight from the tables, past repositories, keys and row-level security. */
@Controller('probe')
class ProbeController {
  static owner: pg.Pool;

  @Post(':orgId')
  @Endpoint({ does: 'Show what the guard decided', needs: 'messages:read' })
  async probe(@Param() _path: object, @Query() _query: object, @Headers() _headers: object, @Body() _body: object) {
    const { rows } = await ProbeController.owner.query<{ text: string }>(
      'SELECT text FROM messages WHERE org_id = $1',
      [OrgContext.orgId],
    );
    return rows.map(({ text }) => text);
  }

  @Get('bare')
  bare() {
    return ['a route that nobody decided about'];
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

describe('The first wall, the guard, with the other three taken away', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ ENABLE_POSTGRESQL_RLS: 'false' }, [ProbeModule]);
    await dropReferences(world.database);
    ProbeController.owner = world.database.owner;
  });
  afterAll(() => world.stop());

  it('takes the organization from the credential, whatever path, query, headers and body say', async () => {
    const [acme, rival] = [await world.organization(), await world.organization()];
    await acme.conversation('a secret of acme');
    await rival.conversation('the own of rival');
    const key = await rival.withKey(['messages:read']);
    for (const caller of [rival.admin, await rival.as('agent'), key]) {
      const { body } = await caller
        .post(`/probe/${acme.id}?orgId=${acme.id}&organization=${acme.id}`, { orgId: acme.id, organizationId: acme.id })
        .set({ 'x-org-id': acme.id, 'x-organization-id': acme.id, 'x-tenant-id': acme.id })
        .expect(200);
      expect(body.data).toEqual(['the own of rival']);
    }
  });

  it('answers 403 on a route that does not say who may call it', async () => {
    const { body } = await world.superAdmin.get('/probe/bare').expect(403);
    expect(body.error.code).toBe('forbidden');
  });
});

describe('The second wall, the repository, with the other three taken away', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let secret: { id: string; oaId: string };
  beforeAll(async () => {
    world = await World.start({ ENABLE_POSTGRESQL_RLS: 'false' });
    await dropReferences(world.database);
    [acme, rival] = [await world.organization(), await world.organization()];
    secret = await acme.conversation('a secret of acme');
  });
  afterAll(() => world.stop());

  const asRival = <T>(work: () => T): T => OrgContext.runAsSystem(rival.id, 'test', work);

  it('finds nothing of another organization by id', async () => {
    const refused = asRival(() => world.app.get(ConversationsService).get(secret.id));
    await expect(refused).rejects.toMatchObject({ code: 'not_found' });
    await expect(asRival(() => world.app.get(UsersService).get(acme.admin.user.id))).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('lists nothing of another organization', async () => {
    const { items } = await asRival(() => world.app.get(CustomersService).list({ limit: 100 }));
    expect(items).toEqual([]);
  });

  it('changes nothing of another organization', async () => {
    const refused = asRival(() => world.app.get(ConversationsService).update(secret.id, { status: 'resolved' }));
    await expect(refused).rejects.toMatchObject({ code: 'not_found' });
    const { body } = await acme.get(`/conversations/${secret.id}`).expect(200);
    expect(body.data.status).toBe('open');
  });

  it('refuses a query that names no organization', async () => {
    const { prisma } = world.app.get(Database);
    await expect(asRival(() => prisma.conversation.findMany({}).then())).rejects.toThrow(UnscopedQueryError);
    await expect(asRival(() => prisma.message.deleteMany({ where: { text: 'x' } }).then())).rejects.toThrow(
      UnscopedQueryError,
    );
  });

  it('refuses a query that names another organization than the bound one', async () => {
    const { prisma } = world.app.get(Database);
    const read = asRival(() => prisma.conversation.findMany({ where: { orgId: acme.id } }).then());
    await expect(read).rejects.toThrow(UnscopedQueryError);
    const write = asRival(() => prisma.chatbot.create({ data: { orgId: acme.id, id: secret.id, name: 'x' } }).then());
    await expect(write).rejects.toThrow(UnscopedQueryError);
  });

  it('refuses what Prisma would batch across requests', async () => {
    const { prisma } = world.app.get(Database);
    const where = { orgId_id: { orgId: rival.id, id: secret.id } };
    // eslint-disable-next-line no-restricted-syntax -- the very thing that must be refused
    await expect(asRival(() => prisma.conversation.findUnique({ where }).then())).rejects.toThrow(UnscopedQueryError);
  });

  it('refuses to work without a context', () => {
    expect(() => OrgContext.orgId).toThrow(OrganizationContextMissingError);
  });
});

describe('The third wall, the keys, with the other three taken away', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.stop());

  it('begins every primary and unique key of a tenant table with the organization', async () => {
    const keys = await uniqueKeys(world.database);
    expect(keys.length).toBeGreaterThan(15);
    expect(keys.filter(({ columns }) => columns[0] !== 'org_id')).toEqual([]);
  });

  it('makes every reference between tenant tables carry the organization', async () => {
    const references = await foreignKeys(world.database);
    expect(references.length).toBeGreaterThan(7);
    expect(references.filter(({ columns, target }) => columns[0] !== 'org_id' || target[0] !== 'org_id')).toEqual([]);
  });

  it('refuses a row that points into another organization, even from the owner of the tables', async () => {
    const [acme, rival] = [await world.organization(), await world.organization()];
    const { id } = await acme.conversation();
    const intrude = world.database.rows(
      `INSERT INTO messages (org_id, id, conversation_id, platform, oa_id, direction, sender_id)
       VALUES ($1, gen_random_uuid(), $2, 'facebook', '1', 'in', '1')`,
      [rival.id, id],
    );
    await expect(intrude).rejects.toMatchObject({ code: '23503', constraint: 'messages_org_id_conversation_id_fkey' });
    const assign = world.database.rows('UPDATE conversations SET assignee_id = $1 WHERE id = $2', [
      rival.admin.user.id,
      id,
    ]);
    await expect(assign).rejects.toMatchObject({ code: '23503' });
  });
});

describe('The fourth wall, row-level security, with the other three taken away', () => {
  let world: World;
  let acme: TestOrganization;
  let rival: TestOrganization;
  let tables: string[];
  let serving: pg.Client;
  beforeAll(async () => {
    world = await World.start();
    [acme, rival] = [await world.organization(), await world.organization()];
    for (const organization of [acme, rival]) await organization.conversation();
    await dropReferences(world.database);
    tables = await tenantTables(world.database);
    serving = new pg.Client(new DatabaseConnections(world.config).options('polydesk_app', 1));
    await serving.connect();
  });
  afterAll(async () => {
    await serving.end();
    await world.stop();
  });

  /** One transaction of the serving role, rolled back, with an organization bound or without. */
  async function serve<T>(orgId: string | null, work: () => Promise<T>): Promise<T> {
    await serving.query('BEGIN');
    try {
      if (orgId !== null) await serving.query('SELECT app.set_org($1)', [orgId]);
      return await work();
    } finally {
      await serving.query('ROLLBACK');
    }
  }

  const organizationsSeen = async (table: string) =>
    (await serving.query<{ org_id: string }>(`SELECT DISTINCT org_id FROM ${table}`)).rows.map(({ org_id }) => org_id);

  it('shows the bound organization its own rows only, in every table', async () => {
    for (const table of tables) {
      const seen = await serve(rival.id, () => organizationsSeen(table));
      expect({ table, foreign: seen.filter((orgId) => orgId !== rival.id) }).toEqual({ table, foreign: [] });
    }
    expect(await serve(rival.id, () => organizationsSeen('messages'))).toEqual([rival.id]);
  });

  it.each([
    ['no organization', null],
    ['an empty one', ''],
    ['garbage', "x' OR '1'='1"],
  ])('shows nothing with %s bound', async (_, orgId) => {
    for (const table of tables) expect(await serve(orgId, () => organizationsSeen(table))).toEqual([]);
  });

  it('forgets the organization when the transaction ends', async () => {
    await serve(rival.id, () => organizationsSeen('messages'));
    expect(await organizationsSeen('messages')).toEqual([]);
  });

  it('changes and deletes own rows only', async () => {
    const [before] = await world.database.rows<{ n: string }>('SELECT count(*) AS n FROM messages WHERE org_id = $1', [
      rival.id,
    ]);
    const touched = await serve(rival.id, async () => (await serving.query(`UPDATE messages SET text = 'x'`)).rowCount);
    const removed = await serve(rival.id, async () => (await serving.query('DELETE FROM messages')).rowCount);
    expect([touched, removed]).toEqual([Number(before?.n), Number(before?.n)]);
  });

  it('refuses rows for another organization', async () => {
    const insert = `INSERT INTO chatbots (org_id, id, name) VALUES ('${acme.id}', gen_random_uuid(), 'x')`;
    await expect(serve(rival.id, () => serving.query(insert))).rejects.toMatchObject({ code: '42501' });
    const move = `UPDATE conversations SET org_id = '${acme.id}'`;
    await expect(serve(rival.id, () => serving.query(move))).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    ['take another role', 'SET ROLE polydesk_system'],
    ['become the owner', 'SET ROLE postgres'],
    ['empty a table', 'TRUNCATE messages'],
    ['switch the wall off', 'ALTER TABLE messages DISABLE ROW LEVEL SECURITY'],
    ['bypass it for a session', 'SET row_security = off; SELECT * FROM messages'],
    ['drop a policy', 'DROP POLICY organization ON messages'],
    ['rewrite the audit log', `UPDATE audit_entries SET action = 'x'`],
    ['empty the audit log', 'DELETE FROM audit_entries'],
    ['read what the platform keeps', 'SELECT * FROM unrouted_events'],
    ['make a table', 'CREATE TABLE public.mine (x int)'],
  ])('does not let the serving role %s', async (_, sql) => {
    await expect(serve(rival.id, () => serving.query(sql))).rejects.toMatchObject({ code: '42501' });
  });

  it('is on for every table that has an organization', async () => {
    const open = await world.database.rows<{ relname: string }>(
      'SELECT relname FROM pg_class WHERE oid = ANY ($1::regclass[]) AND NOT relrowsecurity',
      [tables],
    );
    expect(open).toEqual([]);
  });
});
