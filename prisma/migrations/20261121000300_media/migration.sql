BEGIN;

-- Files of messages that we keep ourselves, since a provider's address ends. `storage_key` names no organization: it says nothing.
CREATE TABLE media_files (
  org_id       text NOT NULL,
  id           uuid NOT NULL,
  message_id   uuid NOT NULL,
  position     integer NOT NULL,
  status       text NOT NULL DEFAULT 'pending' CONSTRAINT media_files_status_check CHECK (status IN ('pending', 'stored', 'failed')),
  error        text,
  name         text,
  content_type text,
  size         integer,
  storage_key  text,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  updated_at   timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT media_files_pkey PRIMARY KEY (org_id, id)
);
SELECT app.distribute_tenant_table('media_files');
CREATE UNIQUE INDEX media_files_org_id_message_id_position_key ON media_files (org_id, message_id, position);
CREATE INDEX media_files_storage_key_idx ON media_files (storage_key);

ALTER TABLE media_files ADD CONSTRAINT media_files_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE media_files ADD CONSTRAINT media_files_org_id_message_id_fkey FOREIGN KEY (org_id, message_id) REFERENCES messages (org_id, id) ON DELETE RESTRICT ON UPDATE NO ACTION;

ALTER TABLE media_files ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON media_files TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON media_files TO polydesk_system USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON media_files TO polydesk_app, polydesk_system;

COMMIT;
