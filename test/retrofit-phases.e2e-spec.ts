import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PHASES } from '../src/retrofit/phases/phase.js';
import type { Phase } from '../src/retrofit/phases/phase.js';
import { amongThose, checksumsOf } from './support/retrofit-checksums.js';
import { debianPostgres } from './support/retrofit-debian.js';
import type { DebianPostgres } from './support/retrofit-debian.js';
import { pgDump } from './support/retrofit-dump.js';
import { Phases } from './support/retrofit-phases.js';
import { schemaOf } from './support/retrofit-schema.js';
import { SHOP, SHOP_PLAN } from './support/retrofit-shop.js';
import { RetrofitDatabase } from './support/retrofit.js';

let database: RetrofitDatabase;
let phases: Phases;

async function begin(server?: string): Promise<void> {
  database = await RetrofitDatabase.make(server);
  await database.load(SHOP);
  phases = await Phases.open(database, SHOP_PLAN);
}

async function end(): Promise<void> {
  await phases.close();
  await database.stop();
}

/** Runs statements in one transaction as the application's role, on behalf of an organization. */
async function as<T extends object>(organization: string, ...statements: string[]): Promise<T[]> {
  await phases.session.run('BEGIN');
  try {
    await phases.session.run(`SET LOCAL ROLE ${database.applicationRole}; SET LOCAL search_path = public`);
    await phases.session.run(`SELECT set_config('app.organization_id', $1, true)`, [organization]);
    let rows: T[] = [];
    for (const statement of statements) rows = await phases.session.rows<T>(statement);
    await phases.session.run('COMMIT');
    return rows;
  } finally {
    await phases.session.run('ROLLBACK');
  }
}

async function countAs(organization: string, table: string): Promise<number> {
  const [row] = await as<{ count: number }>(organization, `SELECT count(*)::int AS count FROM ${table}`);
  return row?.count ?? -1;
}

const ownerOf = async (table: string, where: string): Promise<unknown> => {
  const [row] = await database.rows<{ organization_id: string | null }>(
    `SELECT organization_id FROM ${table} WHERE ${where}`,
  );
  return row?.organization_id;
};

describe('Rollback', () => {
  beforeEach(() => begin());
  afterEach(end);

  it.each(PHASES)('gives everything back after %s', async (phase) => {
    const before = await schemaOf(database);
    const sums = await checksumsOf(database);
    await phases.through(phase);
    await phases.back();
    expect(await schemaOf(database)).toBe(before);
    expect(amongThose(await checksumsOf(database), sums)).toEqual(sums);
  });

  it('goes back one phase at a time, to just what the schema was after each', async () => {
    const schemas = new Map<Phase, string>();
    for (const phase of PHASES) {
      await phases.through(phase);
      schemas.set(phase, await schemaOf(database, ['polydesk_retrofit']));
    }
    for (const phase of PHASES.slice(0, -1).toReversed()) {
      await phases.back(phase);
      expect(await schemaOf(database, ['polydesk_retrofit'])).toBe(schemas.get(phase));
    }
  });
});

describe('On PostgreSQL 15', () => {
  let server: DebianPostgres | null;
  beforeAll(async () => {
    server = await debianPostgres();
    if (server) await begin(server.url);
  });
  afterAll(async () => {
    if (!server) return;
    await end();
    await server.stop();
  });

  it('all phases go there, and back to an identical dump', async () => {
    if (!server) return;
    const before = await pgDump(database.url);
    const fingerprint = await schemaOf(database);
    await phases.through('contract');
    expect(await pgDump(database.url)).not.toBe(before);
    await phases.back();
    expect(await schemaOf(database)).toBe(fingerprint);
    expect(await pgDump(database.url)).toBe(before);
  });
});

