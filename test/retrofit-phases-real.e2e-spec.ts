import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { amongThose, checksumsOf } from './support/retrofit-checksums.js';
import { Phases } from './support/retrofit-phases.js';
import { schemaOf } from './support/retrofit-schema.js';
import { RetrofitDatabase } from './support/retrofit.js';

/** Other people's databases, for development; not part of the project. */
const REAL = '../shared/retrofit/schemas';

const PLANS: Record<string, string> = {
  chinook: `source: { each: employee, where: "title = 'Sales Support Agent'", name: email }
tables:
  employee: { unowned: leave }
  customer: { copy: employee, on: support_rep_id = employee_id }
  invoice: { copy: customer }
  invoice_line: { copy: invoice }
  track: { shared: true }`,
  northwind: `source: { each: customers, name: company_name, default: { id: house, name: house } }
tables:
  customers: {}
  orders: { copy: customers }
  order_details: { copy: orders }
  employees: { default: true }
  employee_territories: { copy: employees }
  customer_customer_demo: { copy: customers }
  products: { shared: true }`,
  'pagila-classic': `source: { each: store }
tables:
  store: {}
  staff: { copy: store, on: store_id = store_id }
  customer: { copy: store }
  inventory: { copy: store }
  rental: { copy: [customer, inventory], conflicts: first }
  payment: { copy: customer, on: customer_id = customer_id }
  film: { shared: true }`,
};

let database: RetrofitDatabase;
beforeEach(async () => {
  database = await RetrofitDatabase.make();
});
afterEach(() => database.stop());

describe('A real schema', () => {
  it.each(Object.entries(PLANS))('goes through all phases, and comes back as it was: %s', async (name, plan) => {
    const folder = join(REAL, name);
    if (!existsSync(folder)) return;
    for (const file of readdirSync(folder)
      .filter((each) => each.endsWith('.sql'))
      .toSorted())
      await database.load(readFileSync(join(folder, file), 'utf8'));
    const before = await schemaOf(database);
    const sums = await checksumsOf(database);
    const phases = await Phases.open(database, `version: 1\n${plan}`);
    await phases.through('contract');
    await phases.back();
    await phases.close();
    expect(await schemaOf(database)).toBe(before);
    expect(amongThose(await checksumsOf(database), sums)).toEqual(sums);
  });
});
