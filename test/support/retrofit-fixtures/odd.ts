import { LINKS, NAMES } from './odd-tables.js';

const series = (count: number): string => `generate_series(1, ${count}) AS i`;

/** Five accounts; the row of the number i belongs to the account 1 + i % 5, and each account is an organization. */
const ROWS = `
INSERT INTO accounts (id, email, kind, code, "user") SELECT i, 'a' || i || '@example.com', 'customer', 'C' || i, 'user ' || i FROM ${series(5)};
INSERT INTO "Sales Dept"."Order" ("accountId", "we""ird ""name") SELECT 1 + i % 5, 'order ' || i FROM ${series(20)};
INSERT INTO "Sales Dept"."Order line" ("order", line, sku, cents) SELECT 99 + i, l, 'S' || l, i * l FROM ${series(20)}, generate_series(1, 2) l;
INSERT INTO shipments SELECT 99 + i, 1, n, '2025-01-01' FROM ${series(20)}, generate_series(1, 2) n;
INSERT INTO "group" SELECT i, 1 + i % 5, 10 - i FROM ${series(10)};
INSERT INTO log SELECT 1 + i % 5, 'same line' FROM ${series(30)};
INSERT INTO "Sales Dept".accounts SELECT i, 1 + i % 5, 'groß' FROM ${series(10)};
INSERT INTO a_table_whose_name_is_as_long_as_postgresql_lets_names_be_in_ut SELECT i, i FROM ${series(5)};
INSERT INTO sessions SELECT md5('session' || i), 1 + i % 5 FROM ${series(10)};
INSERT INTO payments SELECT i, 1 + i % 5, date '2024-06-01' + i * 20, i FROM ${series(30)};
INSERT INTO visits SELECT 1 + i % 5, date '2024-06-01' + i * 20, CASE WHEN i % 2 = 0 THEN 'home' ELSE 'page ' || i END FROM ${series(40)};
INSERT INTO shops SELECT i, i FROM ${series(5)};
INSERT INTO clerks SELECT i, 1 + i % 5, CASE WHEN i > 5 THEN i - 5 END FROM ${series(15)};
UPDATE shops SET manager = CASE id WHEN 1 THEN 5 ELSE id - 1 END;
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO folders SELECT i, CASE WHEN i > 5 THEN i - 5 END, CASE WHEN i <= 5 THEN 1 + i % 5 END FROM ${series(40)};
INSERT INTO imports SELECT i, (1 + i % 5)::text, 'C' || (1 + i % 5) FROM ${series(10)};
INSERT INTO comments SELECT i, CASE i % 2 WHEN 0 THEN 'order' ELSE 'folder' END, i, 1 + i % 5 FROM ${series(10)};
INSERT INTO attachments SELECT i, CASE i % 2 WHEN 0 THEN 'order' ELSE 'folder' END, i FROM ${series(10)};
INSERT INTO invoices SELECT i, 1 + i % 5, 1 + i % 5, i FROM ${series(10)};
INSERT INTO notes SELECT i, 1 + i % 5, 'note ' || i FROM ${series(10)};
INSERT INTO vault SELECT i, 1 + i % 5, 'secret ' || i FROM ${series(5)};
`;

/** Rows that no way leads from, by table: a dangling key behind a constraint that is NOT VALID, what is no number, a circle, nulls. */
export const UNOWNED = { imports: 2, folders: 2, invoices: 3, log: 1, payments: 1 };

const DIRT = `
INSERT INTO imports VALUES (101, 'n/a', NULL), (102, '99999999999999999999', 'C9');
INSERT INTO folders VALUES (101, NULL, NULL), (102, 101, NULL);
UPDATE folders SET parent = 102 WHERE id = 101;
INSERT INTO invoices SELECT 100 + i, 90 + i, NULL, 1 FROM ${series(3)};
INSERT INTO log VALUES (NULL, 'of nobody');
INSERT INTO payments VALUES (101, NULL, '2025-03-01', 1);
`;

/** Rows by table where it is not plain to see: those of partitions and heirs together. */
export const ROW_COUNTS = {
  payments: 31,
  payments_2024: 10,
  payments_2025: 21,
  visits: 40,
  log: 31,
  folders: 42,
  imports: 12,
};

