BEGIN;

-- NOT NULL for free: the validated check proves it. No default owner any more: a write that names no organization fails.
ALTER TABLE conversations ALTER COLUMN customer_id SET NOT NULL, DROP CONSTRAINT conversations_customer_id_check,
  ALTER COLUMN platform DROP DEFAULT, ALTER COLUMN org_id DROP DEFAULT;
ALTER TABLE messages     ALTER COLUMN org_id DROP DEFAULT;
ALTER TABLE users        ALTER COLUMN org_id DROP DEFAULT;
ALTER TABLE integrations ALTER COLUMN org_id DROP DEFAULT;
ALTER TABLE chatbots     ALTER COLUMN org_id DROP DEFAULT;

COMMIT;
