import { randomBytes } from 'node:crypto';
import { request } from 'undici';
import type { DeskPlatform } from './accounts.js';
import type { ProviderSettings } from './provider-settings.js';

/**
 * Whether Polydesk's address passes what the providers' consoles try when it is entered: Meta's handshake, Zalo's empty body.
 * Source: Graph API, "Getting started with webhooks", verification requests.
 */
export async function verifyAddress(settings: ProviderSettings, platform: DeskPlatform): Promise<boolean> {
  if (settings.polydeskUrl === null) return false;
  const url = new URL(`/webhooks/${platform}`, settings.polydeskUrl);
  if (platform === 'zalo') return isTaken(url);
  const challenge = randomBytes(6).readUIntBE(0, 6).toString();
  url.searchParams.set('hub.mode', 'subscribe');
  url.searchParams.set('hub.challenge', challenge);
  url.searchParams.set('hub.verify_token', settings[platform].verifyToken);
  const { statusCode, body } = await request(url);
  return (await body.text()) === challenge && statusCode === 200;
}

async function isTaken(url: URL): Promise<boolean> {
  const headers = { 'content-type': 'application/json' };
  const { statusCode, body } = await request(url, { method: 'POST', headers, body: '{}' });
  await body.dump();
  return statusCode === 200;
}
