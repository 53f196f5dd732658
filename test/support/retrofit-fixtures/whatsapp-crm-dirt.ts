import { customer } from './whatsapp-crm-rows.js';

const nobodys = (count: number): string => `generate_series(1, ${count}) AS i`;

/** Rows that no way leads from, by table: how many {@link dirt} plants, and so how many are quarantined. */
export const UNOWNED = {
  users: 1,
  customers: 2,
  messages: 7 + 5 + 6,
  campaigns: 2 + 1,
  jobs: 2 + 1,
  job_status: 2,
  orders: 4 + 1,
  order_items: 4 + 2 + 3,
  payments: 3,
  payment_transactions: 2,
  referrer_tracking: 2,
  customer_addresses: 1,
  address_collection_sessions: 1,
  campaign_recipients: 3,
  quick_replies: 2,
  leads: 3,
  flow_logs: 6 + 2 + 1,
  campaign_logs: 2,
  whatsapp_api_logs: 5,
  zoho_payload_logs: 4,
  number_flow_configs: 3,
};

/** Rows that lead to two organizations, by table: the first way is that of the migration summary. */
export const CONFLICTS = {
  job_status: { ways: ['customers', 'jobs'], rows: 3 },
  campaign_recipients: { ways: ['campaigns', 'customers'], rows: 4 },
  campaigns: { ways: ['users by created_by', 'users by approved_by'], rows: 2 },
  whatsapp_api_logs: { ways: ['campaigns', 'jobs'], rows: 2 },
};

/** Far above those that the sequence gives. */
const FAR = 2_000_000_000;

/** Two customers that have no organization. */
const lost = (number: string): string => customer(`'lost-' || (${number})`);

/** Besides those customers: a user of the operator's, and campaigns and jobs `lost-…`, by that user or by nobody. */
const LOST = `
INSERT INTO users (id, role_id, email) VALUES (${FAR}, 1, 'root@example.com');
INSERT INTO customers (id, wa_id, name) SELECT ${lost('i')}, '9999' || i, 'Lost ' || i FROM ${nobodys(2)};
INSERT INTO messages (message_id, customer_id, body) SELECT 'wamid.none.' || i, NULL, NULL FROM ${nobodys(7)};
INSERT INTO messages (message_id, customer_id, body) SELECT 'wamid.gone.' || i, md5('gone-' || i)::uuid, 'of one who is gone' FROM ${nobodys(5)};
INSERT INTO messages (message_id, customer_id, body) SELECT 'wamid.lost.' || i, ${lost('1 + i % 2')}, 'lost' FROM ${nobodys(6)};
INSERT INTO campaigns (id, name, created_by)
  SELECT md5('campaign-lost-' || i)::uuid, 'Lost ' || i, CASE WHEN i < 3 THEN ${FAR} END FROM ${nobodys(3)};
INSERT INTO jobs (id, campaign_id)
  SELECT md5('job-lost-' || i)::uuid, CASE WHEN i < 3 THEN md5('campaign-lost-' || i)::uuid END FROM ${nobodys(3)};
INSERT INTO job_status (job_id, customer_id) SELECT md5('job-lost-' || i)::uuid, ${lost('i')} FROM ${nobodys(2)};
INSERT INTO orders (id, order_number, customer_id) SELECT ${FAR} + i, 'LOST-' || i, ${lost('1 + i % 2')} FROM ${nobodys(4)};
INSERT INTO orders (id, order_number, customer_id) VALUES (${FAR} + 5, 'GONE-1', md5('gone')::uuid);
INSERT INTO order_items (order_id, product_id, quantity, unit_price) SELECT ${FAR} + i, 1, 1, 1 FROM ${nobodys(4)};
INSERT INTO order_items (order_id, product_id, quantity, unit_price) SELECT ${FAR} + 5, i, 1, 1 FROM ${nobodys(2)};
INSERT INTO order_items (order_id, product_id, quantity, unit_price) SELECT ${FAR} + 90 + i, 1, 1, 1 FROM ${nobodys(3)};
INSERT INTO payments (order_id, gateway_id, amount) SELECT ${FAR} + i, 'pay_lost_' || i, 1 FROM ${nobodys(3)};
INSERT INTO payment_transactions (order_id, reference) SELECT ${FAR} + i, 'txn_lost' FROM ${nobodys(2)};
INSERT INTO referrer_tracking (customer_id) SELECT ${lost('i')} FROM ${nobodys(2)};
INSERT INTO customer_addresses (id, customer_id, line, is_default) VALUES (md5('lost')::uuid, ${lost('1')}, 'Nowhere', true);
INSERT INTO address_collection_sessions (id, customer_id, order_id) VALUES (md5('lost')::uuid, ${lost('2')}, ${FAR} + 1);
INSERT INTO campaign_recipients (campaign_id, phone_number) SELECT md5('campaign-lost-1')::uuid, 'x' || i FROM ${nobodys(3)};
INSERT INTO quick_replies (created_by, shortcut) SELECT ${FAR}, '/lost' || i FROM ${nobodys(2)};
INSERT INTO leads (customer_id, zoho_lead_id) SELECT NULL, 'zl-lost-' || i FROM ${nobodys(3)};
INSERT INTO flow_logs (wa_id, flow_id) SELECT '4400' || i, 'stranger' FROM ${nobodys(6)};
INSERT INTO flow_logs (wa_id, flow_id) VALUES (NULL, 'test'), (NULL, 'test'), ('99991', 'lost');
INSERT INTO campaign_logs (campaign_id, job_id) SELECT md5('campaign-lost-1')::uuid, md5('job-lost-1')::uuid FROM ${nobodys(2)};
INSERT INTO whatsapp_api_logs (status_code) SELECT 500 FROM ${nobodys(5)};
INSERT INTO zoho_payload_logs (wa_id, payload) SELECT '4400' || i, '{}' FROM ${nobodys(4)};
INSERT INTO number_flow_configs (phone_number_id, flow) SELECT 'pn-gone-' || i, 'marketing' FROM ${nobodys(3)};
`;

/** Campaign 1, job 1 and user 1 are of one organization; these customers and jobs are of another one. */
function torn(organizations: number): string {
  const others = (count: number): number[] => Array.from({ length: count }, (_, index) => 2 + index * organizations);
  const customers = (count: number): string =>
    others(count)
      .map((number) => customer(String(number)))
      .join();
  return `
INSERT INTO job_status (job_id, customer_id, status)
  SELECT md5('job-1')::uuid, id, 'torn' FROM customers WHERE id IN (${customers(3)});
INSERT INTO campaign_recipients (campaign_id, customer_id, phone_number)
  SELECT md5('campaign-1')::uuid, id, 'torn ' || wa_id FROM customers WHERE id IN (${customers(4)});
INSERT INTO campaigns (id, name, created_by, approved_by) VALUES (md5('torn-1')::uuid, 'Torn 1', 1, 2), (md5('torn-2')::uuid, 'Torn 2', 2, 3);
INSERT INTO whatsapp_api_logs (campaign_id, job_id, status_code)
  SELECT md5('campaign-1')::uuid, id, 207 FROM jobs WHERE id IN (${others(2)
    .map((number) => `md5('job-${number}')::uuid`)
    .join()});
`;
}

/** Rows without an owner, and with two; of two organizations at least. */
export const dirt = (organizations: number): string => LOST + torn(organizations);
