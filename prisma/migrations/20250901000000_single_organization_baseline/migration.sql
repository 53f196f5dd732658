BEGIN;

-- The inbox before organizations: every row belongs to an account, staff to the account of their admin.
CREATE TABLE users (
  id                 uuid PRIMARY KEY,
  account_id         uuid NOT NULL CONSTRAINT users_account_id_key UNIQUE,
  email              text CONSTRAINT users_email_key UNIQUE,
  username           text CONSTRAINT users_username_key UNIQUE,
  password_hash      text NOT NULL,
  name               text,
  phone              text,
  role               text NOT NULL CONSTRAINT users_role_check CHECK (role IN ('admin', 'staff')),
  parent_account_id  uuid,
  created_by         uuid,
  verification_token text,
  is_active          boolean NOT NULL DEFAULT true,
  created_at         timestamptz(3) NOT NULL DEFAULT now(),
  updated_at         timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE chatbots (
  id          uuid PRIMARY KEY,
  account_id  uuid,
  name        text NOT NULL,
  description text,
  is_active   boolean NOT NULL DEFAULT true,
  settings    jsonb NOT NULL DEFAULT '{}',
  created_at  timestamptz(3) NOT NULL DEFAULT now(),
  updated_at  timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX chatbots_account_id_idx ON chatbots (account_id);

CREATE TABLE integrations (
  id            uuid PRIMARY KEY,
  account_id    uuid,
  platform      text NOT NULL,
  oa_id         text NOT NULL,
  name          text,
  oa_name       text,
  avatar_url    text,
  access_token  text,
  refresh_token text,
  expires_at    timestamptz(3),
  meta          jsonb NOT NULL DEFAULT '{}',
  is_active     boolean NOT NULL DEFAULT true,
  chatbot_id    uuid CONSTRAINT integrations_chatbot_id_fkey REFERENCES chatbots (id),
  connected_at  timestamptz(3) NOT NULL DEFAULT now(),
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  updated_at    timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT integrations_platform_oa_id_key UNIQUE (platform, oa_id)
);
CREATE INDEX integrations_account_id_chatbot_id_platform_idx ON integrations (account_id, chatbot_id, platform);

-- customer_id names the platform and the person there, as in 'facebook:123'.
CREATE TABLE conversations (
  id                      uuid PRIMARY KEY,
  oa_id                   text NOT NULL,
  customer_id             text NOT NULL,
  account_id              uuid,
  chatbot_id              uuid CONSTRAINT conversations_chatbot_id_fkey REFERENCES chatbots (id),
  chatbot_info            jsonb NOT NULL DEFAULT '{}',
  customer_info           jsonb NOT NULL DEFAULT '{}',
  nick_name               text,
  last_message_text       text,
  last_message_direction  text,
  last_message_created_at timestamptz(3),
  unread_count            integer NOT NULL DEFAULT 0,
  created_at              timestamptz(3) NOT NULL DEFAULT now(),
  updated_at              timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT conversations_oa_id_customer_id_key UNIQUE (oa_id, customer_id)
);
CREATE INDEX conversations_account_id_updated_at_idx ON conversations (account_id, updated_at DESC);

CREATE TABLE messages (
  id              uuid PRIMARY KEY,
  conversation_id uuid NOT NULL CONSTRAINT messages_conversation_id_fkey REFERENCES conversations (id),
  account_id      uuid,
  platform        text NOT NULL,
  oa_id           text NOT NULL,
  sender_id       text NOT NULL,
  direction       text NOT NULL CONSTRAINT messages_direction_check CHECK (direction IN ('in', 'out')),
  text            text,
  metadata        jsonb NOT NULL DEFAULT '{}',
  sender_profile  jsonb NOT NULL DEFAULT '{}',
  is_read         boolean NOT NULL DEFAULT false,
  created_at      timestamptz(3) NOT NULL DEFAULT now(),
  updated_at      timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX messages_conversation_id_created_at_idx ON messages (conversation_id, created_at DESC);

COMMIT;
