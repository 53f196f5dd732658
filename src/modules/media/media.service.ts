import { Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { OrgContext } from '../../platform/context/org-context.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { FileLinks } from '../../platform/secrets/file-links.js';
import { MessagesService } from '../messages/messages.service.js';
import { rangeOf } from './byte-range.js';
import { MediaFilesRepository } from './media-files.repository.js';
import type { ServedFile } from './media-files.repository.js';
import { MediaStorage } from './media-storage.js';
import type { ByteRange } from './media-storage.js';
import type { FileSignature } from './media.dto.js';
import { toMediaFileView } from './media.view.js';
import type { MessageFilesView } from './media.view.js';

/** A file, or a part of it, on its way to whoever has its address. */
export interface OpenFile {
  file: ServedFile;
  /** Undefined for all of it. */
  range: ByteRange | undefined;
  bytes: Readable;
}

/** Says where the files of messages can be seen, and shows them. */
@Injectable()
export class MediaService {
  constructor(
    private readonly files: MediaFilesRepository,
    private readonly messages: MessagesService,
    private readonly storage: MediaStorage,
    private readonly links: FileLinks,
  ) {}

  async ofMessage(messageId: string): Promise<MessageFilesView> {
    const rows = await this.files.ofMessage(messageId);
    if (rows.length === 0) await this.messages.get(messageId);
    return {
      files: rows.map((row) => toMediaFileView(row, row.status === 'stored' ? this.links.make(row.id) : null)),
    };
  }

  /** 404 alike for what is not there, and for an address that has ended or was made up. */
  async open(id: string, { expires = 0, signature = '' }: FileSignature, range: string | undefined): Promise<OpenFile> {
    const orgId = this.links.open(id, expires, signature);
    if (orgId === null) throw AppError.notFound();
    return OrgContext.runAsSystem(orgId, 'file', () => this.read(id, range));
  }

  private async read(id: string, header: string | undefined): Promise<OpenFile> {
    const file = found(await this.files.findServed(id));
    const range = rangeOf(header, file.size);
    return { file, range, bytes: found(await this.storage.get(file.storageKey, range)) };
  }
}
