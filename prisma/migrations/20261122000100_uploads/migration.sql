BEGIN;
SET LOCAL lock_timeout = '5s';

-- What somebody here uploads belongs to no message before it is sent with one. Nothing is read or rewritten for that.
ALTER TABLE media_files ALTER COLUMN message_id DROP NOT NULL;

COMMIT;
