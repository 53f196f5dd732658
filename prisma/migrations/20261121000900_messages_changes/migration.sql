CREATE INDEX CONCURRENTLY messages_org_id_updated_at_id_idx ON messages (org_id, updated_at, id);
