BEGIN;

CREATE TABLE refresh_tokens (
  org_id       text NOT NULL,
  id           uuid NOT NULL,
  family_id    uuid NOT NULL,
  user_id      uuid NOT NULL,
  bound_org_id text,
  token_hash   bytea NOT NULL,
  expires_at   timestamptz(3) NOT NULL,
  spent_at     timestamptz(3),
  revoked_at   timestamptz(3),
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT refresh_tokens_pkey PRIMARY KEY (org_id, id)
);
CREATE INDEX refresh_tokens_org_id_family_id_idx ON refresh_tokens (org_id, family_id);
CREATE INDEX refresh_tokens_org_id_user_id_idx ON refresh_tokens (org_id, user_id);

CREATE TABLE invitations (
  org_id      text NOT NULL,
  id          uuid NOT NULL,
  email       text NOT NULL,
  role        text NOT NULL CONSTRAINT invitations_role_check CHECK (role IN ('admin', 'manager', 'agent')),
  token_hash  bytea NOT NULL,
  invited_by  uuid,
  expires_at  timestamptz(3) NOT NULL,
  accepted_at timestamptz(3),
  revoked_at  timestamptz(3),
  created_at  timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT invitations_pkey PRIMARY KEY (org_id, id)
);
CREATE INDEX invitations_org_id_created_at_id_idx ON invitations (org_id, created_at DESC, id DESC);

CREATE TABLE api_keys (
  org_id       text NOT NULL,
  id           uuid NOT NULL,
  name         text NOT NULL,
  prefix       text NOT NULL,
  scopes       text[] NOT NULL,
  is_active    boolean NOT NULL DEFAULT true,
  expires_at   timestamptz(3),
  last_used_at timestamptz(3),
  created_by   uuid,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  updated_at   timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT api_keys_pkey PRIMARY KEY (org_id, id)
);
CREATE INDEX api_keys_org_id_created_at_id_idx ON api_keys (org_id, created_at DESC, id DESC);

CREATE TABLE audit_entries (
  org_id       text NOT NULL,
  id           uuid NOT NULL,
  actor_type   text NOT NULL CONSTRAINT audit_entries_actor_type_check CHECK (actor_type IN ('user', 'api_key', 'system')),
  actor_id     text,
  actor_name   text,
  actor_role   text,
  actor_org_id text,
  action       text NOT NULL,
  target_type  text NOT NULL,
  target_id    text,
  changes      jsonb NOT NULL DEFAULT '{}',
  ip           text,
  user_agent   text,
  request_id   text,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT audit_entries_pkey PRIMARY KEY (org_id, id)
);
CREATE INDEX audit_entries_org_id_created_at_id_idx ON audit_entries (org_id, created_at DESC, id DESC);

CREATE TABLE channel_events (
  org_id             text NOT NULL,
  id                 uuid NOT NULL,
  integration_id     uuid NOT NULL,
  kind               text NOT NULL,
  dedupe_key         text NOT NULL,
  awaited_message_id text,
  payload            jsonb NOT NULL,
  created_at         timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT channel_events_pkey PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX channel_events_org_id_integration_id_dedupe_key_key ON channel_events (org_id, integration_id, dedupe_key);
CREATE INDEX channel_events_org_id_integration_id_awaited_message_id_idx ON channel_events (org_id, integration_id, awaited_message_id);

ALTER TABLE refresh_tokens ADD CONSTRAINT refresh_tokens_org_id_fkey         FOREIGN KEY (org_id)          REFERENCES organizations (id)     ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE refresh_tokens ADD CONSTRAINT refresh_tokens_org_id_user_id_fkey FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id)     ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE invitations    ADD CONSTRAINT invitations_org_id_fkey            FOREIGN KEY (org_id)          REFERENCES organizations (id)     ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE api_keys       ADD CONSTRAINT api_keys_org_id_fkey               FOREIGN KEY (org_id)          REFERENCES organizations (id)     ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE audit_entries  ADD CONSTRAINT audit_entries_org_id_fkey          FOREIGN KEY (org_id)          REFERENCES organizations (id)     ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE channel_events ADD CONSTRAINT channel_events_org_id_fkey         FOREIGN KEY (org_id)          REFERENCES organizations (id)     ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE channel_events ADD CONSTRAINT channel_events_org_id_integration_id_fkey FOREIGN KEY (org_id, integration_id) REFERENCES integrations (org_id, id) ON DELETE RESTRICT ON UPDATE NO ACTION;

COMMIT;
