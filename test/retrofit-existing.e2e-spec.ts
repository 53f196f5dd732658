import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RetrofitDatabase } from './support/retrofit.js';
import { succeeds } from './support/retrofit-command.js';

const ACCOUNTS = `
CREATE TABLE accounts (id serial PRIMARY KEY, title text NOT NULL);
CREATE TABLE projects (id serial PRIMARY KEY, account_id integer NOT NULL REFERENCES accounts, name text, UNIQUE (account_id, name));
CREATE TABLE tasks (id serial PRIMARY KEY, project_id integer REFERENCES projects ON DELETE CASCADE, body text);
INSERT INTO accounts (title) SELECT 'Account ' || i FROM generate_series(1, 4) AS i;
INSERT INTO projects (account_id, name) SELECT 1 + i % 4, 'Project ' || i FROM generate_series(1, 40) AS i;
INSERT INTO tasks (project_id, body) SELECT 1 + i % 40, 'Task ' || i FROM generate_series(1, 400) AS i;
`;

describe('A database whose accounts are organizations already', () => {
  let database: RetrofitDatabase;
  let plan: string;
  beforeAll(async () => {
    database = await RetrofitDatabase.make();
    await database.load(ACCOUNTS);
    plan = await database.planFile(
      'organization: { table: accounts, id: id }\nsource: { existing: true }\nversion: 1\ntables: {}',
    );
  });
  afterAll(() => database.stop());

  it('is drafted to take them from the columns that point to them', async () => {
    const draft = await succeeds(database, 'plan', '--plan', plan, '--out', plan);
    expect(draft).toContain('Nothing is left to decide');
  });

  it('gets the column of the accounts’ own type, filled', async () => {
    await succeeds(database, 'run', '--through', 'contract', '--plan', plan);
    const same = `SELECT count(*) FROM projects WHERE organization_id = account_id`;
    expect(await database.count(same)).toBe(40);
    expect(await database.count('SELECT count(*) FROM tasks WHERE organization_id = 3')).toBe(100);
  });

  it('lets no task point into another account', async () => {
    const [theirs] = await database.rows<{ id: number }>('SELECT id FROM projects WHERE organization_id = 2 LIMIT 1');
    const crossing = database.rows(`INSERT INTO tasks (organization_id, project_id) VALUES (1, ${theirs?.id})`);
    await expect(crossing).rejects.toThrow(/foreign key/);
  });

  it('is proven, and taken back, accounts and all', async () => {
    expect(await succeeds(database, 'verify')).toContain('Organizations are apart.');
    await succeeds(database, 'rollback');
    expect(await database.count('SELECT count(*) FROM accounts')).toBe(4);
    expect(
      await database.count(`SELECT count(*) FROM pg_attribute WHERE attname = 'organization_id' AND NOT attisdropped`),
    ).toBe(0);
  });
});
