/** A WhatsApp CRM for several organizations, of which only users, customers and numbers know theirs. */
export const TABLES = `
CREATE TYPE order_status AS ENUM ('pending', 'paid', 'shipped', 'cancelled');
CREATE TABLE organizations (id uuid PRIMARY KEY, name text NOT NULL, code varchar(20) UNIQUE, created_at timestamp DEFAULT now());
CREATE TABLE roles (id serial PRIMARY KEY, name varchar(50) NOT NULL UNIQUE);
CREATE TABLE users (
  id serial PRIMARY KEY, organization_id uuid REFERENCES organizations, role_id integer REFERENCES roles,
  email varchar(255) NOT NULL UNIQUE, name varchar(100), updated_at timestamp NOT NULL DEFAULT '2025-01-01');
CREATE TABLE customers (
  id uuid PRIMARY KEY, organization_id uuid REFERENCES organizations, wa_id varchar(20) NOT NULL UNIQUE, name varchar(100),
  email varchar(255), updated_at timestamp NOT NULL DEFAULT '2025-01-01');
CREATE TABLE whatsapp_numbers (
  id serial PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations, phone_number_id varchar(30) NOT NULL UNIQUE,
  display_number varchar(20));

CREATE TABLE categories (id serial PRIMARY KEY, name varchar(100) NOT NULL);
CREATE TABLE sub_categories (id serial PRIMARY KEY, category_id integer NOT NULL REFERENCES categories, name varchar(100) NOT NULL);
CREATE TABLE products (
  id serial PRIMARY KEY, sub_category_id integer REFERENCES sub_categories, sku varchar(40) NOT NULL UNIQUE, price numeric(10,2) NOT NULL);
CREATE TABLE costs (id serial PRIMARY KEY, type varchar(40) NOT NULL UNIQUE, amount numeric(10,4) NOT NULL);
CREATE TABLE files (id uuid PRIMARY KEY, name text NOT NULL, mimetype varchar(100), data bytea);

CREATE TABLE messages (
  id bigserial PRIMARY KEY, message_id varchar(128) NOT NULL UNIQUE, customer_id uuid, media_id uuid REFERENCES files,
  direction varchar(10) NOT NULL DEFAULT 'in', body text, status varchar(20) NOT NULL DEFAULT 'received',
  "timestamp" timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT '2025-01-01');
CREATE INDEX messages_customer ON messages (customer_id, "timestamp" DESC);
CREATE TABLE templates (
  id serial PRIMARY KEY, template_name varchar(120) NOT NULL UNIQUE, status varchar(20), components jsonb NOT NULL DEFAULT '[]');
CREATE TABLE campaigns (
  id uuid PRIMARY KEY, name varchar(200) NOT NULL UNIQUE, created_by integer REFERENCES users, approved_by integer REFERENCES users,
  template_id integer REFERENCES templates, updated_at timestamp NOT NULL DEFAULT '2025-01-01');
CREATE TABLE jobs (
  id uuid PRIMARY KEY, campaign_id uuid REFERENCES campaigns ON DELETE CASCADE, last_triggered_at timestamp, retries smallint NOT NULL DEFAULT 0);
CREATE TABLE job_status (
  job_id uuid NOT NULL REFERENCES jobs ON DELETE CASCADE, customer_id uuid NOT NULL REFERENCES customers, status varchar(20),
  PRIMARY KEY (job_id, customer_id));
CREATE TABLE orders (
  id serial PRIMARY KEY, order_number varchar(40) NOT NULL UNIQUE, customer_id uuid NOT NULL, status order_status NOT NULL DEFAULT 'pending',
  total numeric(12,2) NOT NULL DEFAULT 0, updated_at timestamp NOT NULL DEFAULT '2025-01-01');
CREATE TABLE order_items (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id integer NOT NULL, product_id integer NOT NULL REFERENCES products,
  quantity integer NOT NULL, unit_price numeric(10,2) NOT NULL, amount numeric(12,2) GENERATED ALWAYS AS (quantity * unit_price) STORED,
  UNIQUE (order_id, product_id));
CREATE TABLE payments (
  id serial PRIMARY KEY, order_id integer NOT NULL REFERENCES orders ON DELETE CASCADE, gateway_id varchar(60) UNIQUE,
  amount numeric(12,2) NOT NULL);
CREATE TABLE payment_transactions (
  id bigserial PRIMARY KEY, order_id integer NOT NULL REFERENCES orders, reference varchar(60) NOT NULL, raw jsonb);
CREATE TABLE referrer_tracking (id serial PRIMARY KEY, customer_id uuid REFERENCES customers, wa_id varchar(20), utm_source varchar(60));
CREATE TABLE customer_addresses (
  id uuid PRIMARY KEY, customer_id uuid NOT NULL REFERENCES customers ON DELETE CASCADE, line text NOT NULL, is_default boolean NOT NULL);
CREATE UNIQUE INDEX customer_addresses_one_default ON customer_addresses (customer_id) WHERE is_default;
CREATE TABLE address_collection_sessions (
  id uuid PRIMARY KEY, customer_id uuid NOT NULL REFERENCES customers, order_id integer REFERENCES orders, state varchar(20));
CREATE TABLE campaign_recipients (
  id serial PRIMARY KEY, campaign_id uuid NOT NULL REFERENCES campaigns ON DELETE CASCADE, customer_id uuid REFERENCES customers,
  phone_number varchar(20) NOT NULL, UNIQUE (campaign_id, phone_number));
CREATE TABLE quick_replies (id serial PRIMARY KEY, created_by integer REFERENCES users, shortcut varchar(30) NOT NULL UNIQUE, content text);
CREATE TABLE leads (id serial PRIMARY KEY, customer_id uuid REFERENCES customers, zoho_lead_id varchar(40) UNIQUE, source varchar(40));
CREATE TABLE zoho_mappings (id serial PRIMARY KEY, zoho_name varchar(80) NOT NULL UNIQUE, treatment varchar(80));
CREATE TABLE flow_logs (id bigserial PRIMARY KEY, wa_id varchar(32), flow_id varchar(40) NOT NULL, step varchar(40));
CREATE TABLE campaign_logs (id bigserial PRIMARY KEY, campaign_id uuid REFERENCES campaigns, job_id uuid REFERENCES jobs, line text);
CREATE TABLE whatsapp_api_logs (
  id bigserial PRIMARY KEY, campaign_id uuid REFERENCES campaigns, job_id uuid REFERENCES jobs, status_code integer, response jsonb);
CREATE TABLE zoho_payload_logs (wa_id text, payload json NOT NULL, sent_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE number_flow_configs (id serial PRIMARY KEY, phone_number_id varchar(30) NOT NULL, flow varchar(40) NOT NULL,
  UNIQUE (phone_number_id, flow));
`;

