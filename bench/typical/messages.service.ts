import { Injectable, NotFoundException } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import type { Message } from '../../src/platform/database/generated/prisma/client.js';
import type { CurrentUser } from './jwt.strategy.js';
import { toPage } from './page.js';
import { PrismaService } from './prisma.service.js';
import type { SendMessage } from './typical.dto.js';

interface Origin {
  ip: string | undefined;
  userAgent: string | undefined;
}

@Injectable()
export class MessagesService {
  constructor(private readonly prisma: PrismaService) {}

  async list(orgId: string, conversationId: string, limit: number) {
    const rows = await this.prisma.forOrganization(orgId).message.findMany({
      where: { orgId, conversationId },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit + 1,
    });
    if (rows.length === 0) throw new NotFoundException();
    return toPage(rows, limit, ({ createdAt }) => createdAt, toView);
  }

  async send({ orgId, ...user }: CurrentUser, conversationId: string, input: SendMessage, origin: Origin) {
    const prisma = this.prisma.forOrganization(orgId);
    const conversation = await prisma.conversation.findFirst({ where: { orgId, id: conversationId } });
    if (!conversation) throw new NotFoundException();
    const { id, platform, oaId, status } = conversation;
    const { text, clientMessageId } = input;
    const message = await prisma.message.create({
      data: {
        ...{ orgId, id: uuidv7(), conversationId: id, platform, oaId, direction: 'out', status: 'queued' },
        ...{ senderId: user.userId, senderType: 'user', text, clientMessageId, accountId: user.accountId },
      },
    });
    await prisma.conversation.update({
      where: { orgId_id: { orgId, id } },
      data: {
        status: status === 'pending' ? 'open' : status,
        lastMessageId: message.id,
        lastMessageText: text,
        lastMessageDirection: 'out',
        lastMessageCreatedAt: message.createdAt,
        lastActivityAt: message.createdAt,
      },
    });
    await prisma.auditEntry.create({
      data: {
        ...{
          orgId,
          id: uuidv7(),
          actorType: 'user',
          actorId: user.userId,
          actorName: user.username,
          actorRole: user.role,
        },
        ...{ actorOrgId: orgId, action: 'message.created', targetType: 'message', targetId: message.id },
        changes: { conversationId: { from: null, to: id }, attachments: { from: null, to: 0 } },
        ...origin,
      },
    });
    await this.prisma.addJob('deliver', { conversationId: id, orgId }, `${orgId} deliver ${id}`);
    return { ok: true, data: toView(message) };
  }
}

function toView(row: Message) {
  return {
    id: row.id,
    conversationId: row.conversationId,
    platform: row.platform,
    oaId: row.oaId,
    direction: row.direction,
    senderId: row.senderId,
    senderType: row.senderType,
    text: row.text,
    attachments: row.attachments,
    status: row.status,
    ...(row.errorCode !== null && { error: { code: row.errorCode, message: row.errorMessage } }),
    isRead: row.isRead,
    providerMessageId: row.providerMessageId,
    accountId: row.accountId,
    metadata: row.metadata,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
