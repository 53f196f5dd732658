import type { QuickReplyModel } from '../../platform/database/generated/prisma/models.js';
import { Shown, ShownId, ShownTime } from '../../platform/http/view.js';

export class QuickReplyAttachmentView {
  @Shown({ enum: ['image', 'video', 'audio', 'file'] }) type!: string;
  @Shown() url!: string;
  @Shown({ type: String, required: false }) title?: string;
}

export class QuickReplyView {
  @ShownId() id!: string;
  @Shown({ description: 'What a person types to find it' }) shortcut!: string;
  @Shown() text!: string;
  @Shown({ type: QuickReplyAttachmentView, isArray: true }) attachments!: unknown;
  @ShownId({ nullable: true, description: 'The user who made it' }) accountId!: string | null;
  @ShownTime() createdAt!: string;
  @ShownTime() updatedAt!: string;
}

export function toQuickReplyView(reply: QuickReplyModel): QuickReplyView {
  const { id, shortcut, text, attachments, accountId } = reply;
  const [createdAt, updatedAt] = [reply.createdAt.toISOString(), reply.updatedAt.toISOString()];
  return { id, shortcut, text, attachments, accountId, createdAt, updatedAt };
}
