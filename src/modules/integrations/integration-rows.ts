import { violatedConstraint } from '../../platform/database/database-errors.js';
import type { Prisma } from '../../platform/database/generated/prisma/client.js';
import type { IntegrationModel } from '../../platform/database/generated/prisma/models.js';
import { DamagedSecretError, UnknownKeyError } from '../../platform/secrets/secret-vault.js';
import { noSuchChatbot, noSuchEndpoint, pageConnected, tokensUnreadable } from './integration.refusals.js';
import type { UpdateIntegration } from './integrations.dto.js';

/** What a page is once it has new tokens. */
export const CONNECTED = { isActive: true, status: 'connected', statusReason: null };

/** Refusals for what went wrong in the database. */
export function inWords(error: unknown): unknown {
  if (error instanceof UnknownKeyError || error instanceof DamagedSecretError) return tokensUnreadable();
  const constraint = violatedConstraint(error);
  // All were looked up before; somebody was quicker.
  if (constraint === 'integrations_org_id_chatbot_id_fkey') return noSuchChatbot();
  if (constraint === 'integrations_org_id_webhook_endpoint_id_fkey') return noSuchEndpoint();
  if (constraint === 'integrations_org_id_platform_oa_id_key') return pageConnected();
  return error;
}

export function isDisconnected({ isActive, accessToken, refreshToken }: IntegrationModel): boolean {
  return !isActive && accessToken === null && refreshToken === null;
}

export function endOf(expiresIn: number | null | undefined): Date | null {
  return expiresIn ? new Date(Date.now() + expiresIn * 1_000) : null;
}

export function toRow({ name, chatbotId, webhookEndpointId, avatarUrl, meta }: UpdateIntegration) {
  return { name, chatbotId, webhookEndpointId, avatarUrl, ...(meta && { meta: meta as Prisma.InputJsonObject }) };
}
