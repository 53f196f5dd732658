CREATE INDEX CONCURRENTLY messages_org_id_conversation_id_created_at_id_idx ON messages (org_id, conversation_id, created_at DESC, id DESC);
