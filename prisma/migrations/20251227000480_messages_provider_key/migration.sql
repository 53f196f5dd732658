CREATE UNIQUE INDEX CONCURRENTLY messages_org_id_platform_oa_id_provider_message_id_key ON messages (org_id, platform, oa_id, provider_message_id);
