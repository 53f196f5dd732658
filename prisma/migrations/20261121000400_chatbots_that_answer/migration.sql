BEGIN;
SET LOCAL lock_timeout = '5s';

-- `config`: what it answers by, in the shape of its type. `secret`: sealed as tokens are. Null: a name only, and people answer.
ALTER TABLE chatbots
  ADD COLUMN type text CONSTRAINT chatbots_type_check CHECK (type IN ('rules', 'webhook', 'model')),
  ADD COLUMN config jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN secret text,
  ADD COLUMN secret_key_id text,
  ADD COLUMN api_key_id uuid;

-- `bot_since`: since when the chatbot has this conversation; messages before it are none of its business.
ALTER TABLE conversations ADD COLUMN bot_since timestamptz(3), ADD COLUMN bot_answered_id uuid;

COMMIT;
