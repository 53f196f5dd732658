import { Injectable } from '@nestjs/common';
import type { PageAccess } from '../../channels/provider.js';
import { OrgContext } from '../../platform/context/org-context.js';
import type { IntegrationModel } from '../../platform/database/generated/prisma/models.js';
import { PartnerEndpoints } from './partner-endpoints.js';
import { TokenVault } from './token-vault.js';

type KeptAccess = Pick<
  IntegrationModel,
  'id' | 'platform' | 'oaId' | 'businessId' | 'webhookEndpointId' | 'accessToken' | 'tokenKeyId'
>;

/** What opens a page of the bound organization, from what its row keeps. */
@Injectable()
export class PageAccesses {
  constructor(
    private readonly vault: TokenVault,
    private readonly partners: PartnerEndpoints,
  ) {}

  /** Throws as {@link TokenVault.open} does. */
  async of({ id, platform, oaId, businessId, webhookEndpointId, ...kept }: KeptAccess): Promise<PageAccess> {
    if (platform === 'api') return this.partners.accessTo(oaId, webhookEndpointId);
    const owner = { orgId: OrgContext.orgId, integrationId: id };
    const { accessToken } = this.vault.opened({ ...kept, refreshToken: null }, owner);
    return { oaId, businessId, accessToken: accessToken ?? '' };
  }
}
