CREATE UNIQUE INDEX CONCURRENTLY conversations_org_id_platform_oa_id_customer_id_key ON conversations (org_id, platform, oa_id, customer_id);
