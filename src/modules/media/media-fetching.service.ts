import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Database } from '../../platform/database/database.js';
import type { Changes, DomainEvent } from '../../platform/events/domain-event.js';
import { Followers } from '../../platform/events/followers.js';
import type { FollowedEvent, Follower } from '../../platform/events/followers.js';
import type { Json } from '../../platform/jobs/job.js';
import { Jobs } from '../../platform/jobs/jobs.js';
import { MessageEchoed, MessageReceived, MessageUpdated } from '../messages/message.events.js';
import { attachmentAt, isFile, nameOf } from './media-attachments.js';
import { MediaFilesRepository } from './media-files.repository.js';
import { MediaRemoval } from './media-removal.service.js';
import { MediaStore } from './media-store.service.js';

/** Has the files of messages fetched that come from outside, since their providers' addresses end; and removed with them. */
@Injectable()
export class MediaFetching implements Follower, OnModuleInit {
  readonly name = 'media';

  constructor(
    private readonly files: MediaFilesRepository,
    private readonly store: MediaStore,
    private readonly removal: MediaRemoval,
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly followers: Followers,
  ) {}

  onModuleInit(): void {
    this.followers.register(this);
    this.jobs.handle('fetch-media', ({ fileId }) => this.fetch(fileId));
  }

  concerns(event: DomainEvent): boolean {
    if (event instanceof MessageUpdated) return wasTakenBack(event);
    const isFromOutside = event instanceof MessageReceived || event instanceof MessageEchoed;
    return isFromOutside && event.attachments > 0;
  }

  isWanted(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async follow(event: FollowedEvent): Promise<void> {
    const { name, target } = event;
    if (name === 'message.created') await this.look(target.id);
    if (name === 'message.updated' && wasTakenBack(event)) await this.removal.removeMessage(target.id);
  }

  private async look(messageId: string): Promise<void> {
    const message = await this.files.findArrived(messageId);
    const expected = filesOf(message?.attachments);
    if (expected.length > 0) await this.database.transaction(() => this.expect(messageId, expected));
  }

  private async fetch(fileId: Json | undefined): Promise<void> {
    if (typeof fileId === 'string') await this.store.fetch(fileId);
  }

  private async expect(messageId: string, expected: ReturnType<typeof filesOf>): Promise<void> {
    await this.files.expect(messageId, expected);
    for (const { id: fileId, status } of await this.files.ofMessage(messageId))
      if (status === 'pending') await this.jobs.add('fetch-media', { fileId }, { key: `fetch-media ${fileId}` });
  }
}

function wasTakenBack({ changes }: { changes: Changes }): boolean {
  return 'deletedAt' in changes;
}

function filesOf(attachments: unknown): { id: string; position: number; name: string | null }[] {
  if (!Array.isArray(attachments)) return [];
  return attachments.flatMap((_, position) => {
    const attachment = attachmentAt(attachments, position);
    return attachment && isFile(attachment) ? [{ id: uuidv7(), position, name: nameOf(attachment) }] : [];
  });
}
