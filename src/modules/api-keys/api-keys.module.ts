import { Module } from '@nestjs/common';
import { ApiKeyRoutesSystemRepository } from './api-key-routes.system-repository.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';

@Module({
  controllers: [ApiKeysController],
  providers: [ApiKeysService, ApiKeysRepository, ApiKeyRoutesSystemRepository],
  exports: [ApiKeysService],
})
export class ApiKeysModule {}
