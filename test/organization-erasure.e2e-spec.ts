import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JobRunner } from '../src/platform/jobs/job-runner.js';
import { Jobs } from '../src/platform/jobs/jobs.js';
import { eventually } from './support/eventually.js';
import { PASSWORD, World } from './support/world.js';
import type { TestOrganization } from './support/test-organization.js';

/** One row and more in every table of an organization that the API does not fill here. */
const INBOX = [
  `INSERT INTO chatbots (org_id, id, name) VALUES ($1, gen_random_uuid(), 'Mai')`,
  `INSERT INTO integrations (org_id, id, platform, oa_id, chatbot_id)
   SELECT $1, gen_random_uuid(), 'facebook', 'page of ' || $1, id FROM chatbots WHERE org_id = $1`,
  `INSERT INTO channel_routes (platform, external_id, org_id, integration_id)
   SELECT platform, oa_id, org_id, id FROM integrations WHERE org_id = $1`,
  `INSERT INTO channel_events (org_id, id, integration_id, kind, dedupe_key, payload)
   SELECT org_id, gen_random_uuid(), id, 'referral', 'once', '{}' FROM integrations WHERE org_id = $1`,
  `INSERT INTO customers (org_id, id, platform, external_id)
   SELECT $1, gen_random_uuid(), 'facebook', n::text FROM generate_series(1, 3) n`,
  `INSERT INTO conversations (org_id, id, platform, oa_id, customer_id, integration_id, chatbot_id, assignee_id)
   SELECT c.org_id, gen_random_uuid(), c.platform, i.oa_id, c.id, i.id, i.chatbot_id, u.id
   FROM customers c JOIN integrations i USING (org_id) JOIN users u USING (org_id) WHERE c.org_id = $1 AND u.role = 'admin'`,
  `INSERT INTO messages (org_id, id, conversation_id, platform, oa_id, direction, sender_id, text)
   SELECT org_id, gen_random_uuid(), id, platform, oa_id, 'in', 'customer', 'Xin chào' FROM conversations WHERE org_id = $1`,
  `INSERT INTO customer_names (org_id, id, platform, external_id, customer_id)
   SELECT org_id, gen_random_uuid(), platform, 'also ' || external_id, id FROM customers WHERE org_id = $1`,
  `INSERT INTO channel_authorizations (org_id, id, platform, secret_hash, verifier, actor, expires_at)
   VALUES ($1, gen_random_uuid(), 'zalo', '\\x01', 'v', '{}', now() + interval '1 hour')`,
  `INSERT INTO media_files (org_id, id, message_id, position) SELECT org_id, gen_random_uuid(), id, 0 FROM messages WHERE org_id = $1`,
  `INSERT INTO webhook_endpoints (org_id, id, url, event_types, secret, secret_key_id)
   VALUES ($1, gen_random_uuid(), 'https://partner.example/hook', '{message.created}', 'sealed', 'key')`,
  `INSERT INTO webhook_deliveries (org_id, id, endpoint_id, event_id, event_type, payload)
   SELECT org_id, gen_random_uuid(), id, 'once', 'message.created', '{}' FROM webhook_endpoints WHERE org_id = $1`,
  `UPDATE integrations SET webhook_endpoint_id = e.id FROM webhook_endpoints e WHERE e.org_id = $1 AND integrations.org_id = $1`,
  `INSERT INTO labels (org_id, id, name) VALUES ($1, gen_random_uuid(), 'vip'), ($1, gen_random_uuid(), 'unused')`,
  `INSERT INTO conversation_labels (org_id, conversation_id, label_id)
   SELECT c.org_id, c.id, l.id FROM conversations c JOIN labels l USING (org_id) WHERE c.org_id = $1 AND l.name = 'vip'`,
  `INSERT INTO conversation_participants (org_id, conversation_id, user_id)
   SELECT org_id, id, assignee_id FROM conversations WHERE org_id = $1`,
  `INSERT INTO timeline_entries (org_id, id, conversation_id, kind, text, actor_type)
   SELECT org_id, gen_random_uuid(), id, 'note', 'a regular', 'user' FROM conversations WHERE org_id = $1`,
  `INSERT INTO quick_replies (org_id, id, shortcut, text) VALUES ($1, gen_random_uuid(), 'hello', 'Xin chào')`,
];

