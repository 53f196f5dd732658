BEGIN;

-- Users: staff are agents; whoever had no username signs in by e-mail or account.
ALTER TABLE users DROP CONSTRAINT users_role_check;
UPDATE users SET role = 'agent' WHERE role = 'staff';
UPDATE users u SET email = lower(email)
 WHERE email <> lower(email) AND NOT EXISTS (SELECT FROM users o WHERE o.id <> u.id AND lower(o.email) = lower(u.email));
UPDATE users u SET username = email
 WHERE username IS NULL AND email <> '' AND NOT EXISTS (SELECT FROM users o WHERE o.username = u.email);
UPDATE users SET username = account_id::text WHERE username IS NULL;

-- Conversations: 'facebook:123' becomes a customer of its own; a key without a platform takes its page's.
ALTER TABLE conversations RENAME COLUMN customer_id TO customer_key;
ALTER TABLE conversations ALTER COLUMN customer_key DROP NOT NULL, ADD COLUMN customer_id uuid;

-- One page may know a person as 'facebook:123' and as '123'. The conversation that was active last stays theirs; the other
-- is kept under a customer of its own, '123#<conversation>', since a person has one conversation with a page.
CREATE TEMPORARY TABLE placed ON COMMIT DROP AS
SELECT c.id, k.platform, i.id AS integration_id, k.active_at,
  k.external_id || CASE row_number() OVER (PARTITION BY k.platform, c.oa_id, k.external_id ORDER BY k.active_at DESC, c.id)
    WHEN 1 THEN '' ELSE '#' || c.id END AS external_id
FROM conversations c
CROSS JOIN LATERAL (SELECT
  coalesce(
    substring(c.customer_key FROM '^(facebook|zalo|whatsapp|api):'),
    (SELECT i.platform FROM integrations i WHERE i.oa_id = c.oa_id ORDER BY i.created_at, i.id LIMIT 1),
    'facebook') AS platform,
  regexp_replace(c.customer_key, '^(facebook|zalo|whatsapp|api):', '') AS external_id,
  coalesce(c.last_message_created_at, c.created_at) AS active_at) k
LEFT JOIN integrations i ON i.platform = k.platform AND i.oa_id = c.oa_id;
ANALYZE placed;

-- The newest conversation of a person knows best what they are called.
INSERT INTO customers (org_id, id, platform, external_id, display_name, nick_name, avatar_url, created_at, updated_at)
SELECT c.org_id, gen_random_uuid(), p.platform, p.external_id,
  (array_remove(array_agg(coalesce(c.customer_info ->> 'name', c.customer_info ->> 'display_name') ORDER BY c.updated_at DESC, c.id), NULL))[1],
  (array_remove(array_agg(c.nick_name ORDER BY c.updated_at DESC, c.id), NULL))[1],
  (array_remove(array_agg(coalesce(c.customer_info ->> 'avatar', c.customer_info ->> 'avatar_url') ORDER BY c.updated_at DESC, c.id), NULL))[1],
  min(c.created_at), max(c.updated_at)
FROM conversations c JOIN placed p ON p.id = c.id
GROUP BY c.org_id, p.platform, p.external_id;
ANALYZE customers;

-- A nick name that only one of a person's conversations has stays readable there, in customer_info.
UPDATE conversations c SET
  platform = p.platform, customer_id = u.id, integration_id = p.integration_id, last_activity_at = p.active_at,
  customer_info = CASE WHEN c.nick_name <> u.nick_name
    THEN c.customer_info || jsonb_build_object('nick_name', c.nick_name) ELSE c.customer_info END
FROM placed p JOIN customers u ON u.platform = p.platform AND u.external_id = p.external_id
WHERE p.id = c.id AND u.org_id = c.org_id;

ALTER TABLE conversations DROP COLUMN nick_name;

COMMIT;
