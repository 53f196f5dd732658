import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { WebhookDeliveriesService } from './webhook-deliveries.service.js';
import { WebhookDeliveryView, WebhookDeliveryWithPayloadView } from './webhook-delivery.view.js';
import { ListWebhookDeliveries } from './webhook-endpoints.dto.js';

const refuses = { 409: 'The endpoint is disabled (endpoint_disabled)' };

@ApiTags('webhook-endpoints')
@Controller('webhook-endpoints')
export class WebhookDeliveriesController {
  constructor(private readonly deliveries: WebhookDeliveriesService) {}

  @Post(':id/test')
  @Endpoint({
    does: 'Send a test event to a webhook endpoint',
    needs: 'webhook-endpoints:write',
    returns: WebhookDeliveryView,
    status: 202,
    refuses,
  })
  test(@Param('id', RowId) id: string) {
    return this.deliveries.test(id);
  }

  @Get(':id/deliveries')
  @Endpoint({
    does: 'List what was sent to a webhook endpoint in the last 30 days',
    needs: 'webhook-endpoints:read',
    returns: WebhookDeliveryView,
    envelope: 'cursor list',
  })
  list(@Param('id', RowId) id: string, @Query() query: ListWebhookDeliveries) {
    return this.deliveries.list(id, query);
  }

  @Get(':id/deliveries/:deliveryId')
  @Endpoint({
    does: 'Get a delivery, with its payload',
    needs: 'webhook-endpoints:read',
    returns: WebhookDeliveryWithPayloadView,
  })
  get(@Param('id', RowId) id: string, @Param('deliveryId', RowId) deliveryId: string) {
    return this.deliveries.get(id, deliveryId);
  }

  @Post(':id/deliveries/:deliveryId/replay')
  @Endpoint({
    does: 'Send a delivery once more, under the same webhook-id',
    needs: 'webhook-endpoints:write',
    returns: WebhookDeliveryView,
    status: 202,
    refuses,
  })
  replay(@Param('id', RowId) id: string, @Param('deliveryId', RowId) deliveryId: string) {
    return this.deliveries.replay(id, deliveryId);
  }
}
