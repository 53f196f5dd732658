BEGIN;
SET LOCAL lock_timeout = '5s';

CREATE TABLE webhook_endpoints (
  org_id              text NOT NULL,
  id                  uuid NOT NULL,
  url                 text NOT NULL,
  description         text,
  event_types         text[] NOT NULL,
  is_active           boolean NOT NULL DEFAULT true,
  disabled_reason     text,
  failing_since       timestamptz(3),
  -- Sealed as tokens are. The previous one signs too until it ends.
  secret              text NOT NULL,
  previous_secret     text,
  previous_expires_at timestamptz(3),
  secret_key_id       text NOT NULL,
  created_by          uuid,
  created_at          timestamptz(3) NOT NULL DEFAULT now(),
  updated_at          timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (org_id, id)
);
SELECT app.distribute_tenant_table('webhook_endpoints');
CREATE INDEX webhook_endpoints_org_id_created_at_id_idx ON webhook_endpoints (org_id, created_at DESC, id DESC);

CREATE TABLE webhook_deliveries (
  org_id          text NOT NULL,
  id              uuid NOT NULL,
  endpoint_id     uuid NOT NULL,
  -- The same for every endpoint and every attempt: the receiver's idempotency key.
  event_id        text NOT NULL,
  event_type      text NOT NULL,
  payload         jsonb NOT NULL,
  status          text NOT NULL DEFAULT 'pending' CONSTRAINT webhook_deliveries_status_check CHECK (status IN ('pending', 'delivered', 'failed')),
  attempts        integer NOT NULL DEFAULT 0,
  response_status integer,
  error           text,
  next_attempt_at timestamptz(3),
  delivered_at    timestamptz(3),
  created_at      timestamptz(3) NOT NULL DEFAULT now(),
  updated_at      timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (org_id, id)
);
SELECT app.distribute_tenant_table('webhook_deliveries');
CREATE UNIQUE INDEX webhook_deliveries_org_id_endpoint_id_event_id_key ON webhook_deliveries (org_id, endpoint_id, event_id);
CREATE INDEX webhook_deliveries_org_id_endpoint_id_created_at_id_idx ON webhook_deliveries (org_id, endpoint_id, created_at DESC, id DESC);
-- What is too old goes, whoever's it is.
CREATE INDEX webhook_deliveries_created_at_idx ON webhook_deliveries (created_at);

ALTER TABLE webhook_endpoints ADD CONSTRAINT webhook_endpoints_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_org_id_endpoint_id_fkey FOREIGN KEY (org_id, endpoint_id) REFERENCES webhook_endpoints (org_id, id) ON DELETE RESTRICT ON UPDATE NO ACTION;

ALTER TABLE webhook_endpoints ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON webhook_endpoints TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON webhook_endpoints TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON webhook_deliveries TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON webhook_deliveries TO polydesk_system USING (true) WITH CHECK (true);

-- Where a partner's own channel takes what is written to its customers. Few rows, all of them null: quickly checked.
ALTER TABLE integrations ADD COLUMN webhook_endpoint_id uuid;
ALTER TABLE integrations ADD CONSTRAINT integrations_org_id_webhook_endpoint_id_fkey FOREIGN KEY (org_id, webhook_endpoint_id) REFERENCES webhook_endpoints (org_id, id) ON DELETE NO ACTION ON UPDATE NO ACTION NOT VALID;
ALTER TABLE integrations VALIDATE CONSTRAINT integrations_org_id_webhook_endpoint_id_fkey;

GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_endpoints, webhook_deliveries TO polydesk_app, polydesk_system;

COMMIT;
