import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { receivedIn } from '../messenger-body.js';
import type { Received } from '../messenger-body.js';
import { PrismaService } from './prisma.service.js';

const platform = 'facebook';

@Injectable()
export class WebhooksService {
  constructor(private readonly prisma: PrismaService) {}

  async receive(body: unknown): Promise<void> {
    for (const message of receivedIn(body)) {
      const where = { platform, externalId: message.page };
      const route = await this.prisma.system.channelRoute.findFirst({ where });
      if (route) await this.receiveOne(route.orgId, route.integrationId, message);
    }
  }

  private async receiveOne(orgId: string, integrationId: string, { page: oaId, customer, at, mid, text }: Received) {
    const prisma = this.prisma.forOrganization(orgId);
    const { id: customerId } = await prisma.customer.upsert({
      where: { orgId_platform_externalId: { orgId, platform, externalId: customer } },
      create: { orgId, id: uuidv7(), platform, externalId: customer },
      update: {},
    });
    const { id: conversationId, status } = await prisma.conversation.upsert({
      where: { orgId_platform_oaId_customerId: { orgId, platform, oaId, customerId } },
      create: { orgId, id: uuidv7(), platform, oaId, customerId, integrationId, lastActivityAt: at },
      update: {},
    });
    const known = await prisma.message.findFirst({ where: { orgId, platform, oaId, providerMessageId: mid } });
    if (known) return;
    const message = await prisma.message.create({
      data: {
        ...{ orgId, id: uuidv7(), conversationId, platform, oaId, direction: 'in', senderId: customer },
        ...{ senderType: 'customer', text, providerMessageId: mid, createdAt: at },
      },
    });
    await prisma.conversation.update({
      where: { orgId_id: { orgId, id: conversationId } },
      data: {
        unreadCount: { increment: 1 },
        lastInboundAt: at,
        status: status === 'resolved' || status === 'snoozed' ? 'open' : status,
        integrationId,
        lastMessageId: message.id,
        lastMessageText: text,
        lastMessageDirection: 'in',
        lastMessageCreatedAt: at,
        lastActivityAt: at,
      },
    });
  }
}
