import type { Action } from '../retrofit-live.js';
import { CUSTOMER, NumbersOf } from './whatsapp-crm-numbers.js';
import type { CrmSize } from './whatsapp-crm-rows.js';

/** The part of the CRM's traffic that is about orders, campaigns and replies. */
export function crmSales(size: CrmSize): Action[] {
  const { below, someone, pending } = new NumbersOf(size);
  const { users } = size;
  return [
    {
      name: 'insert order',
      weight: 3,
      does: (n, random) => {
        const number = `live-${n}-${random()}`;
        const from = `SELECT id FROM orders WHERE order_number = $1`;
        return [
          [`INSERT INTO orders (order_number, customer_id) VALUES ($1, ${CUSTOMER('$2')})`, [number, someone(random)]],
          [
            `INSERT INTO order_items (order_id, product_id, quantity, unit_price) SELECT id, p, 2, 9.5 FROM (${from}) o, generate_series(1, 3) p`,
            [number],
          ],
          [`INSERT INTO payments (order_id, amount) SELECT id, 57 FROM (${from}) o`, [number]],
        ];
      },
    },
    {
      name: 'upsert order',
      weight: 2,
      does: (n, random) => [
        [
          `INSERT INTO orders (order_number, customer_id, total) VALUES ('A-' || $1::text, ${CUSTOMER('$1')}, $2)
           ON CONFLICT (order_number) DO UPDATE SET total = excluded.total`,
          [someone(random), n],
        ],
      ],
    },
    {
      name: 'move order',
      weight: 3,
      does: (_, random) => [
        [
          `UPDATE orders SET customer_id = ${CUSTOMER('$2')} WHERE order_number = 'A-' || $1::text`,
          [pending(random), someone(random)],
        ],
      ],
    },
    {
      name: 'delete order',
      weight: 1,
      does: () => [[`DELETE FROM orders WHERE id = (SELECT id FROM orders WHERE order_number LIKE 'live-%' LIMIT 1)`]],
    },
    {
      name: 'upsert order item',
      weight: 2,
      does: (n, random) => [
        [
          `INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES ($1, $2, 1, 1)
           ON CONFLICT (order_id, product_id) DO UPDATE SET quantity = $3`,
          [someone(random), 1 + below(20, random), n % 100],
        ],
      ],
    },
    {
      name: 'start campaign',
      weight: 1,
      does: (n, random) => {
        const name = `live-${n}-${random()}`;
        return [
          [
            `INSERT INTO campaigns (id, name, created_by) VALUES (md5($1)::uuid, $1, $2)`,
            [name, 1 + below(users, random)],
          ],
          [`INSERT INTO jobs (id, campaign_id) VALUES (gen_random_uuid(), md5($1)::uuid)`, [name]],
          [
            `INSERT INTO campaign_recipients (campaign_id, phone_number) SELECT md5($1)::uuid, 'p' || i FROM generate_series(1, 3) i`,
            [name],
          ],
        ];
      },
    },
    {
      name: 'hand campaign over',
      weight: 1,
      does: (_, random) => [
        [
          `UPDATE campaigns SET created_by = $1 WHERE id = (SELECT id FROM campaigns WHERE name LIKE 'live-%' LIMIT 1)`,
          [1 + below(users, random)],
        ],
      ],
    },
    {
      name: 'upsert quick reply',
      weight: 1,
      does: (n, random) => [
        [
          `INSERT INTO quick_replies (created_by, shortcut, content) VALUES ($1, '/r' || $2::text, $3) ON CONFLICT (shortcut) DO UPDATE SET content = excluded.content`,
          [1 + below(users, random), below(users * 4, random), `reply ${n}`],
        ],
      ],
    },
  ];
}
