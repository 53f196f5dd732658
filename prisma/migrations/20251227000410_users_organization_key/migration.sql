CREATE UNIQUE INDEX CONCURRENTLY users_org_id_id_key ON users (org_id, id);
