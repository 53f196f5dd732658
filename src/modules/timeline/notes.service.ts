import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import type { TimelineEntryModel } from '../../platform/database/generated/prisma/models.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import { NoteChanged } from './note.events.js';
import { toTimelineEntryView } from './timeline-entry.view.js';
import type { TimelineEntryView } from './timeline-entry.view.js';
import { TimelineRepository } from './timeline.repository.js';

/** Who may change what others have noted. */
const EDITORS: readonly (string | null)[] = ['super_admin', 'admin', 'manager'];

/** What people of an organization note for each other beside a conversation. */
@Injectable()
export class NotesService {
  constructor(
    private readonly entries: TimelineRepository,
    private readonly conversations: ConversationsService,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async create(conversationId: string, text: string): Promise<TimelineEntryView> {
    return this.database.transaction(async () => {
      await this.conversations.takeTurn(conversationId);
      const note = await this.entries.createNote({ id: uuidv7(), conversationId, text, ...author() });
      await this.events.publish(
        new NoteChanged('created', note.id, conversationId, changesBetween(null, { conversationId })),
      );
      return toTimelineEntryView(note);
    });
  }

  /** 403 for an agent or a key that has not written it. */
  async update(id: string, text: string): Promise<TimelineEntryView> {
    return this.database.transaction(async () => {
      const { conversationId } = await this.ownOrManaged(id);
      const note = found(await this.entries.updateNote(id, text));
      await this.events.publish(new NoteChanged('updated', id, conversationId));
      return toTimelineEntryView(note);
    });
  }

  /** 403 for an agent or a key that has not written it. */
  async remove(id: string): Promise<TimelineEntryView> {
    return this.database.transaction(async () => {
      const note = await this.ownOrManaged(id);
      await this.entries.removeNote(id);
      await this.events.publish(new NoteChanged('deleted', id, note.conversationId));
      return toTimelineEntryView(note);
    });
  }

  private async ownOrManaged(id: string): Promise<TimelineEntryModel> {
    const note = found(await this.entries.findNote(id));
    const { type, id: actorId, role } = OrgContext.actor;
    const isOwn = note.actorType === type && note.actorId === actorId;
    if (!isOwn && !EDITORS.includes(role))
      throw AppError.forbidden('A note is changed by whoever wrote it, a manager or an admin');
    await this.conversations.takeTurn(note.conversationId);
    return note;
  }
}

function author(): Pick<TimelineEntryModel, 'actorType' | 'actorId' | 'actorName'> {
  const { type: actorType, id: actorId, name: actorName } = OrgContext.actor;
  return { actorType, actorId, actorName };
}
