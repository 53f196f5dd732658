import { randomBytes } from 'node:crypto';
import type { Json, JsonObject } from '../channels/json.js';
import type { DeskPlatform } from './accounts.js';
import { META_CODES, ZALO_CODES } from './provider-codes.js';

/** What a provider answers instead of doing what it was asked to. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body: Json,
    readonly headers: Record<string, string> = {},
  ) {
    super('The provider refuses');
    this.name = 'Refusal';
  }
}

/** A provider's own words for a code. `details`: where a person might look. */
export function refusalOf(platform: DeskPlatform, code: number, subcode?: number, details?: string): Refusal {
  return platform === 'zalo' ? zaloRefusal(code, details) : metaRefusal(platform, code, subcode, details);
}

/** Whoever asks has not shown that they are the app that they say. Final, whatever the code means elsewhere. */
export function appRefusal(code: 1 | 100 | 101, message: string): Refusal {
  const type = code === 100 ? 'GraphMethodException' : 'OAuthException';
  return new Refusal(400, { error: { message, type, code, fbtrace_id: newTraceId() } });
}

/** Source: Graph API, "Handling errors"; WhatsApp Cloud API, "Error codes". */
function metaRefusal(platform: DeskPlatform, code: number, subcode?: number, details?: string): Refusal {
  const { status, message, isTransient } = META_CODES[code] ?? { status: 400, message: 'Unknown error' };
  const error: JsonObject = {
    message: `(#${code}) ${details ?? message}`,
    type: 'OAuthException',
    code,
    ...(subcode !== undefined && { error_subcode: subcode }),
    ...(isTransient && { is_transient: true }),
    ...(platform === 'whatsapp' && { error_data: { messaging_product: 'whatsapp', details: details ?? message } }),
    fbtrace_id: newTraceId(),
  };
  return new Refusal(status, { error });
}

function newTraceId(): string {
  return `A${randomBytes(8).toString('base64url')}`;
}

/** Zalo says no with 200. Source: Zalo Official Account API, table of error codes. */
function zaloRefusal(code: number, details?: string): Refusal {
  return new Refusal(200, { error: code, message: details ?? ZALO_CODES[code] ?? 'Unknown error' });
}
