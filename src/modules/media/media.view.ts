import { Shown, ShownText, ShownTime } from '../../platform/http/view.js';
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

export function toMediaFileView(row: MediaFileModel, link: FileLink | null): MediaFileView {
  const { position, status, error, name, contentType, size } = row;
  const { url = null, expiresAt = null } = link ?? {};
  return { position, status, error, name, contentType, size, url, expiresAt };
}
