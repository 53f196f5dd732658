CREATE INDEX CONCURRENTLY conversations_org_id_customer_id_idx ON conversations (org_id, customer_id);
