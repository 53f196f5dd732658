import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { AuditEntryView } from './audit-entry.view.js';
import { ListAuditEntries } from './audit.dto.js';
import { AuditService } from './audit.service.js';

@ApiTags('audit')
@Controller('audit-logs')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @Endpoint({ does: 'List who changed what', needs: 'audit:read', returns: AuditEntryView, envelope: 'cursor list' })
  list(@Query() query: ListAuditEntries) {
    return this.audit.list(query);
  }
}
