import { Injectable } from '@nestjs/common';
import type { Conversation, Customer } from '../../src/platform/database/generated/prisma/client.js';
import { toPage } from './page.js';
import { PrismaService } from './prisma.service.js';

const CUSTOMER_SHOWN = { select: { id: true, externalId: true, displayName: true, nickName: true, avatarUrl: true } };

@Injectable()
export class ConversationsService {
  constructor(private readonly prisma: PrismaService) {}

  async list(orgId: string, limit: number) {
    const rows = await this.prisma.forOrganization(orgId).conversation.findMany({
      where: { orgId },
      include: { customer: CUSTOMER_SHOWN },
      orderBy: [{ lastActivityAt: 'desc' }, { id: 'desc' }],
      take: limit + 1,
    });
    return toPage(rows, limit, ({ lastActivityAt }) => lastActivityAt, toView);
  }
}

type CustomerShown = Pick<Customer, 'id' | 'externalId' | 'displayName' | 'nickName' | 'avatarUrl'>;

function toView(row: Conversation & { customer: CustomerShown }) {
  const { lastMessageText: text, lastMessageDirection: direction, lastMessageCreatedAt: createdAt } = row;
  return {
    id: row.id,
    orgId: row.orgId,
    platform: row.platform,
    oaId: row.oaId,
    integrationId: row.integrationId,
    chatbotId: row.chatbotId,
    customer: row.customer,
    accountId: row.accountId,
    assigneeId: row.assigneeId,
    status: row.status,
    unreadCount: row.unreadCount,
    lastMessage: createdAt && { text, direction, createdAt },
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
