import type { Config } from '../platform/config/config.js';

/** How Zalo signs, of what its documents say: which secret, and where the timestamp is taken from. */
export type ZaloSignature = 'oa-key body' | 'oa-key header' | 'app-secret body' | 'app-secret header';

/** What the desk and the Polydesk that it plays for have to agree on. */
export interface ProviderSettings {
  /** Where Polydesk is; null: it is told of nothing. */
  polydeskUrl: string | null;
  facebook: { appId: string; appSecret: string; verifyToken: string };
  whatsapp: { appSecret: string; verifyToken: string };
  zalo: { appId: string; appSecret: string; oaSecretKey: string; signature: ZaloSignature };
  /** How long to wait before a webhook that was not answered with 200 is sent again, each time, in milliseconds. */
  retryGapsMs: readonly number[];
  /** How long after a message was accepted its echo and its receipts go out, in milliseconds. */
  receiptDelayMs: number;
  /** How many pages one answer of `me/accounts` holds. */
  accountsPerAnswer: number;
}

const RETRY_GAPS_MS = [500, 1000, 2000, 5000, 10_000, 30_000];
const ACCOUNTS_PER_ANSWER = 25;

/** The same secrets as the Polydesk of this machine has. */
export function settingsFor({ settings }: Config, polydeskUrl: string): ProviderSettings {
  return {
    polydeskUrl,
    facebook: {
      appId: settings.FACEBOOK_APP_ID,
      appSecret: settings.FACEBOOK_APP_SECRET,
      verifyToken: settings.FACEBOOK_VERIFY_TOKEN,
    },
    whatsapp: { appSecret: settings.WHATSAPP_APP_SECRET, verifyToken: settings.WHATSAPP_VERIFY_TOKEN },
    zalo: {
      appId: settings.ZALO_APP_ID,
      appSecret: settings.ZALO_APP_SECRET,
      oaSecretKey: settings.ZALO_OA_SECRET_KEY,
      signature: 'oa-key body',
    },
    retryGapsMs: RETRY_GAPS_MS,
    receiptDelayMs: 100,
    accountsPerAnswer: ACCOUNTS_PER_ANSWER,
  };
}
