import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { assertKnown } from '../../platform/http/app-error.js';
import { ConversationUpdated } from '../conversations/conversation.events.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import { ConversationLabelsRepository } from './conversation-labels.repository.js';
import { toLabelView } from './label.view.js';
import type { ConversationLabelsView, LabelView } from './label.view.js';

/** Which labels a conversation has. */
@Injectable()
export class ConversationLabelsService {
  constructor(
    private readonly worn: ConversationLabelsRepository,
    private readonly conversations: ConversationsService,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async get(conversationId: string): Promise<ConversationLabelsView> {
    await this.conversations.get(conversationId);
    return { labels: await this.labelsOf(conversationId) };
  }

  /** As every change beside a conversation, not for a chatbot that does not have it. A foreign label is refused in the same words as one that does not exist. */
  async replace(conversationId: string, labelIds: string[]): Promise<ConversationLabelsView> {
    return this.database.transaction(async () => {
      await this.conversations.takeTurn(conversationId);
      const existing = await this.worn.existing(labelIds);
      assertKnown('labelIds', labelIds, existing, 'must be a label of this organization');
      return this.write(conversationId, labelIds);
    });
  }

  private async write(conversationId: string, labelIds: string[]): Promise<ConversationLabelsView> {
    const before = await this.labelsOf(conversationId);
    await this.worn.replace(conversationId, labelIds);
    const after = await this.labelsOf(conversationId);
    const changes = changesBetween({ labels: namesOf(before) }, { labels: namesOf(after) });
    if (Object.keys(changes).length > 0) await this.events.publish(new ConversationUpdated(conversationId, changes));
    return { labels: after };
  }

  private async labelsOf(conversationId: string): Promise<LabelView[]> {
    return (await this.worn.of(conversationId)).map(toLabelView);
  }
}

function namesOf(labels: LabelView[]): string[] {
  return labels.map(({ name }) => name);
}
