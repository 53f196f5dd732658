import { Module } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { DeliveryModule } from '../delivery/delivery.module.js';
import { IntegrationsModule } from '../integrations/integrations.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { MediaController } from './media.controller.js';
import { MediaDownloads } from './media-downloads.js';
import { MediaFetching } from './media-fetching.service.js';
import { MediaFilesRepository } from './media-files.repository.js';
import { MediaKeysSystemRepository } from './media-keys.system-repository.js';
import { MediaRemoval } from './media-removal.service.js';
import { MediaService } from './media.service.js';
import { MediaSources } from './media-sources.js';
import { MediaStorage } from './media-storage.js';
import { MediaUploads } from './media-uploads.service.js';
import { MediaUploadsRepository } from './media-uploads.repository.js';
import { MediaStore } from './media-store.service.js';
import { openStorage } from './open-storage.js';

@Module({
  imports: [MessagesModule, IntegrationsModule, DeliveryModule],
  controllers: [MediaController],
  providers: [
    MediaService,
    MediaFetching,
    MediaStore,
    MediaUploads,
    MediaUploadsRepository,
    MediaSources,
    MediaDownloads,
    MediaRemoval,
    MediaFilesRepository,
    MediaKeysSystemRepository,
    { provide: MediaStorage, useFactory: openStorage, inject: [Config] },
  ],
})
export class MediaModule {}
