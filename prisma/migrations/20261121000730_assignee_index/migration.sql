CREATE INDEX CONCURRENTLY conversations_assignee_idx ON conversations (org_id, assignee_id, status) WHERE assignee_id IS NOT NULL;