describe('After constrain', () => {
  beforeAll(async () => {
    await begin();
    await phases.through('constrain');
  });
  afterAll(end);

  it('no row can point into another organization', async () => {
    for (const statement of [
      `UPDATE "Order" SET agent_id = 3 WHERE id = 1`,
      `UPDATE agents SET boss_id = 3 WHERE id = 2`,
      `INSERT INTO lines (order_id, place, organization_id) VALUES (1, 9, 'admins-2')`,
      `INSERT INTO events (id, day, customer_id, organization_id) VALUES (9, '2026-01-01', 1, 'admins-2')`,
      `INSERT INTO event_marks (event_id, day, agent_id) VALUES (1, '2025-05-05', 3)`,
      `INSERT INTO visits (id, day, customer_id, organization_id) VALUES (9, '2026-01-01', 1, 'admins-2')`,
      `INSERT INTO payments (customer_id, at, organization_id) VALUES (1, '2025-01-01', 'admins-2')`,
      `INSERT INTO customers (admin_id, code, organization_id) VALUES (1, 'X', 'nobody')`,
    ])
      await expect(database.rows(statement)).rejects.toThrow(/foreign key constraint/);
  });

  it('no row can be without an organization, but where the plan allows it', async () => {
    await expect(database.rows(`INSERT INTO rooms VALUES (9, NULL, '[90,91)')`)).rejects.toThrow(/null value/);
    await database.rows(`INSERT INTO templates VALUES (9, 'x')`);
    expect(await ownerOf('notes', 'customer_id = 99')).toBeNull();
  });

  it('names what it could not hold together', () => {
    const told = phases.told.lines.join('\n');
    expect(told).toContain(
      'uses: uses_template_id_fkey gets no twin with the organization: rows of templates may belong to nobody',
    );
    expect(told).toContain(
      'notes: notes_organization_id_customer_id_fkey holds for new rows only, since notes_customer_fkey does',
    );
    expect(told).toContain('templates: organization_id stays nullable');
  });

  it('takes a partition’s keys over into one of the whole', async () => {
    const keys = await database.rows(
      `SELECT conname FROM pg_constraint WHERE conrelid = 'events'::regclass AND contype = 'f' AND conparentid = 0 AND convalidated ORDER BY 1`,
    );
    expect(keys.map(({ conname }) => conname)).toEqual([
      'events_organization_id_customer_id_fkey',
      'events_organization_id_fkey',
    ]);
  });

  it('an agent that goes leaves its orders where they are', async () => {
    await database.rows(`INSERT INTO agents VALUES (8, 1, NULL)`);
    await database.rows(`INSERT INTO "Order" ("customerCode", agent_id) VALUES ('A1', 8)`);
    await database.rows('DELETE FROM agents WHERE id = 8');
    expect(await database.rows(`SELECT agent_id, organization_id FROM "Order" ORDER BY id DESC LIMIT 1`)).toEqual([
      { agent_id: null, organization_id: 'admins-1' },
    ]);
  });

  it('a customer that goes takes orders and lines along', async () => {
    await database.rows(`INSERT INTO customers (admin_id, code) VALUES (1, 'gone')`);
    await database.rows(`INSERT INTO "Order" (id, "customerCode") VALUES (700, 'gone')`);
    await database.rows(`INSERT INTO lines VALUES (700, 1, 1)`);
    await database.rows(`DELETE FROM customers WHERE code = 'gone'`);
    expect(await database.count('SELECT count(*) FROM lines WHERE order_id = 700')).toBe(0);
  });

  it('a customer that moves takes along whatever is its own', async () => {
    await database.rows(`INSERT INTO customers (id, admin_id, code) VALUES (50, 1, 'moves')`);
    await database.rows(`INSERT INTO "Order" (id, "customerCode") VALUES (500, 'moves')`);
    await database.rows(`INSERT INTO lines VALUES (500, 1, 1)`);
    await database.rows(`INSERT INTO events VALUES (50, '2026-09-09', 50)`);
    await database.rows(`INSERT INTO event_marks VALUES (50, '2026-09-09')`);
    await database.rows(`UPDATE customers SET admin_id = 2 WHERE id = 50`);
    for (const [table, where] of [
      ['"Order"', 'id = 500'],
      ['lines', 'order_id = 500'],
      ['events', 'id = 50'],
      ['event_marks', 'event_id = 50'],
    ] as const)
      expect([table, await ownerOf(table, where)]).toEqual([table, 'admins-2']);
  });
});

