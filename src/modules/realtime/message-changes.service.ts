import { Injectable } from '@nestjs/common';
import type { CursorPage, CursorQuery } from '../../platform/http/pagination.js';
import { FileLinks } from '../../platform/secrets/file-links.js';
import { toMessageView } from '../messages/message.view.js';
import type { MessageView } from '../messages/message.view.js';
import { cursorAfter, cursorFromNow, readingOf } from './message-changes.cursor.js';
import { MessageChangesRepository } from './message-changes.repository.js';

@Injectable()
export class MessageChangesService {
  constructor(
    private readonly changes: MessageChangesRepository,
    private readonly links: FileLinks,
  ) {}

  /**
   * Messages that came or changed behind the cursor, each as it is now. Without a cursor none, and the cursor to begin with.
   * None is missed, and those of the last seconds come more than once. A page that is not full is the last one for now: a full
   * one never is, so that a client knows without asking.
   */
  async list(query: CursorQuery): Promise<CursorPage<MessageView>> {
    const { limit } = query;
    const reading = readingOf(query);
    if (!reading) return { items: [], pagination: { limit, nextCursor: cursorFromNow() } };
    const rows = await this.changes.after(reading.position, limit);
    const last = rows.length === limit ? rows.at(-1) : undefined;
    const nextCursor = cursorAfter(reading, last && { at: last.updatedAt, id: last.id });
    return { items: rows.map((row) => toMessageView(row, this.links)), pagination: { limit, nextCursor } };
  }
}
