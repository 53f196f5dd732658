BEGIN;

-- A constant default owns every row at once without rewriting a table, and old code's inserts stay owned meanwhile.
ALTER TABLE users         ADD COLUMN org_id text NOT NULL DEFAULT 'org_default_001';
ALTER TABLE chatbots      ADD COLUMN org_id text NOT NULL DEFAULT 'org_default_001';
ALTER TABLE integrations  ADD COLUMN org_id text NOT NULL DEFAULT 'org_default_001', ADD COLUMN token_key_id text;
ALTER TABLE conversations ADD COLUMN org_id text NOT NULL DEFAULT 'org_default_001',
  ADD COLUMN platform text NOT NULL DEFAULT 'facebook',
  ADD COLUMN integration_id uuid,
  ADD COLUMN assignee_id uuid,
  ADD COLUMN status text NOT NULL DEFAULT 'open',
  ADD COLUMN last_message_id uuid,
  ADD COLUMN last_activity_at timestamptz(3) NOT NULL DEFAULT now(),
  ADD COLUMN has_early_events boolean NOT NULL DEFAULT false,
  ADD COLUMN delivered_until timestamptz(3),
  ADD COLUMN read_until timestamptz(3);
ALTER TABLE messages      ADD COLUMN org_id text NOT NULL DEFAULT 'org_default_001',
  ADD COLUMN sender_type text NOT NULL DEFAULT 'customer',
  ADD COLUMN attachments jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN status text NOT NULL DEFAULT 'delivered',
  ADD COLUMN error_code text,
  ADD COLUMN error_message text,
  ADD COLUMN provider_message_id text,
  ADD COLUMN client_message_id text;

CREATE TABLE customers (
  org_id       text NOT NULL,
  id           uuid NOT NULL,
  platform     text NOT NULL,
  external_id  text NOT NULL,
  display_name text,
  nick_name    text,
  avatar_url   text,
  email        text,
  phone        text,
  note         text,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  updated_at   timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT customers_pkey PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX customers_org_id_platform_external_id_key ON customers (org_id, platform, external_id);
CREATE INDEX customers_org_id_created_at_id_idx ON customers (org_id, created_at DESC, id DESC);

COMMIT;
