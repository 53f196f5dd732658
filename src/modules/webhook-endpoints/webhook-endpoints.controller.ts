import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { WebhookEndpointSecretView, WebhookEndpointView } from './webhook-endpoint.view.js';
import {
  CreateWebhookEndpoint,
  ListWebhookEndpoints,
  RotateWebhookSecret,
  UpdateWebhookEndpoint,
} from './webhook-endpoints.dto.js';
import { WebhookEndpointsService } from './webhook-endpoints.service.js';

@ApiTags('webhook-endpoints')
@Controller('webhook-endpoints')
export class WebhookEndpointsController {
  constructor(private readonly endpoints: WebhookEndpointsService) {}

  @Get()
  @Endpoint({
    does: 'List webhook endpoints',
    needs: 'webhook-endpoints:read',
    returns: WebhookEndpointView,
    envelope: 'cursor list',
  })
  list(@Query() query: ListWebhookEndpoints) {
    return this.endpoints.list(query);
  }

  @Get(':id')
  @Endpoint({ does: 'Get a webhook endpoint', needs: 'webhook-endpoints:read', returns: WebhookEndpointView })
  get(@Param('id', RowId) id: string) {
    return this.endpoints.get(id);
  }

  @Post()
  @Endpoint({
    does: 'Create a webhook endpoint; its secret is shown this once',
    needs: 'webhook-endpoints:write',
    returns: WebhookEndpointSecretView,
    status: 201,
  })
  create(@Body() body: CreateWebhookEndpoint) {
    return this.endpoints.create(body);
  }

  @Patch(':id')
  @Endpoint({ does: 'Change a webhook endpoint', needs: 'webhook-endpoints:write', returns: WebhookEndpointView })
  update(@Param('id', RowId) id: string, @Body() body: UpdateWebhookEndpoint) {
    return this.endpoints.update(id, body);
  }

  @Post(':id/rotate-secret')
  @Endpoint({
    does: 'Give a webhook endpoint a new secret; the old one signs too for a while',
    needs: 'webhook-endpoints:write',
    returns: WebhookEndpointSecretView,
  })
  rotateSecret(@Param('id', RowId) id: string, @Body() body: RotateWebhookSecret) {
    return this.endpoints.rotateSecret(id, body);
  }

  @Delete(':id')
  @Endpoint({
    does: 'Delete a webhook endpoint, with its deliveries',
    needs: 'webhook-endpoints:write',
    returns: WebhookEndpointView,
    refuses: { 409: 'An integration sends through it (endpoint_in_use)' },
  })
  remove(@Param('id', RowId) id: string) {
    return this.endpoints.remove(id);
  }
}
