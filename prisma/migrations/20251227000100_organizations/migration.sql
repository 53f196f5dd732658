BEGIN;

-- The organization, and the default one that everything from before belongs to.
CREATE TABLE organizations (
  id                   text PRIMARY KEY,
  name                 text NOT NULL,
  display_name         text,
  email                text,
  phone                text,
  is_active            boolean NOT NULL DEFAULT true,
  tier                 text NOT NULL DEFAULT 'standard' CONSTRAINT organizations_tier_check CHECK (tier IN ('free', 'standard', 'enterprise')),
  monday_workspace_id  text,
  stripe_customer_id   text,
  subscription_status  text,
  trial_ends_at        timestamptz(3),
  features             jsonb NOT NULL DEFAULT '{}',
  settings             jsonb NOT NULL DEFAULT '{}',
  created_by           text,
  created_at           timestamptz(3) NOT NULL DEFAULT now(),
  updated_at           timestamptz(3) NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX organizations_name_key ON organizations (name);
CREATE INDEX organizations_created_at_id_idx ON organizations (created_at DESC, id DESC);

INSERT INTO organizations (id, name, display_name) VALUES ('org_default_001', 'default-org', 'Default Organization');

COMMIT;