describe('After rescope', () => {
  beforeAll(async () => {
    await begin();
    await phases.through('rescope');
  });
  afterAll(end);

  it('old code goes on: it inserts, and its ON CONFLICT finds the old keys', async () => {
    await database.rows(
      `INSERT INTO customers (admin_id, code, email) VALUES (1, 'A1', 'new@x') ON CONFLICT (code) DO UPDATE SET email = excluded.email`,
    );
    expect(await ownerOf('customers', `email = 'new@x'`)).toBe('admins-1');
    await database.rows(`INSERT INTO customers (admin_id, code, email) VALUES (2, 'B9', 'NEW@x')
      ON CONFLICT (lower(email)) WHERE email IS NOT NULL DO NOTHING`);
    expect(await ownerOf('customers', `code = 'B9'`)).toBeUndefined();
    await database.rows(`INSERT INTO payments (customer_id, at) VALUES (3, '2026-07-07')`);
    expect(await ownerOf('payments_2026', `at = '2026-07-07'`)).toBe('admins-2');
  });

  it('a role sees its organization, whatever it asks, and nothing where it acts for nobody', async () => {
    for (const table of [
      'admins',
      'customers',
      'agents',
      '"Order"',
      'lines',
      'events',
      'visits',
      'payments',
      'uses',
      'rooms',
      'organizations',
    ]) {
      const own = await countAs('admins-2', table);
      expect([table, own]).toEqual([
        table,
        await database.count(
          `SELECT count(*) FROM ${table} WHERE ${table === 'organizations' ? 'id' : 'organization_id'} = 'admins-2'`,
        ),
      ]);
      expect(own).toBeGreaterThan(0);
      expect([table, await countAs('', table), await countAs("x' OR true --", table)]).toEqual([table, 0, 0]);
    }
    expect(await countAs('admins-2', 'open_orders')).toBe(1);
    expect(await countAs('admins-2', 'products')).toBe(1);
  });

  it('finds its rows by the index', async () => {
    await phases.session.run('ANALYZE public.customers');
    const plan = await as<{ 'QUERY PLAN': string }>(
      'admins-1',
      'SET LOCAL enable_seqscan = off',
      'EXPLAIN SELECT * FROM public.customers',
    );
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index Cond: \(organization_id = /);
  });

  it('reaches neither partitions nor heirs, nor what leaks', async () => {
    for (const table of ['events_2026', 'payments_2026', 'totals'])
      await expect(countAs('admins-1', table)).rejects.toThrow(/permission denied/);
    const told = phases.told.lines.join('\n');
    expect(told).toContain('Beware: materialized view totals');
    expect(told).toContain('LEAK: function public.all_orders()');
  });

  it('writes without naming the organization, and for no other one', async () => {
    await as('admins-1', `INSERT INTO public.agents (id) VALUES (60)`);
    expect(await ownerOf('agents', 'id = 60')).toBe('admins-1');
    await expect(
      as('admins-1', `INSERT INTO public.agents (id, organization_id) VALUES (61, 'admins-2')`),
    ).rejects.toThrow(/row-level security/);
    await expect(as('admins-1', `UPDATE public.agents SET organization_id = 'admins-2' WHERE id = 60`)).rejects.toThrow(
      /row-level security/,
    );
    await as('admins-1', `INSERT INTO public.customers (admin_id, code) VALUES (1, 'by role')`);
    await expect(as('admins-1', `INSERT INTO public.products (name) VALUES ('x')`)).rejects.toThrow(
      /permission denied/,
    );
  });

  it('names the exclusion constraint that it cannot rescope', () => {
    expect(phases.told.lines.join('\n')).toContain('rooms: the exclusion constraint rooms_during_excl');
  });
});

describe('After contract', () => {
  beforeAll(async () => {
    await begin();
    await phases.through('contract');
  });
  afterAll(end);

  it('two organizations can have the same code, one cannot have it twice', async () => {
    await as('admins-2', `INSERT INTO public.customers (admin_id, code, email) VALUES (2, 'A1', 'a1@x')`);
    await expect(as('admins-2', `INSERT INTO public.customers (admin_id, code) VALUES (2, 'A1')`)).rejects.toThrow(
      /customers_organization_id_code_key/,
    );
    await expect(
      as('admins-2', `INSERT INTO public.customers (admin_id, code, email) VALUES (2, 'Z', 'A1@x')`),
    ).rejects.toThrow(/customers_organization_id_lower_email_key/);
  });

  it('keys still hold, cascade and null', async () => {
    await as(
      'admins-1',
      `INSERT INTO public.customers (id, admin_id, code) VALUES (80, 1, 'k')`,
      `INSERT INTO public.agents VALUES (80, 1, NULL)`,
      `INSERT INTO public."Order" (id, "customerCode", agent_id) VALUES (800, 'k', 80)`,
      `INSERT INTO public.lines VALUES (800, 1, 1)`,
    );
    await as('admins-1', 'DELETE FROM public.agents WHERE id = 80');
    expect(await database.rows('SELECT agent_id, organization_id FROM "Order" WHERE id = 800')).toEqual([
      { agent_id: null, organization_id: 'admins-1' },
    ]);
    await expect(as('admins-2', `INSERT INTO public."Order" ("customerCode") VALUES ('k')`)).rejects.toThrow(
      /foreign key constraint/,
    );
    await as('admins-1', `UPDATE public.customers SET code = 'kk' WHERE id = 80`);
    await as('admins-1', 'DELETE FROM public.customers WHERE id = 80');
    expect(await database.count('SELECT count(*) FROM lines WHERE order_id = 800')).toBe(0);
  });

  it('the INSERT rule of an heir still works for the role', async () => {
    await as('admins-1', `INSERT INTO public.payments (customer_id, at) VALUES (1, '2026-08-08')`);
    expect(await ownerOf('payments_2026', `at = '2026-08-08'`)).toBe('admins-1');
  });

  it('keeps what has no twin, and says why', async () => {
    const told = phases.told.lines.join('\n');
    expect(told).toContain('uses: uses_template_id_fkey stays');
    expect(told).toContain('notes: notes_customer_fkey stays');
    expect(told).toContain('agents: its primary key ("id") stays, and is unique over all organizations');
    expect(await database.count(`SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'zz_polydesk%'`)).toBe(0);
  });
});
