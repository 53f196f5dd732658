CREATE INDEX CONCURRENTLY messages_queued_idx ON messages (org_id, conversation_id, created_at, id) WHERE status = 'queued';
