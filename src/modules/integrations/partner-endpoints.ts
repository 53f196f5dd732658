import { Injectable } from '@nestjs/common';
import type { PageAccess } from '../../channels/provider.js';
import { AppError } from '../../platform/http/app-error.js';
import { WebhookEndpointsService } from '../webhook-endpoints/webhook-endpoints.service.js';
import { noSuchEndpoint } from './integration.refusals.js';

/** The webhook endpoints that partners' own channels send through, in the place of tokens. */
@Injectable()
export class PartnerEndpoints {
  constructor(private readonly endpoints: WebhookEndpointsService) {}

  /** 422 for an endpoint that this organization does not have, and for a platform that sends through none. */
  async assert(platform: string, id: string | null | undefined): Promise<void> {
    if (!id) return;
    if (platform !== 'api') throw AppError.invalidField('webhookEndpointId', 'is for the platform api alone');
    if (!(await this.endpoints.exists(id))) throw noSuchEndpoint();
  }

  async accessTo(oaId: string, webhookEndpointId: string | null): Promise<PageAccess> {
    const accessToken = webhookEndpointId === null ? '' : await this.endpoints.accessTokenOf(webhookEndpointId);
    return { oaId, businessId: null, accessToken };
  }
}