interface Table {
  name: string;
}

describe('The erasure of an organization', () => {
  let world: World;
  let tables: string[];
  beforeAll(async () => {
    world = await World.start();
    const columns = `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name
      FROM information_schema.columns WHERE column_name = 'org_id' ORDER BY 1`;
    tables = (await world.database.rows<Table>(columns)).map(({ name }) => name);
  });
  afterAll(() => world.stop());

  /** An organization with something in every table. */
  const full = async (): Promise<TestOrganization> => {
    const acme = await world.organization();
    await acme.withKey(['users:read']);
    await acme.post('/invitations', { email: 'new@example.com', role: 'agent' }).expect(201);
    for (const sql of INBOX) await world.database.rows(sql, [acme.id]);
    return acme;
  };
  const counts = async (orgId: string): Promise<Record<string, number>> => {
    const count = async (table: string) => {
      const sql = `SELECT count(*)::integer FROM ${table} WHERE org_id = $1`;
      return [table, (await world.database.rows<{ count: number }>(sql, [orgId]))[0]?.count ?? 0] as const;
    };
    return Object.fromEntries(await Promise.all(tables.map(count)));
  };
  const checksums = async (orgId: string): Promise<Record<string, string>> => {
    const sum = async (table: string) => {
      const sql = `SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS sum FROM ${table} t WHERE org_id = $1`;
      return [table, (await world.database.rows<{ sum: string }>(sql, [orgId]))[0]?.sum ?? ''] as const;
    };
    const organization = `SELECT md5(o::text) AS sum FROM organizations o WHERE id = $1`;
    const [own] = await world.database.rows<{ sum: string }>(organization, [orgId]);
    return { ...Object.fromEntries(await Promise.all(tables.map(sum))), organizations: own?.sum ?? '' };
  };
  /** All that payloads of jobs name. */
  const idsOf = async ({ id }: TestOrganization) => {
    const [row] = await world.database.rows<Record<string, string>>(
      `SELECT m.id AS "messageId", m.conversation_id AS "conversationId", c.integration_id AS "integrationId",
         (SELECT id FROM media_files WHERE org_id = $1 LIMIT 1) AS "fileId",
         (SELECT id FROM webhook_deliveries WHERE org_id = $1 LIMIT 1) AS "deliveryId"
       FROM messages m JOIN conversations c ON c.org_id = m.org_id AND c.id = m.conversation_id WHERE m.org_id = $1 LIMIT 1`,
      [id],
    );
    const event = {
      id: 'e',
      name: 'message.created',
      target: { type: 'message', id: row?.['messageId'] },
      changes: {},
    };
    const times = { occurredAt: new Date().toISOString(), endsAt: new Date().toISOString() };
    return { ...row, ...event, ...times, keys: [] };
  };
  const deactivate = ({ id }: TestOrganization) => world.superAdmin.delete(`/organizations/${id}`).expect(200);
  const erase = ({ id }: TestOrganization) => world.superAdmin.delete(`/organizations/${id}?hard=true`);

  it('removes every row in every table, and says how many', async () => {
    const acme = await full();
    await deactivate(acme);
    const before = await counts(acme.id);
    expect(Object.entries(before).filter(([, count]) => count === 0)).toEqual([]);
    const { body } = await erase(acme).expect(200);
    const removed = Object.fromEntries(Object.entries(before).map(([name, n]) => [name.replace('public.', ''), n]));
    expect(body).toEqual({ ok: true, data: { id: acme.id, removed } });
    expect(Object.entries(await counts(acme.id)).filter(([, count]) => count > 0)).toEqual([]);
    await world.superAdmin.get(`/organizations/${acme.id}`).expect(404);
    await erase(acme).expect(404);
  });

  it('leaves every other organization as it was', async () => {
    const [acme, rival] = [await full(), await full()];
    await deactivate(acme);
    const before = await checksums(rival.id);
    await erase(acme).expect(200);
    expect(await checksums(rival.id)).toEqual(before);
    await rival.get('/users').expect(200);
  });

  it('needs the organization to be deactivated first', async () => {
    const acme = await full();
    const before = await checksums(acme.id);
    const { body } = await erase(acme).expect(409);
    expect(body.error.code).toBe('organization_active');
    expect(await checksums(acme.id)).toEqual(before);
  });

  it('never comes over the default organization', async () => {
    const before = await checksums('org_default_001');
    const { body } = await world.superAdmin.delete('/organizations/org_default_001?hard=true').expect(409);
    expect(body.error.code).toBe('default_organization');
    expect(await checksums('org_default_001')).toEqual(before);
  });

  it('ends all its credentials', async () => {
    const acme = await full();
    const key = await acme.withKey(['users:read']);
    await deactivate(acme);
    await erase(acme).expect(200);
    await acme.get('/users').expect(401);
    await key.get('/users').expect(401);
    await world.anonymous.post('/auth/refresh', { refreshToken: acme.admin.refreshToken }).expect(401);
    await world.anonymous.post('/auth/login', { email: acme.admin.user.email, password: PASSWORD }).expect(401);
  });

  it('frees its name and its pages', async () => {
    const acme = await full();
    await deactivate(acme);
    await erase(acme).expect(200);
    await world.superAdmin.post('/organizations', { name: acme.name }).expect(201);
    const routes = `SELECT FROM channel_routes WHERE external_id = 'page of ' || $1`;
    expect(await world.database.rows(routes, [acme.id])).toEqual([]);
  });

  it("is written down on the platform's side, by whom and how much", async () => {
    const acme = await full();
    await deactivate(acme);
    const { body } = await erase(acme).expect(200);
    const { body: log } = await world.superAdmin.get('/audit-logs?action=organization.erased&limit=1').expect(200);
    expect(log.data).toEqual([
      expect.objectContaining({
        orgId: 'org_default_001',
        actor: expect.objectContaining({ id: world.superAdmin.user.id, role: 'super_admin', orgId: 'org_default_001' }),
        targetType: 'organization',
        targetId: acme.id,
        changes: { removed: { from: null, to: body.data.removed } },
      }),
    ]);
  });

  it('goes in batches, so that no table is locked for long', async () => {
    const acme = await full();
    await world.database.rows(
      `INSERT INTO messages (org_id, id, conversation_id, platform, oa_id, direction, sender_id)
       SELECT org_id, gen_random_uuid(), id, platform, oa_id, 'in', 'customer'
       FROM (SELECT * FROM conversations WHERE org_id = $1 LIMIT 1) c, generate_series(1, 12000)`,
      [acme.id],
    );
    await world.database.rows(`CREATE TABLE batches (size integer NOT NULL);
      CREATE FUNCTION note_batch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN INSERT INTO public.batches SELECT count(*) FROM gone; RETURN NULL; END $$;
      CREATE TRIGGER note_batch AFTER DELETE ON messages REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION note_batch()`);
    await deactivate(acme);
    const { body } = await erase(acme).expect(200);
    const batches = await world.database.rows<{ size: number }>('SELECT size FROM batches WHERE size > 0');
    await world.database.rows('DROP TRIGGER note_batch ON messages; DROP FUNCTION note_batch; DROP TABLE batches');
    expect(body.data.removed.messages).toBe(12_003);
    expect(batches.length).toBeGreaterThan(2);
    expect(Math.max(...batches.map(({ size }) => size))).toBeLessThanOrEqual(5_000);
  });

  it('goes on where it was interrupted, when it is started again', async () => {
    const [acme, rival] = [await full(), await full()];
    const before = await checksums(rival.id);
    await deactivate(acme);
    await world.database.rows(`CREATE FUNCTION interrupt() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the power went out'; END $$;
      CREATE TRIGGER interrupt BEFORE DELETE ON chatbots FOR EACH ROW EXECUTE FUNCTION interrupt()`);
    const { body: failed } = await erase(acme).expect(500);
    await world.database.rows('DROP TRIGGER interrupt ON chatbots; DROP FUNCTION interrupt');
    expect(JSON.stringify(failed)).not.toContain('power');
    expect(await counts(acme.id)).toMatchObject({ 'public.messages': 0, 'public.chatbots': 1, 'public.users': 1 });
    const { body: kept } = await world.superAdmin.get(`/organizations/${acme.id}`).expect(200);
    expect(kept.data.isActive).toBe(false);
    const { body } = await erase(acme).expect(200);
    expect(body.data.removed).toMatchObject({ messages: 0, chatbots: 1, users: 1 });
    expect(Object.values(await counts(acme.id)).some((count) => count > 0)).toBe(false);
    expect(await checksums(rival.id)).toEqual(before);
  });

  it('stops where the organization is activated meanwhile, and leaves what is still there', async () => {
    const acme = await full();
    await deactivate(acme);
    await world.database.rows(`CREATE FUNCTION reconsider() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN UPDATE organizations SET is_active = true WHERE id = '${acme.id}'; RETURN NULL; END $$;
      CREATE TRIGGER reconsider AFTER DELETE ON messages FOR EACH STATEMENT EXECUTE FUNCTION reconsider()`);
    const { body } = await erase(acme).expect(409);
    await world.database.rows('DROP TRIGGER reconsider ON messages; DROP FUNCTION reconsider');
    expect(body.error.code).toBe('organization_active');
    expect(await counts(acme.id)).toMatchObject({ 'public.messages': 0, 'public.chatbots': 1, 'public.users': 1 });
    await world.superAdmin.get(`/organizations/${acme.id}`).expect(200);
  });

  it('happens once, where two start it at the same time', async () => {
    const acme = await full();
    await deactivate(acme);
    const answers = await Promise.all([erase(acme), erase(acme), erase(acme)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 404, 404]);
    const { body } = await world.superAdmin.get('/audit-logs?action=organization.erased&limit=5').expect(200);
    expect(body.data.filter(({ targetId }: { targetId: string }) => targetId === acme.id)).toHaveLength(1);
  });

  it("is the platform's alone", async () => {
    const [acme, rival] = [await full(), await full()];
    await deactivate(acme);
    const before = await checksums(acme.id);
    await rival.delete(`/organizations/${acme.id}?hard=true`).expect(403);
    await rival.delete(`/organizations/${rival.id}?hard=true`).expect(403);
    await world.anonymous.delete(`/organizations/${acme.id}?hard=true`).expect(401);
    expect(await checksums(acme.id)).toEqual(before);
  });

  it('leaves nothing to do for jobs that were waiting, whatever their task: none fails, and nothing comes back', async () => {
    const acme = await full();
    const ids = await idsOf(acme);
    await deactivate(acme);
    await erase(acme).expect(200);
    for (const task of world.app.get(Jobs).tasks.keys())
      await world.database.rows('SELECT graphile_worker.add_job($1, $2::json, job_key => $3)', [
        ...[task, { orgId: acme.id, ...ids }, `${acme.id} ${task}`],
      ]);
    const waiting = () =>
      world.database.rows<{ task: string; error: string | null }>(
        'SELECT task_identifier AS task, last_error AS error FROM graphile_worker.jobs WHERE starts_with(key, $1)',
        [acme.id],
      );
    expect(await waiting()).toHaveLength(world.app.get(Jobs).tasks.size);
    world.app.get(JobRunner).start();
    const left = await eventually(waiting, (jobs) => jobs.every(({ error }) => error !== null));
    expect(left).toEqual([]);
    expect(Object.entries(await counts(acme.id)).filter(([, count]) => count > 0)).toEqual([]);
  });
});
