import type { Action } from '../retrofit-live.js';

const FIVE = (random: () => number): number => 1 + Math.floor(random() * 5);
/** Ids that no other row has. */
const NEW = `nextval('odd_live')::int`;

/** Makes the numbers of the rows that {@link ODD_TRAFFIC} writes. */
export const ODD_LIVE = 'CREATE SEQUENCE odd_live START 1000000;';

/** What an application does with the odd schema, in its own words. */
export const ODD_TRAFFIC: Action[] = [
  {
    name: 'order with lines',
    weight: 2,
    does: (n, random) => [
      [
        `WITH o AS (INSERT INTO "Sales Dept"."Order" ("accountId", "we""ird ""name") VALUES ($1, $2) RETURNING "select"),
           l AS (INSERT INTO "Sales Dept"."Order line" ("order", line, sku, cents) SELECT "select", 1, 'live', 5 FROM o RETURNING "order", line)
         SELECT FROM l`,
        [FIVE(random), `live ${n}`],
      ],
    ],
  },
  {
    name: 'order moves',
    weight: 1,
    does: (_, random) => [
      [
        `UPDATE "Sales Dept"."Order" SET "accountId" = $1
         WHERE "select" = (SELECT max("select") FROM "Sales Dept"."Order" WHERE "we""ird ""name" LIKE 'live%')`,
        [FIVE(random)],
      ],
    ],
  },
  {
    name: 'payment by a rule',
    weight: 2,
    does: (_, random) => [
      [
        `INSERT INTO payments (id, account_id, at, amount) VALUES (${NEW}, $1, date '2024-12-01' + $2::int, 1)`,
        [FIVE(random), Math.floor(random() * 60)],
      ],
    ],
  },
  {
    name: 'visit in a partition',
    weight: 2,
    does: (_, random) => [
      [
        `INSERT INTO visits VALUES ($1, date '2024-12-01' + $2::int, 'home'), ($1, date '2025-12-01' + $2::int, 'live')`,
        [FIVE(random), Math.floor(random() * 60)],
      ],
    ],
  },
  {
    name: 'visit changes partition',
    weight: 1,
    does: (_, random) => [
      [
        `UPDATE visits SET at = date '2026-06-01', account_id = $1 WHERE ctid = (SELECT ctid FROM visits_2025_home LIMIT 1) AND tableoid = 'visits_2025_home'::regclass`,
        [FIVE(random)],
      ],
    ],
  },
  {
    name: 'folder under another one, which moves',
    weight: 2,
    does: (_, random) => [
      [
        `INSERT INTO folders (id, parent) SELECT ${NEW}, id FROM folders WHERE id BETWEEN 30 AND 40 ORDER BY random() LIMIT 1`,
      ],
      [`UPDATE folders SET parent = $1 WHERE id = 5 + $1`, [FIVE(random)]],
    ],
  },
  {
    name: 'shop with its manager',
    weight: 1,
    does: (n, random) => [
      [`INSERT INTO shops VALUES ($1, $2, $1)`, [1_000_000 + (n % 1e9), FIVE(random)]],
      [`INSERT INTO clerks VALUES ($1, $1, NULL)`, [1_000_000 + (n % 1e9)]],
    ],
  },
  {
    name: 'import',
    weight: 1,
    does: (_, random) => [[`INSERT INTO imports VALUES (${NEW}, $1, 'live')`, [String(FIVE(random))]]],
  },
  {
    name: 'log without a key',
    weight: 2,
    does: (_, random) => [[`INSERT INTO log VALUES ($1, 'same line')`, [FIVE(random)]]],
  },
  {
    name: 'delete from the log',
    weight: 1,
    does: () => [[`DELETE FROM log WHERE ctid = (SELECT ctid FROM log WHERE account_id IS NOT NULL LIMIT 1)`]],
  },
  {
    name: 'session that is kept',
    weight: 1,
    does: (n, random) => [
      [
        `INSERT INTO sessions VALUES ($1, $2) ON CONFLICT (token) DO UPDATE SET account_id = excluded.account_id`,
        [`live ${n % 20}`, FIVE(random)],
      ],
    ],
  },
];
