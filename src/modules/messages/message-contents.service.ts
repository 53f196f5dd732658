import { Injectable } from '@nestjs/common';
import { AppError } from '../../platform/http/app-error.js';
import type { MessageAttachment, SendMessage } from './messages.dto.js';
import { MessagesRepository } from './messages.repository.js';
import { UploadsRepository } from './uploads.repository.js';

/** What a message says, as its row keeps it. */
export interface Contents {
  text: string | null;
  attachments: KeptAttachment[];
  metadata: object;
}

/** By its address, or by a file of ours. */
interface KeptAttachment {
  type: string;
  url?: string;
  fileId?: string;
  title?: string;
}

/** Files that were uploaded and not sent, by their ids. */
type Uploads = Map<string, { id: string; name: string | null }>;

/** Whether a message is sent with files that were uploaded. */
export function hasUploads({ attachments = [] }: SendMessage): boolean {
  return attachments.some(({ mediaId }) => mediaId !== undefined);
}

/** Makes of what somebody sends what a message keeps. */
@Injectable()
export class MessageContents {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly uploads: UploadsRepository,
  ) {}

  /**
   * 422 where that cannot be said together, or names a message of another conversation, or a file that is not there to be sent.
   * With uploads: in a transaction, which gives the message its files.
   */
  async of(conversationId: string, input: SendMessage): Promise<Contents> {
    assertSayable(input);
    const { text = null, template, quickReplies, tag, replyToMessageId: messageId } = input;
    if (messageId !== undefined) await this.assertOf(conversationId, messageId);
    const metadata = {
      ...{ ...(template && { template }), ...(quickReplies && { quickReplies }), ...(tag && { tag }) },
      ...(messageId !== undefined && { replyTo: { messageId } }),
    };
    return { text, attachments: await this.attachmentsOf(input), metadata };
  }

  /** The files that a message was sent with become its own. */
  async giveFiles(messageId: string, { attachments }: Contents): Promise<void> {
    for (const [position, { fileId }] of attachments.entries())
      if (fileId !== undefined) await this.uploads.give(fileId, messageId, position);
  }

  private async assertOf(conversationId: string, messageId: string): Promise<void> {
    const answered = await this.messages.find(messageId);
    if (answered?.conversationId !== conversationId)
      throw AppError.invalidField('replyToMessageId', 'must be a message of this conversation');
  }

  private async attachmentsOf({ attachments = [] }: SendMessage): Promise<KeptAttachment[]> {
    const ids = attachments.flatMap(({ mediaId }) => mediaId ?? []);
    const found = ids.length > 0 ? await this.uploads.lock(ids) : [];
    const uploads: Uploads = new Map(found.map((upload) => [upload.id, upload]));
    return attachments.map((attachment, place) => kept(attachment, place, uploads));
  }
}

/** Each of the uploads is there for one attachment. */
function kept({ mediaId, ...attachment }: MessageAttachment, place: number, uploads: Uploads): KeptAttachment {
  if (mediaId === undefined) return attachment;
  const path = `attachments.${place}`;
  if (attachment.url !== undefined) throw AppError.invalidField(`${path}.url`, 'must be left out beside mediaId');
  const upload = uploads.get(mediaId.toLowerCase());
  if (!upload) throw AppError.invalidField(`${path}.mediaId`, 'must be a file that was uploaded and not sent yet');
  uploads.delete(upload.id);
  const { type, title = type === 'file' ? upload.name : null } = attachment;
  return { type, fileId: upload.id, ...(title !== null && { title }) };
}

function assertSayable({ text, attachments = [], template, quickReplies }: SendMessage): void {
  const isEmpty = text === undefined && attachments.length === 0;
  if (!template && isEmpty) throw AppError.invalidField('text', 'must be there, or attachments, or a template');
  if (template && !isEmpty) throw AppError.invalidField('template', 'must be sent alone, without text or attachments');
  if (quickReplies && text === undefined) throw AppError.invalidField('quickReplies', 'must stand below a text');
}
