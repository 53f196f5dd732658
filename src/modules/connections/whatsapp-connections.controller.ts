import { Body, Controller, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { OffsetQuery } from '../../platform/http/pagination.js';
import { IntegrationView } from '../integrations/integration.view.js';
import { ConnectablePageView } from './connectable-page.view.js';
import { ConnectWhatsAppNumbers, ListWhatsAppNumbers } from './connections.dto.js';
import { REFUSED_BY_PROVIDER } from './provider-answers.js';
import { WhatsAppConnectionsService } from './whatsapp-connections.service.js';

@ApiTags('integrations')
@Controller('integrations/whatsapp')
export class WhatsAppConnectionsController {
  constructor(private readonly connections: WhatsAppConnectionsService) {}

  @Post('numbers')
  @Endpoint({
    does: 'List the numbers of a WhatsApp business account',
    needs: 'integrations:write',
    returns: ConnectablePageView,
    envelope: 'offset list',
    refuses: REFUSED_BY_PROVIDER,
  })
  list(@Body() body: ListWhatsAppNumbers, @Query() query: OffsetQuery) {
    return this.connections.list(body, query);
  }

  @Post('connect')
  @Endpoint({
    does: 'Connect WhatsApp numbers, or give a new token to those that are connected here',
    needs: 'integrations:write',
    returns: IntegrationView,
    envelope: 'offset list',
    status: 201,
    refuses: { ...REFUSED_BY_PROVIDER, 409: 'A number is connected to another organization (integration_in_use)' },
  })
  connect(@Body() body: ConnectWhatsAppNumbers) {
    return this.connections.connect(body);
  }
}
