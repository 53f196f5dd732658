import { Shown, ShownId, ShownText, ShownTime } from '../../platform/http/view.js';
import type { MediaFileModel } from '../../platform/database/generated/prisma/models.js';
import type { FileLink } from '../../platform/secrets/file-links.js';

export class MediaFileView {
  @Shown({ type: 'integer', description: 'Which of the attachments it is, from 0' }) position!: number;
  @Shown({ enum: ['pending', 'stored', 'failed'] }) status!: string;
  @ShownText({ description: 'Why it failed', example: 'too_large' }) error!: string | null;
  @ShownText({ example: 'invoice.pdf' }) name!: string | null;
  @ShownText({ description: 'By its first bytes', example: 'image/png' }) contentType!: string | null;
  @Shown({ type: 'integer', nullable: true, description: 'In bytes' }) size!: number | null;
  @ShownText({ description: 'Opens it without a credential until `expiresAt`' }) url!: string | null;
  @ShownTime({ nullable: true }) expiresAt!: Date | null;
}

export class MessageFilesView {
  @Shown({ type: MediaFileView, isArray: true }) files!: MediaFileView[];
}

export class UploadView {
  @ShownId({ description: 'The `mediaId` of one attachment, within a day' }) id!: string;
  @ShownText({ example: 'invoice.pdf' }) filename!: string | null;
  @ShownText({ description: 'By its first bytes; of documents that they do not tell, as was said' })
  contentType!: string | null;
  @Shown({ type: 'integer', nullable: true, description: 'In bytes' }) size!: number | null;
  @Shown({ description: 'Opens it without a credential until `expiresAt`' }) url!: string;
  @ShownTime({ description: 'When the address ends; the file goes too, unless a message was sent with it' })
  expiresAt!: Date;
  @ShownTime() createdAt!: Date;
}

export function toUploadView(row: MediaFileModel, { url, expiresAt }: FileLink): UploadView {
  const { id, name: filename, contentType, size, createdAt } = row;
  return { id, filename, contentType, size, url, expiresAt, createdAt };
}

export function toMediaFileView(row: MediaFileModel, link: FileLink | null): MediaFileView {
  const { position, status, error, name, contentType, size } = row;
  const { url = null, expiresAt = null } = link ?? {};
  return { position, status, error, name, contentType, size, url, expiresAt };
}
