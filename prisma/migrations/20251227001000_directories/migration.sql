BEGIN;

-- What must be found before the organization is known. No tenant data, no foreign keys to tenant tables.
CREATE TABLE channel_routes (
  platform       text NOT NULL,
  external_id    text NOT NULL,
  org_id         text NOT NULL,
  integration_id uuid NOT NULL,
  CONSTRAINT channel_routes_pkey PRIMARY KEY (platform, external_id)
);
CREATE INDEX channel_routes_org_id_integration_id_idx ON channel_routes (org_id, integration_id);

CREATE TABLE api_key_routes (
  key_hash   bytea NOT NULL,
  org_id     text NOT NULL,
  api_key_id uuid NOT NULL,
  expires_at timestamptz(3),
  CONSTRAINT api_key_routes_pkey PRIMARY KEY (key_hash)
);
CREATE INDEX api_key_routes_org_id_api_key_id_idx ON api_key_routes (org_id, api_key_id);

CREATE TABLE unrouted_events (
  platform    text NOT NULL,
  external_id text NOT NULL,
  count       bigint NOT NULL DEFAULT 1,
  last_event  jsonb NOT NULL,
  first_at    timestamptz(3) NOT NULL DEFAULT now(),
  last_at     timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT unrouted_events_pkey PRIMARY KEY (platform, external_id)
);

CREATE TABLE rate_limits (
  key    text NOT NULL,
  points integer NOT NULL DEFAULT 0,
  expire bigint,
  CONSTRAINT rate_limits_pkey PRIMARY KEY (key)
);

INSERT INTO channel_routes (platform, external_id, org_id, integration_id)
SELECT platform, oa_id, org_id, id FROM integrations WHERE is_active;

COMMIT;
