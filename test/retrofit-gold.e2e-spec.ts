import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Certificate } from '../src/retrofit/verify/certificate.js';
import { verify } from '../src/retrofit/verify/verify.js';
import { amongThose, checksumsOf } from './support/retrofit-checksums.js';
import { Phases } from './support/retrofit-phases.js';
import { schemaOf } from './support/retrofit-schema.js';
import { RetrofitDatabase } from './support/retrofit.js';

/** Other people's databases, for development; not part of the project. */
const REAL = '../shared/retrofit/schemas';
const itIfThere = existsSync(REAL) ? it : it.skip;

let database: RetrofitDatabase;
let phases: Phases;
let certificate: Certificate;
let before: { schema: string; sums: Awaited<ReturnType<typeof checksumsOf>> };

/** Loads one, and takes it all the way. What the plan does not name is shared. */
async function goThrough(name: string, plan: string): Promise<void> {
  if (!existsSync(REAL)) return;
  database = await RetrofitDatabase.make();
  const folder = join(REAL, name);
  for (const file of readdirSync(folder).toSorted())
    if (file.endsWith('.sql')) await database.load(readFileSync(join(folder, file), 'utf8'));
  before = { schema: await schemaOf(database), sums: await checksumsOf(database) };
  phases = await Phases.open(database, `version: 1\n${plan}${await sharedRest(plan)}`);
  await phases.through('contract');
  certificate = await verify(await phases.work());
}

async function sharedRest(plan: string): Promise<string> {
  const tables = await database.rows<{ name: string }>(
    `SELECT relname AS name FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
     AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = c.oid)`,
  );
  return tables
    .filter(({ name }) => !plan.includes(`\n  ${name}:`))
    .map(({ name }) => `\n  ${name}: { shared: true }`)
    .join('');
}

async function comesBack(): Promise<void> {
  await phases.back();
  expect(await schemaOf(database)).toBe(before.schema);
  expect(amongThose(await checksumsOf(database), before.sums)).toEqual(before.sums);
}

async function end(): Promise<void> {
  if (!existsSync(REAL)) return;
  await phases.close();
  await database.stop();
}

