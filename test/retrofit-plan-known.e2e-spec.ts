import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCatalogue } from '../src/retrofit/catalogue/read-catalogue.js';
import { Session } from '../src/retrofit/database/session.js';
import { draftPlan } from '../src/retrofit/plan/draft.js';
import type { Draft } from '../src/retrofit/plan/draft.js';
import { findingsOf } from '../src/retrofit/plan/findings.js';
import type { ReachedFindings } from '../src/retrofit/plan/findings.js';
import { parsePlan } from '../src/retrofit/plan/plan-file.js';
import type { Source } from '../src/retrofit/plan/plan.js';
import { reportOn } from '../src/retrofit/plan/report.js';
import { RetrofitDatabase } from './support/retrofit.js';

/** Databases that others made, beside this repository where somebody put them. */
const SCHEMAS = '../shared/retrofit/schemas';
const describeWhereTheyAre = existsSync(SCHEMAS) ? describe : describe.skip;

let database: RetrofitDatabase;
let session: Session;

async function load(...files: string[]): Promise<void> {
  database = await RetrofitDatabase.make();
  for (const file of files) await database.load(readFileSync(join(SCHEMAS, file), 'utf8'));
  session = await Session.open(database.url);
}

async function unload(): Promise<void> {
  await session.close();
  await database.stop();
}

async function draft(source: Source): Promise<Draft> {
  return draftPlan(session, await readCatalogue(session), { source });
}

function found(drafted: Draft, table: string): ReachedFindings {
  const findings = findingsOf(drafted).reached.find((each) => each.table === table);
  if (!findings) throw new Error(`${table} is not reached`);
  return findings;
}

/** Rows in which two ways differ, each named by how it begins. */
function differing({ differences }: ReachedFindings, one: string, other: string): number {
  const begins = (way: string) => [way.startsWith(`${one} `), way.startsWith(`${other} `)];
  const pair = differences.find(({ ways: [first, second] }) => {
    const [[a, b], [c, d]] = [begins(first), begins(second)];
    return (a && d) || (b && c);
  });
  return pair?.rows ?? 0;
}

const shared = ({ plan }: Draft): string[] =>
  Object.keys(plan.tables)
    .filter((name) => plan.tables[name]?.shared)
    .toSorted();

describeWhereTheyAre('Pagila, one organization for each store', () => {
  beforeAll(() => load('pagila-classic/1-schema.sql', 'pagila-classic/2-data.sql'));
  afterAll(unload);

  it('has rentals of which customer, inventory and staff disagree', async () => {
    const rental = found(await draft({ each: 'store' }), 'rental');
    expect(differing(rental, 'customer_id', 'inventory_id')).toBe(8018);
    expect(differing(rental, 'staff_id', 'inventory_id')).toBe(7981);
    expect(differing(rental, 'customer_id', 'staff_id')).toBe(8071);
  });

  it('has payments that disagree, and five for the rental of another customer', async () => {
    const payment = found(await draft({ each: 'store' }), 'payment');
    expect(payment.rows).toBe(16_049);
    expect(differing(payment, 'customer_id', 'staff_id')).toBe(7997);
    expect(differing(payment, 'customer_id', 'rental_id > rental.inventory_id')).toBe(8022);
    expect(payment.meetings).toContainEqual(expect.objectContaining({ table: 'customer', rows: 5 }));
    // Of one of them both customers are of the same store.
    expect(differing(payment, 'customer_id', 'rental_id > rental.customer_id')).toBe(4);
  });

  it('cuts the circle of staff and store, and asks', async () => {
    const drafted = await draft({ each: 'store' });
    expect(found(drafted, 'store').cuts).toEqual(['staff.store_id > store.store_id comes back to store']);
    expect(drafted.undecided.map(({ table }) => table)).toEqual(
      expect.arrayContaining(['rental', 'payment', 'address']),
    );
    expect(shared(drafted)).toEqual(expect.arrayContaining(['film', 'city', 'country', 'language']));
  });
});