/** Triggers of the application: one that counts, one that refuses, and those that fire (only) in a session that replicates. */
const TRIGGERS = `
ALTER TABLE invoices ADD FOREIGN KEY (account_id) REFERENCES accounts NOT VALID, ADD FOREIGN KEY (shop_id) REFERENCES shops NOT VALID;
CREATE TABLE trigger_log (name text NOT NULL, times integer NOT NULL);
INSERT INTO trigger_log VALUES ('ordinary', 0), ('always', 0), ('replica', 0);
CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  UPDATE public.trigger_log SET times = times + 1 WHERE name = TG_ARGV[0];
  RETURN NEW;
END $$;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'notes are final'; END $$;
CREATE TRIGGER counts BEFORE UPDATE ON comments FOR EACH ROW EXECUTE FUNCTION count_it('ordinary');
CREATE TRIGGER final BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION refuse();
`;

/** Two triggers that fire although a session says that it replicates, or because it does: none can be silenced that way. */
export const UNSILENCEABLE = `
CREATE TRIGGER counts_always BEFORE UPDATE ON imports FOR EACH ROW EXECUTE FUNCTION count_it('always');
ALTER TABLE imports ENABLE ALWAYS TRIGGER counts_always;
CREATE TRIGGER counts_replicas BEFORE UPDATE ON imports FOR EACH ROW EXECUTE FUNCTION count_it('replica');
ALTER TABLE imports ENABLE REPLICA TRIGGER counts_replicas;
`;

/** Rows that break a constraint which is NOT VALID: PostgreSQL refuses every change of theirs, even that of another column. */
export const UNWRITABLE = `
INSERT INTO invoices VALUES (201, 1, NULL, -1), (202, 2, NULL, -2);
ALTER TABLE invoices ADD CONSTRAINT positive CHECK (total > 0) NOT VALID;
`;

/** Views, of views too, materialized ones, and functions that act with their owner's rights; a policy that was there before. */
const READERS = `
CREATE VIEW "Sales Dept"."open orders" AS SELECT o.*, a.email FROM "Sales Dept"."Order" o JOIN accounts a ON a.id = o."accountId";
CREATE VIEW open_count AS SELECT count(*) AS orders FROM "Sales Dept"."open orders" WHERE "Stage" = 'new';
CREATE MATERIALIZED VIEW visits_by_page AS SELECT page, count(*) AS visits FROM visits GROUP BY page;
CREATE UNIQUE INDEX ON visits_by_page (page);
CREATE FUNCTION all_secrets() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS 'SELECT secret FROM public.vault';
CREATE FUNCTION "Sales Dept"."how many"(integer, text DEFAULT 'x') RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
  AS 'SELECT count(*) FROM public.log';
REVOKE ALL ON FUNCTION "Sales Dept"."how many" FROM PUBLIC;
ALTER TABLE "group" ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON "group" USING (true);
ALTER TABLE shipments REPLICA IDENTITY FULL;
`;

/** Whatever is odd, in one small database, as a script. @param options `stranger`: a role that the table `vault` is to belong to, with all rights on it */
export function odd({ dirty = true, stranger }: { dirty?: boolean; stranger?: string } = {}): string {
  const foreign =
    stranger === undefined ? '' : `ALTER TABLE vault OWNER TO ${stranger};\nREVOKE ALL ON vault FROM PUBLIC;\n`;
  return [NAMES, LINKS, ROWS, dirty ? DIRT : '', TRIGGERS, READERS, foreign, 'ANALYZE;'].join('\n');
}

/** The plan file. @param options `vault: false`: it leaves the table `vault` alone, as one must who has no rights on it */
export function oddPlan({ dirty = true, vault = true } = {}): string {
  const stays = dirty ? ', unowned: leave' : '';
  return `version: 1
source: { each: accounts, name: email, default: { id: org_default, name: Whatever has no owner } }
tables:
  accounts: {}
  "Sales Dept.Order": { copy: accounts, on: '"accountId" = id' }
  "Sales Dept.Order line": { copy: "Sales Dept.Order" }
  "Sales Dept.accounts": { copy: accounts }
  shipments: { copy: "Sales Dept.Order line", on: '"order" = "order" and line = line' }
  group: { copy: accounts }
  log: { copy: accounts${stays} }
  a_table_whose_name_is_as_long_as_postgresql_lets_names_be_in_ut: { copy: accounts }
  sessions: { copy: accounts }
  nothing_yet: { copy: accounts }
  payments: { copy: accounts${stays} }
  visits: { copy: accounts }
  shops: { copy: [accounts, { from: clerks, on: manager = id }], conflicts: quarantine }
  clerks: { copy: shops }
  folders: { copy: [accounts, { from: folders, on: parent = id }], conflicts: first${stays} }
  imports: { copy: accounts, on: account = id${stays} }
  comments: { copy: accounts }
  attachments: { default: true }
  invoices: { copy: accounts${stays} }
  notes: { copy: accounts }
  vault: { ${vault ? 'copy: accounts' : 'shared: true'} }
  trigger_log: { shared: true }
`;
}
