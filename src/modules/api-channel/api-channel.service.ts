import { Injectable } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { messageReceived, receiptCame } from '../../channels/api/api.events.js';
import type { InboundMessage, Receipt } from '../../channels/api/api.events.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { assertNotChatbot } from '../conversations/chatbot-turn.js';
import type { ConnectedPage } from '../conversations/connected-page.js';
import { IntegrationsService } from '../integrations/integrations.service.js';
import { InboxService } from '../messages/inbox.service.js';
import type { InboxEvent } from '../messages/inbox.service.js';
import type { MessageView } from '../messages/message.view.js';
import { MessagesService } from '../messages/messages.service.js';
import { PageMovedError } from '../messages/page-moved.error.js';
import type { ReceiveMessage, ReportReceipt } from './api-channel.dto.js';
import { ApiMessagesRepository } from './api-messages.repository.js';
import type { MessageName } from './api-messages.repository.js';

/** What partners tell us of the channels that they are themselves. */
@Injectable()
export class ApiChannelService {
  constructor(
    private readonly integrations: IntegrationsService,
    private readonly inbox: InboxService,
    private readonly messages: MessagesService,
    private readonly apiMessages: ApiMessagesRepository,
  ) {}

  /** The same `messageId` twice is one message, and the same answer. */
  async receive(integrationId: string, input: ReceiveMessage): Promise<MessageView> {
    const page = await this.page(integrationId);
    await this.take(page, messageReceived(page.oaId, inboundOf(input), new Date()));
    return this.messages.get(found(await this.apiMessages.findReceived(page.oaId, input.messageId)));
  }

  /** What comes twice, or too late to be true, changes nothing. */
  async report(integrationId: string, input: ReportReceipt): Promise<MessageView> {
    const page = await this.page(integrationId);
    const { id, ...sent } = found(await this.apiMessages.findSent(page.oaId, nameOf(input)));
    const receipt: Receipt = {
      ...{ status: input.status, customerExternalId: sent.customerExternalId },
      // A partner may be quicker to report than we are to note that it has the message: then ours is its name.
      providerMessageId: sent.providerMessageId ?? input.providerMessageId ?? id,
      error: input.error ? { code: input.error.code ?? 'failed', message: input.error.message } : null,
    };
    await this.take(page, receiptCame(page.oaId, receipt, new Date()));
    return this.messages.get(id);
  }

  /**
   * 403 for a chatbot's key, 404 for another organization's integration; 409 for one that is no partner's channel, or is
   * disconnected.
   */
  private async page(integrationId: string): Promise<ConnectedPage> {
    assertNotChatbot();
    const { id, platform, oaId, isActive } = await this.integrations.get(integrationId);
    if (platform !== 'api') throw notAnApiChannel();
    if (!isActive) throw disconnected();
    return { id, platform, oaId };
  }

  private async take(page: ConnectedPage, event: InboxEvent): Promise<void> {
    await this.inbox.receive(page, event).catch((error: unknown) => {
      throw error instanceof PageMovedError ? disconnected() : error;
    });
  }
}

function inboundOf({ messageId, customer, text, attachments = [], occurredAt }: ReceiveMessage): InboundMessage {
  if (text === undefined && attachments.length === 0)
    throw AppError.invalidField('text', 'must be there, or attachments');
  return {
    ...{ messageId, customer, text: text ?? null, attachments },
    occurredAt: occurredAt === undefined ? null : new Date(occurredAt),
  };
}

function nameOf({ messageId, providerMessageId }: ReportReceipt): MessageName {
  if ((messageId === undefined) === (providerMessageId === undefined))
    throw AppError.invalidField('messageId', 'must be there, or providerMessageId, and not both');
  if (providerMessageId !== undefined) return { providerMessageId };
  if (!isUUID(messageId)) throw AppError.notFound();
  return { id: String(messageId) };
}

function notAnApiChannel(): AppError {
  return new AppError(
    'not_an_api_channel',
    409,
    'This integration is of a platform, which tells us itself what happens',
  );
}

function disconnected(): AppError {
  return new AppError('integration_disconnected', 409, 'This integration is disconnected: connect it again first');
}
