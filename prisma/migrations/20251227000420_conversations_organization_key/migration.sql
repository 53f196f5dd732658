CREATE UNIQUE INDEX CONCURRENTLY conversations_org_id_id_key ON conversations (org_id, id);
