import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RetrofitDatabase } from './support/retrofit.js';
import { command, killedAt, succeeds } from './support/retrofit-command.js';
import {
  DRIFTS,
  TENANT_TABLES,
  UNMERGEABLE,
  contactsOf,
  rowsIn,
  tenants,
} from './support/retrofit-fixtures/tenants.js';

const MERGE = ['merge-schemas', '--schemas', 'tenant_*', '--into', 'crm'];

describe('Merging one schema for each tenant', () => {
  let database: RetrofitDatabase;
  beforeEach(async () => (database = await RetrofitDatabase.make()));
  afterEach(() => database.stop());

  const textOf = (sql: string) => database.rows<{ text: string }>(sql).then(([row]) => row?.text);

  it('says first how the schemas differ, and changes nothing by that', async () => {
    await database.load(tenants());
    const said = await succeeds(database, ...MERGE, '--report');
    for (const { table, column } of DRIFTS) expect(said).toContain(`${table}.${column}: `);
    expect(said).toContain('integer in tenant_3');
    expect(said).toContain('tenant_2 has no such column');
    expect(
      await database.count(`SELECT count(*) FROM pg_namespace WHERE nspname IN ('crm', 'polydesk_retrofit')`),
    ).toBe(0);
  });

  it('refuses what no type can hold, naming the column', async () => {
    await database.load(tenants({ tenants: 5 }));
    const { code, stderr } = await command(database, ...MERGE);
    expect(code).toBe(1);
    expect(stderr).toContain(`${UNMERGEABLE.table}.${UNMERGEABLE.column}: no type holds all of`);
    expect(stderr).toContain(`text in ${UNMERGEABLE.schema}`);
  });

  it('brings every row of every tenant into one set of tables', async () => {
    await database.load(tenants());
    await succeeds(database, ...MERGE);
    const expected = rowsIn(4);
    for (const table of TENANT_TABLES)
      expect([table, await database.count(`SELECT count(*) FROM crm.${table}`)]).toEqual([table, expected[table]]);
    for (const tenant of [1, 2, 3, 4])
      expect(
        await database.count(`SELECT count(*) FROM crm.crm_contact WHERE organization_id = 'tenant_${tenant}'`),
      ).toBe(contactsOf(tenant));
  });

  it('gives colliding ids new ones together with all that point to them', async () => {
    await database.load(tenants());
    await succeeds(database, ...MERGE);
    const shared =
      `SELECT string_agg(concat_ws('|', n.text, r.text, d.title, d.amount::numeric, c.name, u.email), E'\\n' ORDER BY n.text) AS text
      FROM S.crm_note n LEFT JOIN S.crm_note r ON r.id = n.reply_to_id JOIN S.crm_deal d ON d.id = n.deal_id
      JOIN S.crm_contact c ON c.id = d.contact_id LEFT JOIN S.authentication_user u ON u.id = n.author_id`.replaceAll(
        'S.',
        'crm.',
      );
    for (const tenant of ['tenant_1', 'tenant_2', 'tenant_3', 'tenant_4']) {
      const merged = await textOf(`${shared} WHERE n.organization_id = '${tenant}'`);
      expect(merged).toBe(await textOf(shared.replaceAll('crm.', `${tenant}.`)));
    }
    expect(await database.count(`SELECT count(*) - count(DISTINCT id) FROM crm.crm_note`)).toBe(0);
    expect(
      await database.count(`SELECT count(*) FROM crm.crm_contact c JOIN tenant_1.crm_contact o USING (id, name)`),
    ).toBe(contactsOf(1));
  });

  it('makes unique for an organization what was unique in a schema, and lets nobody point into another one', async () => {
    await database.load(tenants());
    await succeeds(database, ...MERGE);
    const add = (organization: string) =>
      database.rows(`INSERT INTO crm.crm_tag (organization_id, label) VALUES ('${organization}', 'tag 1')`);
    await expect(add('tenant_1')).rejects.toThrow(/duplicate key/);
    const [theirs] = await database.rows<{ id: number }>(
      `SELECT id FROM crm.crm_contact WHERE organization_id = 'tenant_2'`,
    );
    const point = database.rows(
      `INSERT INTO crm.crm_deal (organization_id, contact_id, title, amount) VALUES ('tenant_1', ${theirs?.id}, 'x', 1)`,
    );
    await expect(point).rejects.toThrow(/foreign key/);
  });

  it('goes on numbering where the highest id ends', async () => {
    await database.load(tenants());
    await succeeds(database, ...MERGE);
    const highest = await database.count('SELECT max(id) FROM crm.crm_contact');
    const next = await database.count(
      `INSERT INTO crm.crm_contact (organization_id, name) VALUES ('tenant_3', 'new') RETURNING id`,
    );
    expect(next).toBe(highest + 1);
  });

  it('goes on with the next tenant after it was killed', async () => {
    await database.load(tenants());
    const { isKilled } = await killedAt(database, MERGE, (line) => line.startsWith('merged   tenant_2'));
    expect(isKilled).toBe(true);
    await succeeds(database, ...MERGE);
    const expected = rowsIn(4);
    for (const table of TENANT_TABLES)
      expect([table, await database.count(`SELECT count(*) FROM crm.${table}`)]).toEqual([table, expected[table]]);
  });

  it('leaves tables alone that are not of its making', async () => {
    await database.load(`${tenants()} CREATE SCHEMA crm; CREATE TABLE crm.crm_deal (id integer);`);
    const { code, stderr } = await command(database, ...MERGE);
    expect(code).toBe(1);
    expect(stderr).toContain('crm.crm_deal: a table of this name exists already');
  });

  it('takes the schemas from a plan, and prints its SQL instead of running it', async () => {
    await database.load(tenants());
    const plan = await database.planFile(`version: 1\nsource: { schemas: "tenant_*" }\ntables: {}\n`);
    const sql = await succeeds(database, 'merge-schemas', '--plan', plan, '--into', 'crm', '--dry-run');
    expect(sql).toContain('INSERT INTO "crm"."crm_deal"');
    expect(await database.count(`SELECT count(*) FROM pg_namespace WHERE nspname = 'crm'`)).toBe(0);
  });
});
