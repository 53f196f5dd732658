CREATE UNIQUE INDEX CONCURRENTLY messages_org_id_conversation_id_client_message_id_key ON messages (org_id, conversation_id, client_message_id);
