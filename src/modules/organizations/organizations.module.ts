import { Module } from '@nestjs/common';
import { OrganizationLifecycleService } from './organization-lifecycle.service.js';
import { OrganizationsController } from './organizations.controller.js';
import { OrganizationsRepository } from './organizations.repository.js';
import { OrganizationsService } from './organizations.service.js';
import { OrganizationsSystemRepository } from './organizations.system-repository.js';

@Module({
  controllers: [OrganizationsController],
  providers: [
    OrganizationsService,
    OrganizationLifecycleService,
    OrganizationsRepository,
    OrganizationsSystemRepository,
  ],
  exports: [OrganizationsService],
})
export class OrganizationsModule {}
