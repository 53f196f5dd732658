import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { assertKnown } from '../../platform/http/app-error.js';
import { ConversationUpdated } from '../conversations/conversation.events.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import type { ParticipantsView } from './participant.view.js';
import { ParticipantsRepository } from './participants.repository.js';

/** Users who follow a conversation beside its assignee. */
@Injectable()
export class ParticipantsService {
  constructor(
    private readonly participants: ParticipantsRepository,
    private readonly conversations: ConversationsService,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async get(conversationId: string): Promise<ParticipantsView> {
    await this.conversations.get(conversationId);
    return { participants: await this.participants.of(conversationId) };
  }

  /** A foreign user is refused in the same words as one that does not exist. The users are locked before the conversation. */
  async replace(conversationId: string, userIds: string[]): Promise<ParticipantsView> {
    return this.database.transaction(async () => {
      const active = await this.participants.active(userIds);
      await this.conversations.takeTurn(conversationId);
      assertKnown('userIds', userIds, active, 'must be an active user of this organization');
      return this.write(conversationId, userIds);
    });
  }

  private async write(conversationId: string, userIds: string[]): Promise<ParticipantsView> {
    const before = await this.participants.of(conversationId);
    await this.participants.replace(conversationId, userIds);
    const participants = await this.participants.of(conversationId);
    const changes = changesBetween({ participantIds: idsOf(before) }, { participantIds: idsOf(participants) });
    if (Object.keys(changes).length > 0) await this.events.publish(new ConversationUpdated(conversationId, changes));
    return { participants };
  }
}

function idsOf(rows: { id: string }[]): string[] {
  return rows.map(({ id }) => id);
}
