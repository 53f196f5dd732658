BEGIN;

-- Reading through old rows under a lock that lets everybody else read and write.
ALTER TABLE conversations VALIDATE CONSTRAINT conversations_customer_id_check;
ALTER TABLE conversations VALIDATE CONSTRAINT conversations_status_check;
ALTER TABLE messages VALIDATE CONSTRAINT messages_sender_type_check;
ALTER TABLE messages VALIDATE CONSTRAINT messages_status_check;
ALTER TABLE users VALIDATE CONSTRAINT users_org_id_fkey;
ALTER TABLE chatbots VALIDATE CONSTRAINT chatbots_org_id_fkey;
ALTER TABLE integrations VALIDATE CONSTRAINT integrations_org_id_fkey;
ALTER TABLE customers VALIDATE CONSTRAINT customers_org_id_fkey;
ALTER TABLE conversations VALIDATE CONSTRAINT conversations_org_id_fkey;
ALTER TABLE messages VALIDATE CONSTRAINT messages_org_id_fkey;
ALTER TABLE integrations VALIDATE CONSTRAINT integrations_org_id_chatbot_id_fkey;
ALTER TABLE conversations VALIDATE CONSTRAINT conversations_org_id_customer_id_fkey;
ALTER TABLE conversations VALIDATE CONSTRAINT conversations_org_id_integration_id_fkey;
ALTER TABLE conversations VALIDATE CONSTRAINT conversations_org_id_chatbot_id_fkey;
ALTER TABLE conversations VALIDATE CONSTRAINT conversations_org_id_assignee_id_fkey;
ALTER TABLE messages VALIDATE CONSTRAINT messages_org_id_conversation_id_fkey;

COMMIT;
