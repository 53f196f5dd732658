import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { toAccessToken } from '../../channels/api/api.access.js';
import { OrgContext } from '../../platform/context/org-context.js';
import { Database } from '../../platform/database/database.js';
import { violatedConstraint } from '../../platform/database/database-errors.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { Followers } from '../../platform/events/followers.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { OutboundHttp } from '../../platform/http/outbound/outbound-http.js';
import { newSigningSecret } from '../../platform/http/outbound/standard-webhooks.js';
import { creationOf, toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage } from '../../platform/http/pagination.js';
import { EndpointSecrets } from './endpoint-secrets.js';
import { WebhookEndpointChanged } from './webhook-endpoint.events.js';
import { toWebhookEndpointView } from './webhook-endpoint.view.js';
import type { WebhookEndpointSecretView, WebhookEndpointView } from './webhook-endpoint.view.js';
import type {
  CreateWebhookEndpoint,
  ListWebhookEndpoints,
  RotateWebhookSecret,
  UpdateWebhookEndpoint,
} from './webhook-endpoints.dto.js';
import { WebhookEndpointsRepository } from './webhook-endpoints.repository.js';

@Injectable()
export class WebhookEndpointsService {
  constructor(
    private readonly endpoints: WebhookEndpointsRepository,
    private readonly secrets: EndpointSecrets,
    private readonly http: OutboundHttp,
    private readonly database: Database,
    private readonly events: Events,
    private readonly followers: Followers,
  ) {}

  async list(query: ListWebhookEndpoints): Promise<CursorPage<WebhookEndpointView>> {
    const rows = await this.endpoints.list(query);
    return toCursorPage(rows, query.limit, creationOf, toWebhookEndpointView);
  }

  async get(id: string): Promise<WebhookEndpointView> {
    return toWebhookEndpointView(found(await this.endpoints.find(id)));
  }

  /** Whether this organization has such an endpoint, for whoever wants to refer to it. */
  async exists(id: string): Promise<boolean> {
    return (await this.endpoints.find(id)) !== null;
  }

  /** What opens an endpoint to a channel that sends through it: `''` where it is switched off, or not there. */
  async accessTokenOf(id: string): Promise<string> {
    const endpoint = await this.endpoints.find(id);
    return toAccessToken(endpoint?.isActive ? { url: endpoint.url, secrets: this.secrets.signing(endpoint) } : null);
  }

  create(input: CreateWebhookEndpoint): Promise<WebhookEndpointSecretView> {
    this.assertAddress(input.url);
    const [id, secret] = [uuidv7(), newSigningSecret()];
    const row = { ...input, ...this.secrets.first(secret, OrgContext.orgId, id), id, createdBy: OrgContext.userId };
    return this.change(async () => {
      const created = await this.endpoints.create(row);
      await this.events.publish(new WebhookEndpointChanged('created', id, changesBetween(null, created)));
      return { ...toWebhookEndpointView(created), secret };
    });
  }

  /** One that is switched on again begins anew: why it was given up is forgotten. */
  update(id: string, input: UpdateWebhookEndpoint): Promise<WebhookEndpointView> {
    if (input.url !== undefined) this.assertAddress(input.url);
    return this.change(async () => {
      const before = found(await this.endpoints.lock(id));
      const isRevived = input.isActive === true && !before.isActive;
      const row = { ...input, ...(isRevived && { disabledReason: null, failingSince: null }) };
      const after = found(await this.endpoints.update(id, row));
      await this.events.publish(new WebhookEndpointChanged('updated', id, changesBetween(before, after)));
      return toWebhookEndpointView(after);
    });
  }

  /** Both secrets sign until the overlap ends. */
  rotateSecret(id: string, { overlapSeconds }: RotateWebhookSecret): Promise<WebhookEndpointSecretView> {
    const secret = newSigningSecret();
    return this.change(async () => {
      const before = found(await this.endpoints.lock(id));
      const previousExpiresAt = new Date(Date.now() + overlapSeconds * 1_000);
      const row = { ...this.secrets.rotated(before, secret), previousExpiresAt };
      const after = found(await this.endpoints.update(id, row));
      await this.events.publish(new WebhookEndpointChanged('rotated', id, changesBetween({}, { overlapSeconds })));
      return { ...toWebhookEndpointView(after), secret };
    });
  }

  /** 409 `endpoint_in_use` where an integration sends through it. */
  remove(id: string): Promise<WebhookEndpointView> {
    return this.change(async () => {
      const endpoint = found(await this.endpoints.lock(id));
      await this.endpoints.remove(id);
      await this.events.publish(new WebhookEndpointChanged('deleted', id, changesBetween(endpoint, { url: null })));
      return toWebhookEndpointView(endpoint);
    });
  }

  /** Gives an endpoint up: Polydesk's own doing, and so said in the audit log. In a transaction. */
  async disable(id: string, disabledReason: string): Promise<void> {
    const before = await this.endpoints.lock(id);
    if (!before?.isActive) return;
    const after = found(await this.endpoints.update(id, { isActive: false, disabledReason }));
    await this.events.publish(new WebhookEndpointChanged('disabled', id, changesBetween(before, after)));
    this.followers.forget();
  }

  private async change<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.database.transaction(work);
    } catch (error) {
      throw violatedConstraint(error) === 'integrations_org_id_webhook_endpoint_id_fkey' ? inUse() : error;
    } finally {
      this.followers.forget();
    }
  }

  private assertAddress(url: string): void {
    const fault = this.http.faultOf(url);
    if (fault !== null) throw AppError.invalidField('url', fault);
  }
}

function inUse(): AppError {
  return new AppError('endpoint_in_use', 409, 'An integration sends through this endpoint: give it another one first');
}
