/** The bare server's SQL, each prepared once per connection. */

const MESSAGE_COLUMNS = `id, conversation_id, platform, oa_id, direction, sender_id, sender_type, text, attachments, status,
  error_code, error_message, is_read, provider_message_id, account_id, metadata, created_at, updated_at`;

/** $1 organization, $2 rows. */
export const CONVERSATIONS = `
  SELECT c.id, c.org_id, c.platform, c.oa_id, c.integration_id, c.chatbot_id, c.customer_id, p.external_id, p.display_name,
    p.nick_name, p.avatar_url, c.account_id, c.assignee_id, c.status, c.unread_count, c.last_message_text,
    c.last_message_direction, c.last_message_created_at, c.last_activity_at, c.created_at, c.updated_at
  FROM conversations c
  JOIN LATERAL (SELECT * FROM customers WHERE org_id = $1 AND customers.id = c.customer_id LIMIT 1) p ON true
  WHERE c.org_id = $1
  ORDER BY c.last_activity_at DESC, c.id DESC
  LIMIT $2`;

/** $1 organization, $2 conversation, $3 rows. */
export const MESSAGES = `
  SELECT ${MESSAGE_COLUMNS} FROM messages
  WHERE org_id = $1 AND conversation_id = $2
  ORDER BY created_at DESC, id DESC
  LIMIT $3`;

const asLastMessage = (id: string, direction: string, text: string, at: string) =>
  `
  last_message_id = CASE WHEN newest THEN ${id} ELSE c.last_message_id END,
  last_message_text = CASE WHEN newest THEN ${text} ELSE c.last_message_text END,
  last_message_direction = CASE WHEN newest THEN '${direction}' ELSE c.last_message_direction END,
  last_message_created_at = greatest(c.last_message_created_at, ${at}),
  last_activity_at = greatest(c.last_activity_at, ${at})`.replaceAll(
    'newest',
    `coalesce((c.last_message_created_at, c.last_message_id) < (${at}, ${id}), true)`,
  );

/** $1 organization, $2 conversation, $3 id, $4 sender, $5 text, $6 client's id, $7 now; audit: $8 id, $9 name, $10 ip, $11 agent, $12 request;
 * $13 sender's account. */
export const SEND = `
  WITH conversation AS (
    SELECT id, platform, oa_id FROM conversations WHERE org_id = $1 AND id = $2 FOR NO KEY UPDATE
  ), message AS (
    INSERT INTO messages (org_id, id, conversation_id, platform, oa_id, direction, sender_id, sender_type, text, status,
      client_message_id, account_id, created_at, updated_at)
    SELECT $1, $3, id, platform, oa_id, 'out', $4, 'user', $5, 'queued', $6, $13, $7, $7 FROM conversation
    ON CONFLICT (org_id, conversation_id, client_message_id) DO NOTHING
    RETURNING ${MESSAGE_COLUMNS}
  ), touched AS (
    UPDATE conversations c SET
      status = CASE c.status WHEN 'pending' THEN 'open' ELSE c.status END, updated_at = $7,
      ${asLastMessage('$3::uuid', 'out', '$5', '$7::timestamptz')}
    FROM message WHERE c.org_id = $1 AND c.id = message.conversation_id
  ), audited AS (
    INSERT INTO audit_entries (org_id, id, actor_type, actor_id, actor_name, actor_role, actor_org_id, action, target_type,
      target_id, changes, ip, user_agent, request_id, created_at)
    SELECT $1, $8, 'user', $4, $9, 'agent', $1, 'message.created', 'message', id,
      jsonb_build_object('conversationId', jsonb_build_object('from', null, 'to', conversation_id),
        'attachments', jsonb_build_object('from', null, 'to', 0)), $10, $11, $12, $7
    FROM message
  )
  SELECT message.* FROM message, graphile_worker.add_job('deliver',
    json_build_object('conversationId', message.conversation_id, 'orgId', $1::text), run_at => now(),
    job_key => $1 || ' deliver ' || message.conversation_id) job`;

/** $1 page, $2 customer there, $3 id, $4 text, $5 provider's id, $6 when, $7 now. No row where there is no conversation yet. */
export const RECEIVE = `
  WITH route AS (
    SELECT org_id, integration_id FROM channel_routes WHERE platform = 'facebook' AND external_id = $1
  ), conversation AS (
    SELECT c.org_id, c.id FROM conversations c
    WHERE c.org_id = (SELECT org_id FROM route) AND c.platform = 'facebook' AND c.oa_id = $1 AND c.customer_id = (
      SELECT p.id FROM customers p
      WHERE p.org_id = (SELECT org_id FROM route) AND p.platform = 'facebook' AND p.external_id = $2
    )
    FOR NO KEY UPDATE OF c
  ), message AS (
    INSERT INTO messages (org_id, id, conversation_id, platform, oa_id, direction, sender_id, sender_type, text, status,
      provider_message_id, created_at, updated_at)
    SELECT org_id, $3, id, 'facebook', $1, 'in', $2, 'customer', $4, 'delivered', $5, $6, $7 FROM conversation
    ON CONFLICT (org_id, platform, oa_id, provider_message_id) DO NOTHING
    RETURNING org_id, id, conversation_id
  ), touched AS (
    UPDATE conversations c SET
      unread_count = c.unread_count + 1,
      status = CASE WHEN c.status IN ('resolved', 'snoozed') THEN 'open' ELSE c.status END,
      last_inbound_at = greatest(c.last_inbound_at, $6::timestamptz),
      integration_id = (SELECT integration_id FROM route), updated_at = $7,
      ${asLastMessage('$3::uuid', 'in', '$4', '$6::timestamptz')}
    FROM message WHERE c.org_id = message.org_id AND c.id = message.conversation_id
  )
  SELECT id FROM conversation`;

/** $1 page, $2 customer there, $3 customer's id, $4 conversation's id, $5 when, $6 now. */
export const OPEN = `
  WITH route AS (
    SELECT org_id, integration_id FROM channel_routes WHERE platform = 'facebook' AND external_id = $1
  ), customer AS (
    INSERT INTO customers (org_id, id, platform, external_id, created_at, updated_at)
    SELECT org_id, $3, 'facebook', $2, $6, $6 FROM route
    ON CONFLICT (org_id, platform, external_id) DO UPDATE SET updated_at = customers.updated_at
    RETURNING org_id, id
  )
  INSERT INTO conversations (org_id, id, platform, oa_id, customer_id, integration_id, last_activity_at, created_at, updated_at)
  SELECT customer.org_id, $4, 'facebook', $1, customer.id, route.integration_id, $5, $6, $6 FROM customer, route
  ON CONFLICT (org_id, platform, oa_id, customer_id) DO NOTHING`;
