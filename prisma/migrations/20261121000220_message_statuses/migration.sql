ALTER TABLE messages VALIDATE CONSTRAINT messages_status_check;
