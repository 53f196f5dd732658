/** Quoted and reserved names, several schemas, composite and missing primary keys, generated and identity columns, domains, enums. */
export const NAMES = `
CREATE SCHEMA "Sales Dept";
CREATE DOMAIN email_address AS text CHECK (VALUE ~ '@');
CREATE DOMAIN "Sku" AS varchar(20) NOT NULL;
CREATE TYPE "Sales Dept"."Stage" AS ENUM ('new', 'in progress', 'done');

CREATE TABLE accounts (
  gone text, id integer PRIMARY KEY, email email_address UNIQUE, kind text NOT NULL, code "Sku" UNIQUE, "user" text,
  bits integer GENERATED ALWAYS AS (length(kind)) STORED);
ALTER TABLE accounts DROP COLUMN gone;
CREATE UNIQUE INDEX accounts_lower_email ON accounts (lower(email));

CREATE TABLE "Sales Dept"."Order" (
  "select" bigint GENERATED ALWAYS AS IDENTITY (START 100) PRIMARY KEY, "accountId" integer REFERENCES accounts, "Stage" "Sales Dept"."Stage" NOT NULL DEFAULT 'new',
  "we""ird ""name" text);
CREATE TABLE "Sales Dept"."Order line" (
  "order" bigint NOT NULL REFERENCES "Sales Dept"."Order", line smallint, sku "Sku", cents integer, "from" text DEFAULT 'here',
  euros numeric GENERATED ALWAYS AS (cents / 100.0) STORED, PRIMARY KEY ("order", line));
CREATE TABLE shipments (
  "order" bigint, line smallint, n smallint, at date, PRIMARY KEY (n, "order", line), FOREIGN KEY ("order", line) REFERENCES "Sales Dept"."Order line");
CREATE TABLE "group" (id integer PRIMARY KEY, account_id integer NOT NULL REFERENCES accounts, "order" integer UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE log (account_id integer REFERENCES accounts, line text);
CREATE TABLE "Sales Dept".accounts (id integer PRIMARY KEY, account_id integer NOT NULL REFERENCES public.accounts, "größe" text);
CREATE TABLE a_table_whose_name_is_as_long_as_postgresql_lets_names_be_in_ut (
  id integer PRIMARY KEY, a_column_whose_name_is_as_long_as_postgresql_lets_names_be_in_u integer UNIQUE REFERENCES accounts);
CREATE UNLOGGED TABLE sessions (token text PRIMARY KEY, account_id integer REFERENCES accounts ON DELETE SET NULL);
CREATE TABLE nothing_yet (id integer PRIMARY KEY, account_id integer NOT NULL REFERENCES accounts);
`;

/** Inheritance with INSERT rules, partitions with foreign keys of their own, circles, natural keys, polymorphic links. */
export const LINKS = `
CREATE TABLE payments (id integer PRIMARY KEY, account_id integer REFERENCES accounts, at date NOT NULL, amount numeric NOT NULL);
CREATE TABLE payments_2024 (CHECK (at < '2025-01-01')) INHERITS (payments);
CREATE TABLE payments_2025 (CHECK (at >= '2025-01-01'), PRIMARY KEY (id)) INHERITS (payments);
CREATE RULE to_2024 AS ON INSERT TO payments WHERE NEW.at < '2025-01-01' DO INSTEAD
  INSERT INTO payments_2024 (id, account_id, at, amount) VALUES (NEW.id, NEW.account_id, NEW.at, NEW.amount);
CREATE RULE to_2025 AS ON INSERT TO payments WHERE NEW.at >= '2025-01-01' DO INSTEAD
  INSERT INTO payments_2025 (id, account_id, at, amount) VALUES (NEW.id, NEW.account_id, NEW.at, NEW.amount);

CREATE TABLE visits (account_id integer NOT NULL, at date NOT NULL, page text) PARTITION BY RANGE (at);
CREATE TABLE visits_old PARTITION OF visits FOR VALUES FROM (MINVALUE) TO ('2025-01-01');
CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (page);
CREATE TABLE visits_2025_home PARTITION OF visits_2025 FOR VALUES IN ('home');
CREATE TABLE visits_2025_rest PARTITION OF visits_2025 DEFAULT;
CREATE TABLE visits_later PARTITION OF visits DEFAULT;
ALTER TABLE visits_old ADD FOREIGN KEY (account_id) REFERENCES accounts;
ALTER TABLE visits_2025_home ADD FOREIGN KEY (account_id) REFERENCES accounts;
ALTER TABLE visits_2025_rest ADD FOREIGN KEY (account_id) REFERENCES accounts;
ALTER TABLE visits_later ADD FOREIGN KEY (account_id) REFERENCES accounts;

CREATE TABLE shops (id integer PRIMARY KEY, account_id integer REFERENCES accounts, manager integer);
CREATE TABLE clerks (id integer PRIMARY KEY, shop_id integer NOT NULL REFERENCES shops, boss integer REFERENCES clerks);
ALTER TABLE shops ADD FOREIGN KEY (manager) REFERENCES clerks DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE folders (id integer PRIMARY KEY, parent integer REFERENCES folders ON DELETE CASCADE, account_id integer REFERENCES accounts);
CREATE TABLE imports (id integer PRIMARY KEY, account text, code text);
CREATE TABLE comments (id integer PRIMARY KEY, subject_type text NOT NULL, subject_id bigint NOT NULL, author_id integer REFERENCES accounts);
CREATE TABLE attachments (id integer PRIMARY KEY, subject_type text NOT NULL, subject_id bigint NOT NULL);
CREATE TABLE invoices (id integer PRIMARY KEY, account_id integer NOT NULL, shop_id integer, total integer);
CREATE TABLE notes (id integer PRIMARY KEY, account_id integer REFERENCES accounts, text text);
CREATE TABLE vault (id integer PRIMARY KEY, account_id integer REFERENCES accounts, secret text);
`;
