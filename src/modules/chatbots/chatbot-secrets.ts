import { Injectable } from '@nestjs/common';
import { AppError } from '../../platform/http/app-error.js';
import { newSigningSecret } from '../../platform/http/outbound/standard-webhooks.js';
import { SecretVault } from '../../platform/secrets/secret-vault.js';
import type { UpdateChatbot } from './chatbots.dto.js';
import { ModelConfig } from './model-config.dto.js';

/** A chatbot's one secret as its row keeps it. */
export interface KeptSecret {
  secret: string | null;
  secretKeyId: string | null;
}

/** How a chatbot answered so far. */
export interface Answering {
  type: string | null;
  config: unknown;
}

export interface SecretOwner {
  orgId: string;
  id: string;
}

/** What is written of a chatbot's secret, and the text where it is to be shown, this once. */
export interface SecretChange {
  row: Partial<KeptSecret>;
  shown: string | null;
}

const NONE: KeptSecret = { secret: null, secretKeyId: null };
const UNCHANGED: SecretChange = { row: {}, shown: null };

/** A webhook's signing secret, which is ours, or the API key to a model's endpoint, which is theirs. */
@Injectable()
export class ChatbotSecrets {
  constructor(private readonly vault: SecretVault) {}

  /**
   * What a request means for the secret of a chatbot that was as `before`. 422 for an API key that nothing uses. An endpoint
   * elsewhere is not told the key to the one before.
   */
  change(owner: SecretOwner, before: Answering, input: UpdateChatbot): SecretChange {
    const { type = before.type, apiKey, config } = input;
    if (apiKey && type !== 'model') throw AppError.invalidField('apiKey', 'is only for a chatbot of type model');
    if (apiKey) return { row: this.seal(owner, apiKey), shown: null };
    if (type === 'webhook') return before.type === 'webhook' ? UNCHANGED : this.sign(owner);
    const isKept = type === before.type && apiKey === undefined && isAsBefore(before.config, config);
    return isKept ? UNCHANGED : { row: NONE, shown: null };
  }

  /** A new signing secret. */
  sign(owner: SecretOwner): SecretChange {
    const shown = newSigningSecret();
    return { row: this.seal(owner, shown), shown };
  }

  /** Throws UnknownKeyError or DamagedSecretError. */
  open({ orgId, id, secret, secretKeyId }: SecretOwner & KeptSecret): string | null {
    if (secret === null || secretKeyId === null) return null;
    return this.vault.open(secret, secretKeyId, placeOf({ orgId, id }));
  }

  /** As the row keeps it under the first key of ENCRYPTION_KEY. Throws as {@link open} does. */
  reseal(row: SecretOwner & KeptSecret): KeptSecret {
    const text = this.open(row);
    return text === null ? NONE : this.seal(row, text);
  }

  private seal(owner: SecretOwner, text: string): KeptSecret {
    return { secret: this.vault.seal(text, placeOf(owner)), secretKeyId: this.vault.keyId };
  }
}

function isAsBefore(before: unknown, config: UpdateChatbot['config']): boolean {
  if (!(config instanceof ModelConfig)) return true;
  return isRecord(before) && originOf(before['endpoint']) === originOf(config.endpoint);
}

function originOf(url: unknown): string | null {
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).origin : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function placeOf({ orgId, id: rowId }: SecretOwner) {
  return { orgId, rowId, field: 'chatbot secret' };
}
