-- Users: staff are agents; whoever had no username signs in by e-mail or account.
ALTER TABLE users DROP CONSTRAINT users_role_check;
UPDATE users SET role = 'agent' WHERE role = 'staff';
UPDATE users u SET email = lower(email)
 WHERE email <> lower(email) AND NOT EXISTS (SELECT FROM users o WHERE o.id <> u.id AND lower(o.email) = lower(u.email));
UPDATE users u SET username = email
 WHERE username IS NULL AND email IS NOT NULL AND NOT EXISTS (SELECT FROM users o WHERE o.username = u.email);
UPDATE users SET username = account_id::text WHERE username IS NULL;

-- Conversations: 'facebook:123' becomes a customer of its own; a key without a platform takes its page's.
ALTER TABLE conversations RENAME COLUMN customer_id TO customer_key;
ALTER TABLE conversations ALTER COLUMN customer_key DROP NOT NULL, ADD COLUMN customer_id uuid;

UPDATE conversations c SET
  platform = coalesce(
    substring(c.customer_key FROM '^(facebook|zalo|whatsapp|api):'),
    (SELECT i.platform FROM integrations i WHERE i.oa_id = c.oa_id ORDER BY i.created_at LIMIT 1),
    'facebook'),
  last_activity_at = coalesce(c.last_message_created_at, c.created_at);

-- The newest conversation of a person knows best what they are called.
INSERT INTO customers (org_id, id, platform, external_id, display_name, nick_name, avatar_url, created_at, updated_at)
SELECT DISTINCT ON (c.org_id, c.platform, k.external_id)
  c.org_id, gen_random_uuid(), c.platform, k.external_id,
  coalesce(c.customer_info ->> 'name', c.customer_info ->> 'display_name'), c.nick_name,
  coalesce(c.customer_info ->> 'avatar', c.customer_info ->> 'avatar_url'), c.created_at, c.updated_at
FROM conversations c
CROSS JOIN LATERAL (SELECT regexp_replace(c.customer_key, '^(facebook|zalo|whatsapp|api):', '') AS external_id) k
ORDER BY c.org_id, c.platform, k.external_id, c.updated_at DESC, c.id;

UPDATE conversations c SET customer_id = p.id
FROM customers p
WHERE p.org_id = c.org_id AND p.platform = c.platform
  AND p.external_id = regexp_replace(c.customer_key, '^(facebook|zalo|whatsapp|api):', '');

UPDATE conversations c SET integration_id = i.id
FROM integrations i
WHERE i.org_id = c.org_id AND i.platform = c.platform AND i.oa_id = c.oa_id;

ALTER TABLE conversations DROP COLUMN nick_name;

-- Messages: what the page sent was sent; what customers sent arrived.
UPDATE messages SET status = 'sent', sender_type = 'user' WHERE direction = 'out';
