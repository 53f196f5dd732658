BEGIN;
SET LOCAL lock_timeout = '5s';

-- Whose turn it is where conversations are handed out in turn.
ALTER TABLE users ADD COLUMN last_assigned_at timestamptz(3);

CREATE TABLE labels (
  org_id     text NOT NULL,
  id         uuid NOT NULL,
  name       text NOT NULL,
  color      text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT labels_pkey PRIMARY KEY (org_id, id)
);
SELECT app.distribute_tenant_table('labels');
CREATE UNIQUE INDEX labels_org_id_name_key ON labels (org_id, name);
CREATE INDEX labels_org_id_created_at_id_idx ON labels (org_id, created_at DESC, id DESC);

CREATE TABLE conversation_labels (
  org_id          text NOT NULL,
  conversation_id uuid NOT NULL,
  label_id        uuid NOT NULL,
  created_at      timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT conversation_labels_pkey PRIMARY KEY (org_id, conversation_id, label_id)
);
SELECT app.distribute_tenant_table('conversation_labels');
CREATE INDEX conversation_labels_org_id_label_id_conversation_id_idx ON conversation_labels (org_id, label_id, conversation_id);

CREATE TABLE conversation_participants (
  org_id          text NOT NULL,
  conversation_id uuid NOT NULL,
  user_id         uuid NOT NULL,
  created_at      timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT conversation_participants_pkey PRIMARY KEY (org_id, conversation_id, user_id)
);
SELECT app.distribute_tenant_table('conversation_participants');
CREATE INDEX conversation_participants_org_id_user_id_idx ON conversation_participants (org_id, user_id);

-- What happened in a conversation beside its messages: notes of people to each other, who took it, who closed it.
CREATE TABLE timeline_entries (
  org_id          text NOT NULL,
  id              uuid NOT NULL,
  conversation_id uuid NOT NULL,
  kind            text NOT NULL,
  text            text,
  data            jsonb NOT NULL DEFAULT '{}',
  actor_type      text NOT NULL,
  actor_id        text,
  actor_name      text,
  created_at      timestamptz(3) NOT NULL DEFAULT now(),
  updated_at      timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT timeline_entries_pkey PRIMARY KEY (org_id, id)
);
SELECT app.distribute_tenant_table('timeline_entries');
CREATE INDEX timeline_entries_org_id_conversation_id_created_at_id_idx ON timeline_entries (org_id, conversation_id, created_at DESC, id DESC);

CREATE TABLE quick_replies (
  org_id      text NOT NULL,
  id          uuid NOT NULL,
  account_id  uuid,
  shortcut    text NOT NULL,
  text        text NOT NULL,
  attachments jsonb NOT NULL DEFAULT '[]',
  created_at  timestamptz(3) NOT NULL DEFAULT now(),
  updated_at  timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT quick_replies_pkey PRIMARY KEY (org_id, id)
);
SELECT app.distribute_tenant_table('quick_replies');
CREATE UNIQUE INDEX quick_replies_org_id_shortcut_key ON quick_replies (org_id, shortcut);
CREATE INDEX quick_replies_org_id_created_at_id_idx ON quick_replies (org_id, created_at DESC, id DESC);

ALTER TABLE labels ADD CONSTRAINT labels_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE conversation_labels ADD CONSTRAINT conversation_labels_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE conversation_participants ADD CONSTRAINT conversation_participants_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE timeline_entries ADD CONSTRAINT timeline_entries_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE quick_replies ADD CONSTRAINT quick_replies_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE conversation_labels ADD CONSTRAINT conversation_labels_org_id_conversation_id_fkey FOREIGN KEY (org_id, conversation_id) REFERENCES conversations (org_id, id) ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE conversation_labels ADD CONSTRAINT conversation_labels_org_id_label_id_fkey FOREIGN KEY (org_id, label_id) REFERENCES labels (org_id, id) ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE conversation_participants ADD CONSTRAINT conversation_participants_org_id_conversation_id_fkey FOREIGN KEY (org_id, conversation_id) REFERENCES conversations (org_id, id) ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE conversation_participants ADD CONSTRAINT conversation_participants_org_id_user_id_fkey FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE timeline_entries ADD CONSTRAINT timeline_entries_org_id_conversation_id_fkey FOREIGN KEY (org_id, conversation_id) REFERENCES conversations (org_id, id) ON DELETE RESTRICT ON UPDATE NO ACTION;

ALTER TABLE labels ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON labels TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON labels TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE conversation_labels ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON conversation_labels TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON conversation_labels TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE conversation_participants ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON conversation_participants TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON conversation_participants TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE timeline_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON timeline_entries TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON timeline_entries TO polydesk_system USING (true) WITH CHECK (true);
ALTER TABLE quick_replies ENABLE ROW LEVEL SECURITY;
CREATE POLICY organization ON quick_replies TO polydesk_app USING (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false)) WITH CHECK (coalesce(org_id = ANY (ARRAY[current_setting('app.org_id', true)]), false));
CREATE POLICY platform ON quick_replies TO polydesk_system USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON labels, conversation_labels, conversation_participants, timeline_entries, quick_replies
  TO polydesk_app, polydesk_system;

COMMIT;
