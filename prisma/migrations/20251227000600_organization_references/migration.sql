BEGIN;

-- A row can only point at rows of its own organization, whoever wrote it. Checked for old rows in the next migration.
ALTER TABLE users         ADD CONSTRAINT users_org_id_fkey         FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION NOT VALID;
ALTER TABLE chatbots      ADD CONSTRAINT chatbots_org_id_fkey      FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION NOT VALID;
ALTER TABLE integrations  ADD CONSTRAINT integrations_org_id_fkey  FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION NOT VALID;
ALTER TABLE customers     ADD CONSTRAINT customers_org_id_fkey     FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION NOT VALID;
ALTER TABLE conversations ADD CONSTRAINT conversations_org_id_fkey FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION NOT VALID;
ALTER TABLE messages      ADD CONSTRAINT messages_org_id_fkey      FOREIGN KEY (org_id) REFERENCES organizations (id) ON DELETE RESTRICT ON UPDATE NO ACTION NOT VALID;

ALTER TABLE integrations  ADD CONSTRAINT integrations_org_id_chatbot_id_fkey      FOREIGN KEY (org_id, chatbot_id)      REFERENCES chatbots (org_id, id)      ON DELETE NO ACTION ON UPDATE NO ACTION NOT VALID;
ALTER TABLE conversations ADD CONSTRAINT conversations_org_id_customer_id_fkey    FOREIGN KEY (org_id, customer_id)     REFERENCES customers (org_id, id)     ON DELETE RESTRICT ON UPDATE NO ACTION NOT VALID;
ALTER TABLE conversations ADD CONSTRAINT conversations_org_id_integration_id_fkey FOREIGN KEY (org_id, integration_id)  REFERENCES integrations (org_id, id)  ON DELETE NO ACTION ON UPDATE NO ACTION NOT VALID;
ALTER TABLE conversations ADD CONSTRAINT conversations_org_id_chatbot_id_fkey     FOREIGN KEY (org_id, chatbot_id)      REFERENCES chatbots (org_id, id)      ON DELETE NO ACTION ON UPDATE NO ACTION NOT VALID;
ALTER TABLE conversations ADD CONSTRAINT conversations_org_id_assignee_id_fkey    FOREIGN KEY (org_id, assignee_id)     REFERENCES users (org_id, id)         ON DELETE NO ACTION ON UPDATE NO ACTION NOT VALID;
ALTER TABLE messages      ADD CONSTRAINT messages_org_id_conversation_id_fkey     FOREIGN KEY (org_id, conversation_id) REFERENCES conversations (org_id, id) ON DELETE RESTRICT ON UPDATE NO ACTION NOT VALID;

COMMIT;
