import type { OrganizationModel } from '../../platform/database/generated/prisma/models.js';
import { Shown, ShownMap, ShownText, ShownTime } from '../../platform/http/view.js';

export class OrganizationView {
  @Shown({ example: 'org_default_001' }) id!: string;
  @Shown({ example: 'acme-corp' }) name!: string;
  @ShownText() displayName!: string | null;
  @ShownText() email!: string | null;
  @ShownText() phone!: string | null;
  @Shown() isActive!: boolean;
  @Shown({ enum: ['free', 'standard', 'enterprise'] }) tier!: string;
  @ShownText() mondayWorkspaceId!: string | null;
  @ShownText() stripeCustomerId!: string | null;
  @ShownText() subscriptionStatus!: string | null;
  @ShownTime({ nullable: true }) trialEndsAt!: string | null;
  @ShownMap({ additionalProperties: { type: 'boolean' } }) features!: unknown;
  @ShownMap() settings!: unknown;
  @ShownText() createdBy!: string | null;
  @ShownTime() createdAt!: string;
  @ShownTime() updatedAt!: string;
}

export class OrganizationCounts {
  @Shown({ type: 'integer' }) totalUsers!: number;
  @Shown({ type: 'integer' }) totalIntegrations!: number;
  @Shown({ type: 'integer' }) totalChatbots!: number;
  @Shown({ type: 'integer' }) totalCustomers!: number;
  @Shown({ type: 'integer' }) totalConversations!: number;
  @Shown({ type: 'integer' }) totalMessages!: number;
}

export class OrganizationStatsView {
  @Shown({ type: OrganizationView }) organization!: OrganizationView;
  @Shown({ type: OrganizationCounts }) stats!: OrganizationCounts;
}

export class ErasedOrganizationView {
  @Shown() id!: string;
  @ShownMap({ description: 'Rows removed, by table', additionalProperties: { type: 'integer' } }) removed!: Record<
    string,
    number
  >;
}

export function toOrganizationView({ trialEndsAt, createdAt, updatedAt, ...row }: OrganizationModel): OrganizationView {
  return {
    ...row,
    trialEndsAt: trialEndsAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
