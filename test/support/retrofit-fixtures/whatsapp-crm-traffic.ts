import type { Action } from '../retrofit-live.js';
import { CUSTOMER, NumbersOf } from './whatsapp-crm-numbers.js';
import type { CrmSize } from './whatsapp-crm-rows.js';
import { crmSales } from './whatsapp-crm-sales.js';
import { CRM_SIZE } from './whatsapp-crm.js';

const WA_ID = (parameter: string): string => `'9190' || lpad(${parameter}::text, 8, '0')`;

/** What the CRM's application does all day, in the words of the old schema. Nothing of it fails on a database left alone. */
export function crmTraffic(size: CrmSize = CRM_SIZE): Action[] {
  return [...people(size), ...crmSales(size)];
}

function people(size: CrmSize): Action[] {
  const { below, someone, movable, message } = new NumbersOf(size);
  const { organizations, customers } = size;
  return [
    {
      name: 'insert message',
      weight: 8,
      does: (n, random) => [
        [
          `INSERT INTO messages (message_id, customer_id, body) VALUES ('live.' || gen_random_uuid(), ${CUSTOMER('$1')}, $2)`,
          [someone(random), `no. ${n}`],
        ],
      ],
    },
    {
      name: 'upsert message',
      weight: 4,
      does: (_, random) => [
        [
          `INSERT INTO messages (message_id, customer_id, body) VALUES ($1, ${CUSTOMER('$2')}, 'again')
           ON CONFLICT (message_id) DO UPDATE SET status = 'read'`,
          [message(random), someone(random)],
        ],
      ],
    },
    {
      name: 'move message',
      weight: 3,
      does: (_, random) => [
        [
          `UPDATE messages SET customer_id = ${CUSTOMER('$2')} WHERE message_id = $1`,
          [message(random), someone(random)],
        ],
      ],
    },
    {
      name: 'delete message',
      weight: 2,
      does: () => [
        [`DELETE FROM messages WHERE id = (SELECT id FROM messages WHERE message_id LIKE 'live.%' LIMIT 1)`],
      ],
    },
    {
      name: 'move customer',
      weight: 1,
      does: (_, random) => [
        [
          `UPDATE customers SET organization_id = md5('organization-' || $2::text)::uuid WHERE id = ${CUSTOMER('$1')}`,
          [movable(random), below(organizations, random)],
        ],
      ],
    },
    {
      name: 'upsert customer',
      weight: 2,
      does: (n, random) => [
        [
          `INSERT INTO customers (id, organization_id, wa_id, name) VALUES (gen_random_uuid(), md5('organization-' || $2::text)::uuid, ${WA_ID('$1')}, $3)
           ON CONFLICT (wa_id) DO UPDATE SET name = excluded.name`,
          [1 + below(customers * 2, random), below(organizations, random), `name ${n}`],
        ],
      ],
    },
    {
      name: 'flow of a customer who comes later',
      weight: 1,
      does: (n, random) => {
        const waId = `${n}${random()}`.replace('.', '').slice(0, 18);
        return [
          [`INSERT INTO flow_logs (wa_id, flow_id) VALUES ($1, 'live')`, [waId]],
          [
            `INSERT INTO customers (id, organization_id, wa_id) VALUES (gen_random_uuid(), md5('organization-' || $2::text)::uuid, $1)`,
            [waId, below(organizations, random)],
          ],
        ];
      },
    },
    {
      name: 'flow and payload',
      weight: 2,
      does: (_, random) => [
        [
          `WITH flow AS (INSERT INTO flow_logs (wa_id, flow_id) VALUES (${WA_ID('$1')}, 'live') RETURNING wa_id) INSERT INTO zoho_payload_logs (wa_id, payload) SELECT wa_id, '{}' FROM flow`,
          [someone(random)],
        ],
      ],
    },
    {
      name: 'upsert default address',
      weight: 1,
      does: (n, random) => [
        [
          `INSERT INTO customer_addresses (id, customer_id, line, is_default) VALUES (gen_random_uuid(), ${CUSTOMER('$1')}, $2, true)
           ON CONFLICT (customer_id) WHERE is_default DO UPDATE SET line = excluded.line`,
          [someone(random), `${n} New Street`],
        ],
      ],
    },
  ];
}
