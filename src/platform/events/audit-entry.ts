import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { uuidv7 } from 'uuidv7';
import { OrgContext } from '../context/org-context.js';
import type { Places } from '../database/prepared-statement.js';
import type { DomainEvent } from './domain-event.js';

/** Who did what, as whom and from where: an event as the audit log keeps it. The time is Postgres's. */
export type AuditEntry = ReturnType<typeof auditEntryOf>;

export function auditEntryOf({ name: action, target, changes }: DomainEvent) {
  const said = JSON.stringify(changes);
  return { entryId: uuidv7(), action, targetType: target.type, targetId: target.id, said, ...who(), ...where() };
}

/** Writes an entry for each row of `source`: a common table expression that has a row where the change took place. */
export function insertAuditEntry(orgId: RawBuilder<string>, entry: Places<AuditEntry>, source: string) {
  return sql`INSERT INTO audit_entries (
      org_id, id, action, target_type, target_id, changes, actor_type, actor_id, actor_name, actor_role, actor_org_id,
      ip, user_agent, request_id
    )
    SELECT ${orgId}::text, ${entry.entryId}::uuid, ${entry.action}::text, ${entry.targetType}::text, ${entry.targetId}::text,
      ${entry.said}::jsonb, ${entry.actorType}::text, ${entry.actorId}::text, ${entry.actorName}::text,
      ${entry.actorRole}::text, ${entry.actorOrgId}::text, ${entry.ip}::text, ${entry.userAgent}::text,
      ${entry.requestId}::text
    FROM ${sql.ref(source)}`;
}

function who() {
  const { type: actorType, id: actorId, name: actorName, role: actorRole, orgId: actorOrgId } = OrgContext.actor;
  return { actorType, actorId, actorName, actorRole, actorOrgId };
}

function where() {
  const { ip = null, userAgent = null, requestId = null } = OrgContext.current?.origin ?? {};
  return { ip, userAgent: userAgent?.slice(0, 512) ?? null, requestId };
}
