import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import { violatedConstraint } from '../../platform/database/database-errors.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { creationOf, toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage } from '../../platform/http/pagination.js';
import type { OutgoingAttachment } from '../messages/messages.dto.js';
import { QuickReplyChanged } from './quick-reply.events.js';
import { toQuickReplyView } from './quick-reply.view.js';
import type { QuickReplyView } from './quick-reply.view.js';
import type { CreateQuickReply, ListQuickReplies, UpdateQuickReply } from './quick-replies.dto.js';
import { QuickRepliesRepository } from './quick-replies.repository.js';

/** Answers kept for many questions. A client puts one into the message that it sends. */
@Injectable()
export class QuickRepliesService {
  constructor(
    private readonly replies: QuickRepliesRepository,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async list(query: ListQuickReplies): Promise<CursorPage<QuickReplyView>> {
    const rows = await this.replies.list(query);
    return toCursorPage(rows, query.limit, creationOf, toQuickReplyView);
  }

  async get(id: string): Promise<QuickReplyView> {
    return toQuickReplyView(found(await this.replies.find(id)));
  }

  /** 409 `shortcut_taken` where the organization has one of that shortcut. */
  async create(input: CreateQuickReply): Promise<QuickReplyView> {
    const { accountId } = OrgContext;
    return this.refusingTaken(async () => {
      const created = await this.replies.create({ ...toRow(input), id: uuidv7(), accountId });
      await this.events.publish(new QuickReplyChanged('created', created.id, changesBetween(null, created)));
      return toQuickReplyView(created);
    });
  }

  /** 409 `shortcut_taken` where the organization has another of that shortcut. */
  async update(id: string, input: UpdateQuickReply): Promise<QuickReplyView> {
    return this.refusingTaken(async () => {
      const before = found(await this.replies.find(id));
      const after = found(await this.replies.update(id, toRow(input)));
      await this.events.publish(new QuickReplyChanged('updated', id, changesBetween(before, after)));
      return toQuickReplyView(after);
    });
  }

  async remove(id: string): Promise<QuickReplyView> {
    return this.database.transaction(async () => {
      const reply = found(await this.replies.find(id));
      await this.replies.remove(id);
      await this.events.publish(new QuickReplyChanged('deleted', id, changesBetween(reply, { shortcut: null })));
      return toQuickReplyView(reply);
    });
  }

  private async refusingTaken<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.database.transaction(work);
    } catch (error) {
      if (!violatedConstraint(error)?.includes('shortcut')) throw error;
      throw new AppError('shortcut_taken', 409, 'There is a quick reply of this shortcut: choose another');
    }
  }
}

function toRow<T extends { attachments?: OutgoingAttachment[] }>({ attachments, ...plain }: T) {
  return { ...plain, ...(attachments && { attachments: attachments.map((attachment) => ({ ...attachment })) }) };
}
