CREATE INDEX CONCURRENTLY conversations_org_id_last_activity_at_id_idx ON conversations (org_id, last_activity_at DESC, id DESC);
