BEGIN;
SET LOCAL lock_timeout = '5s';

-- `attempted_at`: a request to the provider is under way, or its end is not known. `next_attempt_at`: not before. `part_ids`:
-- what the provider calls the message's parts that it has taken, where one request does not hold all of it.
ALTER TABLE messages
  ADD COLUMN attempts integer NOT NULL DEFAULT 0,
  ADD COLUMN attempted_at timestamptz(3),
  ADD COLUMN next_attempt_at timestamptz(3),
  ADD COLUMN part_ids text[] NOT NULL DEFAULT '{}';

-- Validated by a migration of its own.
ALTER TABLE messages
  DROP CONSTRAINT messages_status_check,
  ADD CONSTRAINT messages_status_check
    CHECK (status IN ('queued', 'sent', 'delivered', 'read', 'failed', 'unconfirmed')) NOT VALID;

-- When the customer last wrote: providers close the window for answers by it.
ALTER TABLE conversations ADD COLUMN last_inbound_at timestamptz(3);

-- `next_send_at`: until then nothing is sent through it, because of its own rate or because the provider asked for quiet.
ALTER TABLE integrations
  ADD COLUMN status text NOT NULL DEFAULT 'connected'
    CONSTRAINT integrations_status_check CHECK (status IN ('connected', 'reconnect_required', 'restricted', 'disconnected')),
  ADD COLUMN status_reason text,
  ADD COLUMN business_id text,
  ADD COLUMN next_send_at timestamptz(3);
UPDATE integrations SET status = 'disconnected' WHERE NOT is_active;

ALTER TABLE customers ADD COLUMN unsubscribed_at timestamptz(3), ADD COLUMN profile_at timestamptz(3);

-- The other names that a provider knows a customer by.
CREATE TABLE customer_names (
  org_id      text NOT NULL,
  id          uuid NOT NULL,
  platform    text NOT NULL,
  external_id text NOT NULL,
  customer_id uuid NOT NULL,
  CONSTRAINT customer_names_pkey PRIMARY KEY (org_id, id)
);
SELECT app.distribute_tenant_table('customer_names');
CREATE UNIQUE INDEX customer_names_org_id_platform_external_id_key ON customer_names (org_id, platform, external_id);
CREATE INDEX customer_names_org_id_customer_id_idx ON customer_names (org_id, customer_id);

-- A person is away at a provider's, giving us access to a page; this is what they come back with.
CREATE TABLE channel_authorizations (
  org_id      text NOT NULL,
  id          uuid NOT NULL,
  platform    text NOT NULL,
  secret_hash bytea NOT NULL,
  verifier    text NOT NULL,
  chatbot_id  uuid,
  account_id  uuid,
  actor       jsonb NOT NULL,
  expires_at  timestamptz(3) NOT NULL,
  used_at     timestamptz(3),
  created_at  timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT channel_authorizations_pkey PRIMARY KEY (org_id, id)
);
SELECT app.distribute_tenant_table('channel_authorizations');

ALTER TABLE customer_names ADD CONSTRAINT customer_names_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE customer_names ADD CONSTRAINT customer_names_org_id_customer_id_fkey FOREIGN KEY (org_id, customer_id) REFERENCES customers (org_id, id) ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE channel_authorizations ADD CONSTRAINT channel_authorizations_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION;

ALTER TABLE customer_names ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON customer_names TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON customer_names TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE channel_authorizations ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON channel_authorizations TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON channel_authorizations TO polydesk_system USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON customer_names, channel_authorizations TO polydesk_app, polydesk_system;

COMMIT;
