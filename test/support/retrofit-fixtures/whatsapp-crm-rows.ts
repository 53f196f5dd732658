/** How many rows there are. Every table's number follows from these. */
export interface CrmSize {
  organizations: number;
  /** Of all organizations together, as is everything. */
  users: number;
  customers: number;
  messagesEach: number;
}

const organization = (number: string): string => `md5('organization-' || (${number}))::uuid`;
export const customer = (number: string): string => `md5('customer-' || (${number}))::uuid`;
const series = (count: number): string => `generate_series(1, ${count}) AS i`;

/**
 * Clean rows: each leads to one organization, whichever way it is looked at. The organization of the number i is that of
 * i modulo their count, of users, customers and campaigns alike.
 */
export function rowsOf({ organizations, users, customers, messagesEach }: CrmSize): string {
  const campaigns = organizations * 4;
  const campaignOf = `md5('campaign-' || (i % ${organizations} + ${organizations}))::uuid`;
  const jobOf = `md5('job-' || (i % ${organizations} + ${organizations}))::uuid`;
  // Every fourth customer gets campaigns; the others can move to another organization without taking anybody along.
  const addressed = `${series(customers)} WHERE i % 4 = 0`;
  return `
INSERT INTO organizations (id, name, code) SELECT ${organization(`i % ${organizations}`)}, 'Organization ' || i, 'ORG' || i FROM ${series(organizations)};
INSERT INTO roles (name) VALUES ('SUPER_ADMIN'), ('ADMIN'), ('AGENT');
INSERT INTO users (organization_id, role_id, email, name)
  SELECT ${organization(`i % ${organizations}`)}, 2 + i % 2, 'user' || i || '@example.com', 'User ' || i FROM ${series(users)};
INSERT INTO customers (id, organization_id, wa_id, name)
  SELECT ${customer('i')}, ${organization(`i % ${organizations}`)}, '9190' || lpad(i::text, 8, '0'), 'Customer ' || i FROM ${series(customers)};
INSERT INTO whatsapp_numbers (organization_id, phone_number_id, display_number)
  SELECT ${organization(`i % ${organizations}`)}, 'pn-' || i, '+9180' || i FROM ${series(organizations * 2)};
INSERT INTO categories (name) SELECT 'Category ' || i FROM ${series(3)};
INSERT INTO sub_categories (category_id, name) SELECT 1 + i % 3, 'Sub-category ' || i FROM ${series(6)};
INSERT INTO products (sub_category_id, sku, price) SELECT 1 + i % 6, 'SKU-' || i, i * 1.5 FROM ${series(20)};
INSERT INTO costs (type, amount) VALUES ('MARKETING', 0.88), ('UTILITY', 0.12);
INSERT INTO files (id, name, mimetype, data) SELECT md5('file-' || i)::uuid, 'file' || i, 'image/png', decode(md5('file-' || i), 'hex') FROM ${series(5)};

INSERT INTO messages (message_id, customer_id, media_id, direction, body, "timestamp")
  SELECT 'wamid.' || i || '.' || m, ${customer('i')}, CASE WHEN m % 5 = 0 THEN md5('file-' || (1 + i % 5))::uuid END,
         CASE m % 2 WHEN 0 THEN 'in' ELSE 'out' END, 'Message ' || m || ' of customer ' || i, timestamp '2025-06-01' + m * interval '1 hour'
  FROM ${series(customers)}, generate_series(1, ${messagesEach}) AS m;
INSERT INTO templates (template_name, status) SELECT 'template_' || i, 'APPROVED' FROM ${series(8)};
INSERT INTO campaigns (id, name, created_by, approved_by, template_id)
  SELECT md5('campaign-' || i)::uuid, 'Campaign ' || i, 1 + (i - 1) % ${organizations},
         CASE WHEN i % 2 = 0 THEN 1 + (i - 1) % ${organizations} + ${organizations} END, 1 + i % 8 FROM ${series(campaigns)};
INSERT INTO jobs (id, campaign_id) SELECT md5('job-' || i)::uuid, md5('campaign-' || i)::uuid FROM ${series(campaigns)};
INSERT INTO job_status (job_id, customer_id, status) SELECT ${jobOf}, ${customer('i')}, 'sent' FROM ${addressed};
INSERT INTO campaign_recipients (campaign_id, customer_id, phone_number)
  SELECT ${campaignOf}, CASE WHEN i % 8 = 0 THEN ${customer('i')} END, '9190' || lpad(i::text, 8, '0') FROM ${addressed};
INSERT INTO campaign_logs (campaign_id, job_id, line) SELECT ${campaignOf}, ${jobOf}, 'sent to ' || i FROM ${addressed};
INSERT INTO whatsapp_api_logs (campaign_id, job_id, status_code)
  SELECT CASE WHEN i % 3 <> 1 THEN ${campaignOf} END, CASE WHEN i % 3 <> 2 THEN ${jobOf} END, 200 FROM ${addressed};

INSERT INTO orders (order_number, customer_id, status, total)
  SELECT 'A-' || i, ${customer('i')}, CASE WHEN i % 2 = 0 THEN 'paid' ELSE 'pending' END::order_status, i FROM ${series(customers)};
INSERT INTO order_items (order_id, product_id, quantity, unit_price)
  SELECT i, 1 + (i + p) % 20, p, p * 2.5 FROM ${series(customers)}, generate_series(1, 2) AS p;
INSERT INTO payments (order_id, gateway_id, amount) SELECT i, 'pay_' || i, i FROM ${series(customers)};
INSERT INTO payment_transactions (order_id, reference, raw) SELECT i, 'txn_' || i, jsonb_build_object('n', i) FROM ${series(customers)} WHERE i % 2 = 0;
INSERT INTO referrer_tracking (customer_id, wa_id, utm_source) SELECT ${customer('i')}, '9190' || lpad(i::text, 8, '0'), 'ads' FROM ${series(customers)} WHERE i % 5 = 0;
INSERT INTO customer_addresses (id, customer_id, line, is_default)
  SELECT md5('address-' || i || a)::uuid, ${customer('i')}, i || ' Main Street', a = 1 FROM ${series(customers)}, generate_series(1, 2) AS a;
INSERT INTO address_collection_sessions (id, customer_id, order_id, state)
  SELECT md5('session-' || i)::uuid, ${customer('i')}, CASE WHEN i % 4 = 0 THEN i END, 'done' FROM ${series(customers)} WHERE i % 2 = 0;
INSERT INTO quick_replies (created_by, shortcut, content) SELECT 1 + i % ${users}, '/r' || i, 'Reply ' || i FROM ${series(users * 2)};
INSERT INTO leads (customer_id, zoho_lead_id, source) SELECT ${customer('i')}, 'zl-' || i, 'whatsapp' FROM ${series(customers)} WHERE i % 3 = 0;
INSERT INTO zoho_mappings (zoho_name, treatment) SELECT 'Zoho ' || i, 'Treatment ' || i FROM ${series(10)};
INSERT INTO flow_logs (wa_id, flow_id, step) SELECT '9190' || lpad(i::text, 8, '0'), 'flow-' || i % 3, 'start' FROM ${series(customers)};
INSERT INTO zoho_payload_logs (wa_id, payload) SELECT '9190' || lpad(i::text, 8, '0'), json_build_object('n', i) FROM ${series(customers)} WHERE i % 3 = 0;
INSERT INTO number_flow_configs (phone_number_id, flow) SELECT 'pn-' || i, 'marketing' FROM ${series(organizations * 2)};
`;
}
