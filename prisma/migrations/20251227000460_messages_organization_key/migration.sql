CREATE UNIQUE INDEX CONCURRENTLY messages_org_id_id_key ON messages (org_id, id);
