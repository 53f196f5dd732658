BEGIN;

-- Keys begin with the organization from here on. Each swap takes its lock for a moment: the indexes are there already.
ALTER TABLE messages      DROP CONSTRAINT messages_conversation_id_fkey;
ALTER TABLE conversations DROP CONSTRAINT conversations_chatbot_id_fkey;
ALTER TABLE integrations  DROP CONSTRAINT integrations_chatbot_id_fkey;

ALTER TABLE users         DROP CONSTRAINT users_pkey,         ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_org_id_id_key;
ALTER TABLE conversations DROP CONSTRAINT conversations_pkey, ADD CONSTRAINT conversations_pkey PRIMARY KEY USING INDEX conversations_org_id_id_key;
ALTER TABLE messages      DROP CONSTRAINT messages_pkey,      ADD CONSTRAINT messages_pkey PRIMARY KEY USING INDEX messages_org_id_id_key;
ALTER TABLE chatbots      DROP CONSTRAINT chatbots_pkey,      ADD CONSTRAINT chatbots_pkey PRIMARY KEY (org_id, id);
ALTER TABLE integrations  DROP CONSTRAINT integrations_pkey,  ADD CONSTRAINT integrations_pkey PRIMARY KEY (org_id, id);

ALTER TABLE users DROP CONSTRAINT users_account_id_key, DROP CONSTRAINT users_email_key, DROP CONSTRAINT users_username_key,
  ALTER COLUMN username SET NOT NULL,
  ADD CONSTRAINT users_role_check CHECK (role IN ('super_admin', 'admin', 'manager', 'agent')),
  ADD CONSTRAINT users_super_admin_home_check CHECK (role <> 'super_admin' OR org_id = 'org_default_001');
CREATE UNIQUE INDEX users_org_id_account_id_key ON users (org_id, account_id);
CREATE UNIQUE INDEX users_org_id_email_key ON users (org_id, email);
CREATE UNIQUE INDEX users_org_id_username_key ON users (org_id, username);
CREATE INDEX users_org_id_created_at_id_idx ON users (org_id, created_at DESC, id DESC);
CREATE INDEX users_email_idx ON users (email);
CREATE INDEX users_username_idx ON users (username);

ALTER TABLE integrations DROP CONSTRAINT integrations_platform_oa_id_key,
  ADD CONSTRAINT integrations_platform_check CHECK (platform IN ('facebook', 'zalo', 'whatsapp', 'api'));
CREATE UNIQUE INDEX integrations_org_id_platform_oa_id_key ON integrations (org_id, platform, oa_id);
CREATE INDEX integrations_org_id_created_at_id_idx ON integrations (org_id, created_at DESC, id DESC);
CREATE INDEX chatbots_org_id_created_at_id_idx ON chatbots (org_id, created_at DESC, id DESC);

ALTER TABLE conversations DROP CONSTRAINT conversations_oa_id_customer_id_key,
  ADD CONSTRAINT conversations_customer_id_check CHECK (customer_id IS NOT NULL) NOT VALID,
  ADD CONSTRAINT conversations_status_check CHECK (status IN ('open', 'pending', 'snoozed', 'resolved')) NOT VALID;
ALTER TABLE messages
  ADD CONSTRAINT messages_sender_type_check CHECK (sender_type IN ('customer', 'user', 'chatbot', 'system')) NOT VALID,
  ADD CONSTRAINT messages_status_check CHECK (status IN ('queued', 'sent', 'delivered', 'read', 'failed')) NOT VALID;

DROP INDEX chatbots_account_id_idx;
DROP INDEX integrations_account_id_chatbot_id_platform_idx;
DROP INDEX conversations_account_id_updated_at_idx;
DROP INDEX messages_conversation_id_created_at_idx;

COMMIT;