describeWhereTheyAre('Chinook', () => {
  beforeAll(() => load('chinook/chinook.sql'));
  afterAll(unload);

  it('has a chain of four tables, and tracks that several employees sold', async () => {
    const drafted = await draft({ each: 'employee' });
    expect(found(drafted, 'customer').ways).toEqual([{ path: 'support_rep_id > employee', rows: 59 }]);
    expect(found(drafted, 'invoice').ways).toEqual([
      { path: 'customer_id > customer.support_rep_id > employee', rows: 412 },
    ]);
    expect(found(drafted, 'invoice_line').ways).toEqual([
      { path: 'invoice_id > invoice.customer_id > customer.support_rep_id > employee', rows: 2240 },
    ]);
    expect(drafted.unreached.find(({ table }) => table === 'track')?.usage).toMatchObject({
      rows: 3503,
      usedBySeveral: 168,
    });
    expect(shared(drafted)).toEqual(['album', 'artist', 'genre', 'media_type', 'track']);
    expect(drafted.undecided.map(({ table }) => table)).toEqual(['playlist', 'playlist_track']);
  });

  it('is one organization where the top manager alone is one', async () => {
    const employee = found(await draft({ each: 'employee', where: 'reports_to IS NULL' }), 'employee');
    expect(employee).toMatchObject({
      ways: [{ rows: 1 }, { path: 'reports_to > employee', rows: 7 }],
      conflicts: 0,
      uncovered: 0,
    });
  });

  it('has managers below managers', async () => {
    const drafted = await draft({ each: 'employee', where: "title LIKE '%Manager%'" });
    const employee = found(drafted, 'employee');
    expect(employee.ways).toMatchObject([{ path: 'itself', rows: 3 }, { rows: 7 }]);
    expect(employee.differences).toMatchObject([
      {
        rows: 2,
        examples: [
          { key: '2', owners: ['employee-2', 'employee-1'] },
          { key: '6', owners: ['employee-6', 'employee-1'] },
        ],
      },
    ]);
    expect(drafted.undecided.map(({ table }) => table)).toContain('employee');
  });
});

describeWhereTheyAre('Northwind', () => {
  beforeAll(() => load('northwind/northwind.sql'));
  afterAll(unload);

  it('belongs to customers, by a key of text', async () => {
    const drafted = await draft({ each: 'customers' });
    expect(found(drafted, 'customers').rows).toBe(91);
    expect(found(drafted, 'orders').ways).toEqual([{ path: 'customer_id > customers', rows: 830 }]);
    expect(found(drafted, 'order_details').ways).toEqual([
      { path: 'order_id > orders.customer_id > customers', rows: 2155 },
    ]);
    expect(shared(drafted)).toEqual(['categories', 'products', 'shippers', 'suppliers']);
    expect(drafted.undecided.map(({ table }) => table)).toEqual(
      expect.arrayContaining(['employees', 'employee_territories', 'region', 'territories', 'us_states']),
    );
    expect(drafted.plan.tables['customer_customer_demo']).toMatchObject({ copy: [{ from: 'customers' }] });
  });

  it('or to employees, through the hierarchy', async () => {
    const drafted = await draft({ each: 'employees', where: 'reports_to IS NULL' });
    expect(found(drafted, 'employees')).toMatchObject({
      ways: [{ rows: 1 }, { path: 'reports_to > employees', rows: 8 }],
      conflicts: 0,
      uncovered: 0,
    });
    expect(found(drafted, 'orders').ways).toEqual([{ path: 'employee_id > employees', rows: 830 }]);
    expect(drafted.plan.tables['employees']).toMatchObject({ copy: [{ from: 'employees' }] });
  });

  it('has orders on which customers and employees differ, if both are organizations', async () => {
    const candidates: unknown = await draftPlan(session, await readCatalogue(session), {}).catch(
      (error: unknown) => error,
    );
    expect(candidates).toMatchObject({
      details: expect.arrayContaining([
        '--each employees  9 rows; 3 other tables lead to it',
        '--each customers  91 rows; 3 other tables lead to it',
      ]),
    });
    const plan = parsePlan(`
      version: 1
      source: { each: customers, default: { id: staff, name: Staff } }
      tables:
        employees: { default: true }
        orders: { copy: [ customers, employees ], conflicts: quarantine }`);
    const { tables } = await reportOn(session, await readCatalogue(session), plan);
    expect(tables.find(({ table }) => table === 'orders')).toMatchObject({
      rows: 830,
      conflicts: 830,
      orphans: { 'ways disagree': 830 },
    });
  });
});
