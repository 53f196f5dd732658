-- A record shop with three branches, as it grew over the years: nothing in it knows of organizations.
-- docs/retrofit.md walks through what becomes of it.

CREATE TABLE branches (
  id integer PRIMARY KEY,
  city text NOT NULL UNIQUE
);

CREATE TABLE employees (
  id integer PRIMARY KEY,
  branch_id integer NOT NULL REFERENCES branches,
  name text NOT NULL,
  reports_to integer REFERENCES employees
);

CREATE TABLE customers (
  id integer PRIMARY KEY,
  email text NOT NULL UNIQUE,
  name text NOT NULL,
  support_rep_id integer REFERENCES employees
);

CREATE TABLE artists (
  id integer PRIMARY KEY,
  name text NOT NULL
);

CREATE TABLE albums (
  id integer PRIMARY KEY,
  artist_id integer NOT NULL REFERENCES artists,
  title text NOT NULL
);

CREATE TABLE invoices (
  id integer PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers,
  sold_by integer REFERENCES employees,
  day date NOT NULL
);

CREATE TABLE invoice_lines (
  invoice_id integer NOT NULL REFERENCES invoices ON DELETE CASCADE,
  line integer NOT NULL,
  album_id integer NOT NULL REFERENCES albums,
  price numeric(6, 2) NOT NULL,
  PRIMARY KEY (invoice_id, line)
);

CREATE TABLE web_visits (
  visitor_email text,
  page text NOT NULL,
  at timestamptz NOT NULL
);

INSERT INTO branches VALUES (1, 'Hanoi'), (2, 'Hue'), (3, 'Saigon');

INSERT INTO employees VALUES
  (1, 1, 'Linh', NULL), (2, 1, 'Minh', 1), (3, 2, 'Thu', NULL), (4, 2, 'Quang', 3), (5, 3, 'Hoa', NULL), (6, 3, 'Tuan', 5);

INSERT INTO customers
  SELECT n, format('customer%s@example.com', n), format('Customer %s', n), 1 + n % 6 FROM generate_series(1, 600) AS n;

-- Two who came before there were support representatives.
UPDATE customers SET support_rep_id = NULL WHERE id IN (17, 230);

INSERT INTO artists SELECT n, format('Artist %s', n) FROM generate_series(1, 40) AS n;
INSERT INTO albums SELECT n, 1 + n % 40, format('Album %s', n) FROM generate_series(1, 120) AS n;

INSERT INTO invoices
  SELECT n, 1 + n % 600, (SELECT support_rep_id FROM customers WHERE id = 1 + n % 600), date '2025-01-01' + n % 365
  FROM generate_series(1, 4000) AS n;

-- A week in which Tuan, of Saigon, helped out in Hanoi.
UPDATE invoices SET sold_by = 6 WHERE id BETWEEN 1200 AND 1211 AND sold_by IN (1, 2);

INSERT INTO invoice_lines
  SELECT i.id, line, 1 + (i.id * 7 + line) % 120, 9.90 + line FROM invoices AS i, generate_series(1, 1 + i.id % 4) AS line;

INSERT INTO web_visits
  SELECT format('customer%s@example.com', 1 + n % 650), '/albums', timestamptz '2025-06-01' + n * interval '1 minute' FROM generate_series(1, 2000) AS n;