/** Constraints that came too late for some rows, and what the application's own triggers do. */
export const AFTERWARDS = `
ALTER TABLE messages ADD FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE NOT VALID;
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;
ALTER TABLE order_items ADD FOREIGN KEY (order_id) REFERENCES orders ON DELETE CASCADE NOT VALID;
ALTER TABLE messages ADD CONSTRAINT body_or_media CHECK (body IS NOT NULL OR media_id IS NOT NULL) NOT VALID;

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE UPDATE ON campaigns FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();

CREATE SCHEMA audit;
CREATE TABLE audit.changes (id bigserial PRIMARY KEY, relation text NOT NULL, operation text NOT NULL, old jsonb, new jsonb);
CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
  INSERT INTO audit.changes (relation, operation, old, new) VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION audit.note();
CREATE TRIGGER audit AFTER UPDATE OR DELETE ON payments FOR EACH ROW EXECUTE FUNCTION audit.note();

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'transactions are final'; END $$;
CREATE TRIGGER final BEFORE UPDATE OR DELETE ON payment_transactions FOR EACH ROW EXECUTE FUNCTION refuse();

CREATE VIEW open_orders AS
  SELECT o.order_number, o.total, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'pending';
CREATE MATERIALIZED VIEW revenue AS SELECT status, sum(total) AS total FROM orders GROUP BY status;
`;
