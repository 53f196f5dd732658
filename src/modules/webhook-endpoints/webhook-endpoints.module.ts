import { Module } from '@nestjs/common';
import { DeliveryPruning } from './delivery-pruning.js';
import { EndpointSecretRotation } from './endpoint-secret-rotation.js';
import { EndpointSecrets } from './endpoint-secrets.js';
import { EndpointSecretsSystemRepository } from './endpoint-secrets.system-repository.js';
import { WebhookDeliveriesController } from './webhook-deliveries.controller.js';
import { WebhookDeliveriesRepository } from './webhook-deliveries.repository.js';
import { WebhookDeliveriesService } from './webhook-deliveries.service.js';
import { WebhookDeliveriesSystemRepository } from './webhook-deliveries.system-repository.js';
import { WebhookEndpointsController } from './webhook-endpoints.controller.js';
import { WebhookEndpointsRepository } from './webhook-endpoints.repository.js';
import { WebhookEndpointsService } from './webhook-endpoints.service.js';
import { WebhookSender } from './webhook-sender.js';

@Module({
  controllers: [WebhookEndpointsController, WebhookDeliveriesController],
  providers: [
    WebhookEndpointsService,
    WebhookEndpointsRepository,
    WebhookDeliveriesService,
    WebhookDeliveriesRepository,
    WebhookDeliveriesSystemRepository,
    EndpointSecrets,
    EndpointSecretRotation,
    EndpointSecretsSystemRepository,
    WebhookSender,
    DeliveryPruning,
  ],
  exports: [WebhookEndpointsService, WebhookDeliveriesService, EndpointSecretRotation],
})
export class WebhookEndpointsModule {}
