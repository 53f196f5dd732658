import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { OrgContext } from '../../platform/context/org-context.js';
import { Events } from '../../platform/events/events.js';
import { creationOf, toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage, CursorQuery } from '../../platform/http/pagination.js';
import { ConversationUpdated } from '../conversations/conversation.events.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import { toTimelineEntryView } from './timeline-entry.view.js';
import type { TimelineEntryView } from './timeline-entry.view.js';
import { happeningsIn } from './timeline-kinds.js';
import { TimelineRepository } from './timeline.repository.js';

/**
 * What happened in a conversation beside its messages. Written in the transaction that did it. That a customer's message
 * opened the conversation again is not written: the message says it.
 */
@Injectable()
export class TimelineService implements OnModuleInit {
  constructor(
    private readonly entries: TimelineRepository,
    private readonly conversations: ConversationsService,
    private readonly events: Events,
  ) {}

  onModuleInit(): void {
    this.events.recordAll((event) => {
      if (event instanceof ConversationUpdated) this.record(event);
    });
  }

  /** An entry is proof of its conversation; only where there is none the conversation itself is asked for. */
  async list(conversationId: string, query: CursorQuery): Promise<CursorPage<TimelineEntryView>> {
    const rows = await this.entries.list(conversationId, query);
    if (rows.length === 0) await this.conversations.get(conversationId);
    return toCursorPage(rows, query.limit, creationOf, toTimelineEntryView);
  }

  private record({ conversationId, changes }: ConversationUpdated): void {
    const { type: actorType, id: actorId, name: actorName } = OrgContext.actor;
    const who = { actorType, actorId, actorName };
    for (const { kind, data } of happeningsIn(changes, actorType === 'user'))
      this.entries.addAtEnd({ id: uuidv7(), conversationId, kind, data: JSON.stringify(data), ...who });
  }
}
