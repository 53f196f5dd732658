import { uuidv7 } from 'uuidv7';
import type { Move, MoveCounts } from './organization-move-plan.js';
import type { RowMover } from './row-mover.js';

const chosen = (kind: string) => `SELECT id FROM moving WHERE kind = '${kind}'`;

/** A page that goes later than its conversations finds them there. */
export async function relinkPages(rows: RowMover): Promise<void> {
  await rows.run(
    `UPDATE conversations c SET integration_id = i.id
     FROM integrations i JOIN moving m ON m.kind = 'integrations' AND m.id = i.id
     WHERE i.org_id = ${rows.to} AND c.org_id = ${rows.to} AND c.integration_id IS NULL
       AND c.platform = i.platform AND c.oa_id = i.oa_id`,
  );
}

/** Other names go to the customer's record over there, but for those that it, or somebody else there, has already. */
export async function moveNames(rows: RowMover): Promise<void> {
  await rows.run(
    `INSERT INTO customer_names (org_id, id, platform, external_id, customer_id)
     SELECT ${rows.to}, CASE WHEN m.stays THEN gen_random_uuid() ELSE n.id END, n.platform, n.external_id, m.target
     FROM customer_names n JOIN moving m ON m.kind = 'customers' AND m.id = n.customer_id WHERE n.org_id = ${rows.from}
     ON CONFLICT (org_id, platform, external_id) DO NOTHING`,
  );
  await rows.run(
    `DELETE FROM customer_names n USING moving m
     WHERE m.kind = 'customers' AND m.id = n.customer_id AND NOT m.stays AND n.org_id = ${rows.from}`,
  );
}

/** Nobody follows a conversation of another organization. */
export async function partParticipants(rows: RowMover): Promise<void> {
  await rows.run(
    `DELETE FROM conversation_participants WHERE org_id = ${rows.from}
       AND (conversation_id IN (${chosen('conversations')})) <> (user_id IN (${chosen('users')}))`,
  );
}

/** Who is away at a provider's, giving access to a page, has left the organization meanwhile that it was for. */
export async function endAuthorizations(rows: RowMover): Promise<void> {
  await rows.run(
    `DELETE FROM channel_authorizations WHERE org_id = ${rows.from} AND account_id IN (
       SELECT u.account_id FROM users u JOIN moving m ON m.kind = 'users' AND m.id = u.id WHERE u.org_id = ${rows.from})`,
  );
}

/** Keys that those who go have made, but for platform keys, and those that chatbots write with; and no invitation stays open. */
export async function moveKeys(rows: RowMover): Promise<void> {
  await rows.run(
    `INSERT INTO moving (kind, id, target) SELECT 'api_keys', k.id, k.id
     FROM api_keys k LEFT JOIN chatbots b ON b.org_id = ${rows.from} AND b.api_key_id = k.id WHERE k.org_id = ${rows.from}
       AND CASE WHEN b.id IS NULL THEN k.created_by IN (${chosen('users')}) ELSE b.id IN (${chosen('chatbots')}) END
       AND NOT EXISTS (SELECT FROM unnest(k.scopes) scope WHERE scope LIKE 'organizations:%')`,
  );
  await rows.copy('api_keys');
  await rows.reroute('api_key_routes', 'api_key_id', 'api_keys');
  await rows.remove('api_keys');
  await rows.run(
    `UPDATE invitations SET revoked_at = now() WHERE org_id = ${rows.from} AND accepted_at IS NULL
     AND revoked_at IS NULL AND invited_by IN (${chosen('users')})`,
  );
}

/** A key that stays without the chatbot that wrote with it is nobody's, and ends. */
export async function endKeysOfChatbots(rows: RowMover): Promise<void> {
  const left = `SELECT b.api_key_id FROM chatbots b JOIN api_keys k ON k.org_id = ${rows.from} AND k.id = b.api_key_id
    WHERE b.org_id = ${rows.to} AND b.id IN (${chosen('chatbots')})`;
  await rows.run(`DELETE FROM api_key_routes WHERE org_id = ${rows.from} AND api_key_id IN (${left})`);
  await rows.run(
    `UPDATE api_keys SET is_active = false, updated_at = now() WHERE org_id = ${rows.from} AND id IN (${left})`,
  );
  await rows.run(`UPDATE chatbots SET api_key_id = NULL WHERE org_id = ${rows.to} AND api_key_id IN (${left})`);
}

/**
 * What waits to be done for rows that went is done over there as well: the old jobs find nothing any more. Where no server has
 * ever started there is no queue.
 * Source: graphile-worker has no function that tells payloads.
 */
export async function moveJobs(rows: RowMover): Promise<void> {
  const isThere = `SELECT FROM pg_class WHERE oid = to_regclass('graphile_worker._private_jobs')`;
  if ((await rows.run(isThere)) === 0) return;
  await rows.run(`SELECT app.set_org(${rows.to})`);
  await rows.run(
    `WITH gone AS (SELECT id::text FROM moving WHERE NOT stays
       UNION ALL SELECT id::text FROM webhook_deliveries WHERE org_id = ${rows.to} AND status = 'pending'
       UNION ALL SELECT id::text FROM media_files WHERE org_id = ${rows.to} AND status = 'pending')
     SELECT app.add_job(t.identifier, j.payload::jsonb - 'orgId', substr(j.key, length(${rows.from}) + 2), j.run_at)
     FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id
     WHERE j.payload ->> 'orgId' = ${rows.from}
       AND EXISTS (SELECT FROM jsonb_path_query(j.payload::jsonb, 'strict $.**') said WHERE said #>> '{}' IN (SELECT id FROM gone))`,
  );
}

/** Written down on both sides. */
export async function recordMove(
  rows: RowMover,
  { from, to }: Move,
  action: string,
  counts: MoveCounts,
): Promise<void> {
  const changes = { organization: { from, to }, moved: { from: null, to: counts } };
  for (const orgId of [from, to])
    await rows.run(
      `INSERT INTO audit_entries (org_id, id, actor_type, actor_name, action, target_type, target_id, changes)
       VALUES ($1, $2, 'system', 'command line', $3, 'organization', $4, $5)`,
      [orgId, uuidv7(), action, to, changes],
    );
}
