import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { IntegrationView } from './integration.view.js';
import { ConnectIntegration, ListIntegrations, UpdateIntegration } from './integrations.dto.js';
import { IntegrationsService } from './integrations.service.js';

@ApiTags('integrations')
@Controller('integrations')
export class IntegrationsController {
  constructor(private readonly integrations: IntegrationsService) {}

  @Get()
  @Endpoint({
    does: 'List integrations',
    needs: 'integrations:read',
    returns: IntegrationView,
    envelope: 'cursor list',
  })
  list(@Query() query: ListIntegrations) {
    return this.integrations.list(query);
  }

  @Get(':id')
  @Endpoint({ does: 'Get an integration', needs: 'integrations:read', returns: IntegrationView })
  get(@Param('id', RowId) id: string) {
    return this.integrations.get(id);
  }

  @Post()
  @Endpoint({
    does: 'Connect a page, or connect it again',
    needs: 'integrations:write',
    returns: IntegrationView,
    status: 201,
    refuses: { 409: 'The page is connected here already (integration_exists) or elsewhere (integration_in_use)' },
  })
  connect(@Body() body: ConnectIntegration) {
    return this.integrations.connect(body);
  }

  @Patch(':id')
  @Endpoint({
    does: 'Change an integration',
    needs: 'integrations:write',
    returns: IntegrationView,
    refuses: { 409: 'New tokens for a disconnected page (integration_disconnected): connect it again' },
  })
  update(@Param('id', RowId) id: string, @Body() body: UpdateIntegration) {
    return this.integrations.update(id, body);
  }

  @Delete(':id')
  @Endpoint({
    does: 'Disconnect a page: its tokens are erased, its history stays',
    needs: 'integrations:write',
    returns: IntegrationView,
  })
  disconnect(@Param('id', RowId) id: string) {
    return this.integrations.disconnect(id);
  }
}
