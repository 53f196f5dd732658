BEGIN;
SET LOCAL lock_timeout = '5s';

-- What a chatbot's model has used on the last day that it answered (UTC).
ALTER TABLE chatbots ADD COLUMN tokens_spent integer NOT NULL DEFAULT 0, ADD COLUMN tokens_day date;

-- Until then one process is asking the conversation's chatbot, and nobody else does.
ALTER TABLE conversations ADD COLUMN bot_busy_until timestamptz(3);

COMMIT;
