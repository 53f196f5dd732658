import { Module } from '@nestjs/common';
import { IntegrationsController } from './integrations.controller.js';
import { IntegrationsRepository } from './integrations.repository.js';
import { IntegrationsService } from './integrations.service.js';
import { IntegrationsSystemRepository } from './integrations.system-repository.js';
import { TokenRotation } from './token-rotation.js';
import { TokenVault } from './token-vault.js';

@Module({
  controllers: [IntegrationsController],
  providers: [IntegrationsService, IntegrationsRepository, IntegrationsSystemRepository, TokenVault, TokenRotation],
  exports: [IntegrationsService, TokenRotation],
})
export class IntegrationsModule {}
