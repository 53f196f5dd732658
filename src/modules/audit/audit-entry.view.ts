import type { AuditEntryModel } from '../../platform/database/generated/prisma/models.js';
import { Shown, ShownId, ShownMap, ShownText, ShownTime } from '../../platform/http/view.js';

export class AuditActorView {
  @Shown({ enum: ['user', 'api_key', 'system'] }) type!: string;
  @ShownText() id!: string | null;
  @ShownText() name!: string | null;
  @ShownText() role!: string | null;
  @ShownText({ description: 'Where the actor is at home: differs from orgId for a super admin who switched' }) orgId!:
    string | null;
}

export class AuditEntryView {
  @ShownId() id!: string;
  @Shown() orgId!: string;
  @Shown({ type: AuditActorView }) actor!: AuditActorView;
  @Shown({ example: 'user.updated' }) action!: string;
  @Shown({ example: 'user' }) targetType!: string;
  @ShownText() targetId!: string | null;
  @ShownMap({ description: 'Per field { from, to }; secrets say only that they changed' }) changes!: unknown;
  @ShownText() ip!: string | null;
  @ShownText() userAgent!: string | null;
  @ShownText() requestId!: string | null;
  @ShownTime() createdAt!: string;
}

export function toAuditEntryView(entry: AuditEntryModel): AuditEntryView {
  const { id, orgId, action, targetType, targetId, changes, ip, userAgent, requestId } = entry;
  const actor = {
    type: entry.actorType,
    id: entry.actorId,
    name: entry.actorName,
    role: entry.actorRole,
    orgId: entry.actorOrgId,
  };
  return {
    id,
    orgId,
    actor,
    action,
    targetType,
    targetId,
    changes,
    ip,
    userAgent,
    requestId,
    createdAt: entry.createdAt.toISOString(),
  };
}
