import type { InvitationModel } from '../../platform/database/generated/prisma/models.js';
import { Shown, ShownId, ShownTime } from '../../platform/http/view.js';

export class InvitationView {
  @ShownId() id!: string;
  @Shown() email!: string;
  @Shown({ enum: ['admin', 'manager', 'agent'] }) role!: string;
  @Shown({ enum: ['pending', 'accepted', 'revoked', 'expired'] }) status!: string;
  @ShownId({ nullable: true }) invitedBy!: string | null;
  @ShownTime() expiresAt!: string;
  @ShownTime() createdAt!: string;
}

export class CreatedInvitationView extends InvitationView {
  @Shown({ description: 'Shown this once: POST /auth/register takes it as invitationToken' }) token!: string;
}

export function toInvitationView(invitation: InvitationModel): InvitationView {
  const { id, email, role, invitedBy } = invitation;
  const [expiresAt, createdAt] = [invitation.expiresAt.toISOString(), invitation.createdAt.toISOString()];
  return { id, email, role, status: statusOf(invitation), invitedBy, expiresAt, createdAt };
}

function statusOf({ acceptedAt, revokedAt, expiresAt }: InvitationModel): string {
  if (acceptedAt) return 'accepted';
  if (revokedAt) return 'revoked';
  return expiresAt <= new Date() ? 'expired' : 'pending';
}
