import { PLATFORMS } from '../../channels/channel.js';
import { Shown, ShownId, ShownMap, ShownText, ShownTime } from '../../platform/http/view.js';
import type { FileLinks } from '../../platform/secrets/file-links.js';

/** `unconfirmed`: it may have been sent, and nobody knows; who sends it again may send it twice. */
export const MESSAGE_STATUSES = ['queued', 'sent', 'delivered', 'read', 'failed', 'unconfirmed'] as const;

/** The columns that a message is shown from. */
export const MESSAGE_COLUMNS = [
  'id',
  'conversationId',
  'platform',
  'oaId',
  'direction',
  'senderId',
  'senderType',
  'text',
  'attachments',
  'status',
  'errorCode',
  'errorMessage',
  'isRead',
  'providerMessageId',
  'accountId',
  'metadata',
  'createdAt',
  'updatedAt',
] as const;

export interface MessageRow {
  id: string;
  conversationId: string;
  platform: string;
  oaId: string;
  direction: string;
  senderId: string;
  senderType: string;
  text: string | null;
  attachments: unknown;
  status: string;
  errorCode: string | null;
  errorMessage: string | null;
  isRead: boolean;
  providerMessageId: string | null;
  accountId: string | null;
  metadata: unknown;
  createdAt: string;
  updatedAt: string;
}

export class AttachmentView {
  @Shown({ example: 'image' }) type!: string;
  @ShownText({
    description: 'Our own for ten minutes, where the file is kept; else the one of whoever sent it, which may end',
  })
  url!: string | null;
  @Shown({ type: String, required: false }) title?: string;
  @ShownMap({ selfRequired: false, description: 'Whatever else the provider said' }) payload?: unknown;
}

/** That somebody is writing was passed on. */
export class TypingView {
  @ShownId() conversationId!: string;
}

export class MessageErrorView {
  @Shown() code!: string;
  @Shown() message!: string;
}

export class MessageView {
  @ShownId() id!: string;
  @ShownId() conversationId!: string;
  @Shown({ enum: PLATFORMS }) platform!: string;
  @Shown({ description: "The provider's id of the page" }) oaId!: string;
  @Shown({ enum: ['in', 'out'] }) direction!: string;
  @Shown() senderId!: string;
  @Shown({ enum: ['customer', 'user', 'chatbot', 'system'] }) senderType!: string;
  @ShownText() text!: string | null;
  @Shown({ type: AttachmentView, isArray: true }) attachments!: unknown;
  @Shown({ enum: MESSAGE_STATUSES }) status!: string;
  @Shown({ type: MessageErrorView, required: false, description: 'Why it failed' }) error?: MessageErrorView;
  @Shown() isRead!: boolean;
  @ShownText() providerMessageId!: string | null;
  @ShownId({ nullable: true }) accountId!: string | null;
  @ShownMap() metadata!: unknown;
  @ShownTime() createdAt!: string;
  @ShownTime() updatedAt!: string;
}

/** Field by field: `...row` costs several times as much, and a page has a hundred of them. */
export function toMessageView(row: MessageRow, links: FileLinks): MessageView {
  const { id, conversationId, platform, oaId, direction, senderId, senderType, text, attachments, status } = row;
  const { errorCode: code, errorMessage, isRead, providerMessageId, accountId, metadata, createdAt, updatedAt } = row;
  return {
    id,
    conversationId,
    platform,
    oaId,
    direction,
    senderId,
    senderType,
    text,
    attachments: links.shown(attachments),
    status,
    error: code === null ? undefined : { code, message: errorMessage ?? code },
    isRead,
    providerMessageId,
    accountId,
    metadata,
    createdAt,
    updatedAt,
  };
}
