import { Injectable } from '@nestjs/common';
import { ProviderError } from '../../channels/provider.js';
import type { Attachment } from '../../channels/channel-events.js';
import { Channels } from '../delivery/channels.js';
import { ProviderHttp } from '../delivery/provider-http.js';
import { IntegrationsService } from '../integrations/integrations.service.js';
import { attachmentAt } from './media-attachments.js';
import type { MediaSource } from './media-downloads.js';
import type { PendingFile } from './media-files.repository.js';
import { MediaUnavailableError } from './media.errors.js';

/** Asks a file's provider where it is now. */
@Injectable()
export class MediaSources {
  constructor(
    private readonly channels: Channels,
    private readonly http: ProviderHttp,
    private readonly integrations: IntegrationsService,
  ) {}

  /** Rejects with {@link MediaUnavailableError} where that is final. */
  async of({ platform, integrationId, attachments, position }: PendingFile): Promise<MediaSource> {
    const attachment = attachmentAt(attachments, position);
    if (!attachment || integrationId === null) throw new MediaUnavailableError('gone');
    return this.ask(platform, integrationId, attachment);
  }

  private async ask(platform: string, integrationId: string, attachment: Attachment): Promise<MediaSource> {
    const app = this.channels.appOf(platform);
    const page = await this.integrations.access(integrationId);
    if (!page) throw new MediaUnavailableError('page_disconnected');
    try {
      const place = await this.channels.of(platform).media(attachment, page, app, this.http);
      if (place) return { ...place, providerUrl: app.apiUrl };
    } catch (error) {
      throw error instanceof ProviderError && isFinal(error) ? new MediaUnavailableError(error.failure.code) : error;
    }
    throw new MediaUnavailableError('nothing_to_fetch');
  }
}

/** A token can be renewed, and an account be put right; this file will be what it is. */
function isFinal({ failure }: ProviderError): boolean {
  return failure.kind === 'message';
}