/** Rows of a table by organization. */
async function rowsOf(table: string): Promise<Record<string, number>> {
  const rows = await database.rows<{ id: string | null; rows: number }>(
    `SELECT organization_id AS id, count(*)::int AS rows FROM ${table} GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(({ id, rows: count }) => [String(id), count]));
}

/** Runs a statement as the application's role on behalf of an organization. */
async function as<T extends object>(organization: string, sql: string): Promise<T[]> {
  return phases.session.transaction(async () => {
    await phases.session.run(`SET LOCAL search_path = public; SET LOCAL ROLE ${database.applicationRole}`);
    await phases.session.run(`SELECT set_config('app.organization_id', $1, true)`, [organization]);
    return phases.session.rows<T>(sql);
  });
}

const isClosed = (table: string): Promise<number> =>
  database.count(
    `SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.oid = '${table}'::regclass AND attname = 'organization_id' AND attnotnull AND relrowsecurity AND relforcerowsecurity`,
  );

describe('Chinook, one organization for each support representative', () => {
  beforeAll(() =>
    goThrough(
      'chinook',
      `source: { each: employee, where: "title = 'Sales Support Agent'", name: email }
tables:
  employee: { unowned: leave }
  customer: { copy: employee, on: support_rep_id = employee_id }
  invoice: { copy: customer }
  invoice_line: { copy: invoice }`,
    ),
  );
  afterAll(end);

  itIfThere('gives each its customers, invoices and lines', async () => {
    const of = (three: number, four: number, five: number) => ({
      'employee-3': three,
      'employee-4': four,
      'employee-5': five,
    });
    expect(await rowsOf('customer')).toEqual(of(21, 20, 18));
    expect(await rowsOf('invoice')).toEqual(of(146, 140, 126));
    expect(await rowsOf('invoice_line')).toEqual(of(796, 760, 684));
    expect(await rowsOf('employee')).toEqual({ ...of(1, 1, 1), null: 5 });
  });

  itIfThere('is certified, and comes back', async () => {
    expect(certificate.faults).toEqual([]);
    await comesBack();
  });
});

describe('Northwind, one organization for each customer', () => {
  beforeAll(() =>
    goThrough(
      'northwind',
      `source: { each: customers, name: company_name, default: { id: house, name: house } }
tables:
  customers: {}
  orders: { copy: customers }
  order_details: { copy: orders }
  employee_territories: { default: true }
  customer_customer_demo: { copy: customers }`,
    ),
  );
  afterAll(end);

  itIfThere('gives each its orders and their details, and the house what is nobody’s', async () => {
    const orders = await rowsOf('orders');
    expect(Object.keys(orders)).toHaveLength(89);
    expect(Object.values(orders).reduce((sum, rows) => sum + rows, 0)).toBe(830);
    expect(Object.keys(await rowsOf('customers'))).toHaveLength(91);
    const details = await rowsOf('order_details');
    expect(Object.values(details).reduce((sum, rows) => sum + rows, 0)).toBe(2155);
    expect(details).not.toHaveProperty('null');
    expect(await rowsOf('employee_territories')).toEqual({ house: 49 });
    expect(await database.count('SELECT count(*) FROM organizations')).toBe(92);
  });

  itIfThere('closes tables that are empty too', async () => {
    expect(await database.count('SELECT count(*) FROM customer_customer_demo')).toBe(0);
    expect(await isClosed('customer_customer_demo')).toBe(1);
  });

  itIfThere('is certified, and comes back', async () => {
    expect(certificate.faults).toEqual([]);
    await comesBack();
  });
});

describe('Pagila, one organization for each store', () => {
  beforeAll(() =>
    goThrough(
      'pagila-classic',
      `source: { each: store }
tables:
  store: {}
  staff: { copy: store, on: store_id = store_id }
  customer: { copy: store }
  inventory: { copy: store }
  rental: { copy: [customer, inventory], conflicts: first }
  payment: { copy: customer, on: customer_id = customer_id }`,
    ),
  );
  afterAll(end);

  itIfThere('gives each its customers, and heirs their organization with the whole', async () => {
    expect(await rowsOf('customer')).toEqual({ 'store-1': 326, 'store-2': 273 });
    expect(await rowsOf('payment')).not.toHaveProperty('null');
    expect(
      await database.count(
        'SELECT count(*) FROM payment p JOIN customer c USING (customer_id) WHERE p.organization_id IS DISTINCT FROM c.organization_id',
      ),
    ).toBe(0);
    for (const heir of ['payment', 'payment_p2007_01', 'payment_p2007_06']) expect(await isClosed(heir)).toBe(1);
  });

  itIfThere(
    'counts what points into the other store: what the plan lets the first way decide, and what it does not',
    async () => {
      const { rental, payment } = Object.fromEntries(certificate.tables.map((table) => [table.table, table]));
      // By inventory; by staff.
      expect(rental).toMatchObject({ accepted: 8018, crossOrganization: 8071 });
      const torn = (column: string) =>
        database.count(
          `SELECT count(*) FROM payment p JOIN rental r USING (rental_id) WHERE p.${column} <> r.${column}`,
        );
      expect(await torn('customer_id')).toBe(5);
      // By staff, and by a rental of a customer of the other store.
      expect(payment).toMatchObject({ accepted: 0, crossOrganization: 7997 + (await torn('organization_id')) });
      expect(certificate.ok).toBe(false);
    },
  );

  itIfThere('routes new payments by its INSERT rules still, and they belong to who pays', async () => {
    const [customer] = await as<{ customer_id: number; staff_id: number; rental_id: number }>(
      'store-2',
      'SELECT customer_id, staff_id, rental_id FROM payment LIMIT 1',
    );
    await as(
      'store-2',
      `INSERT INTO payment (customer_id, staff_id, rental_id, amount, payment_date)
       VALUES (${customer?.customer_id}, ${customer?.staff_id}, ${customer?.rental_id}, 77.77, '2007-03-15')`,
    );
    expect(
      await database.rows('SELECT tableoid::regclass::text AS heir, organization_id FROM payment WHERE amount = 77.77'),
    ).toEqual([{ heir: 'payment_p2007_03', organization_id: 'store-2' }]);
    await database.rows('DELETE FROM payment WHERE amount = 77.77');
  });

  itIfThere('comes back', comesBack);
});
