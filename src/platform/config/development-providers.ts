import type { Environment, Settings } from './settings.js';

/** Where `npm run providers` listens, which plays Messenger, WhatsApp and Zalo on this machine. */
export const LOCAL_PROVIDERS_PORT = 4010;
const LOCAL = `http://localhost:${LOCAL_PROVIDERS_PORT}`;
const LOCAL_GRAPH = `${LOCAL}/graph/v25.0`;
/** Any will do: the desk takes what Polydesk has. */
const LOCAL_META_APP_ID = '1029384756';

/** What a newcomer has not set; all of it belongs to one provider. */
const UNSET: { names: (keyof Settings)[]; instead: Partial<Settings> }[] = [
  {
    names: ['FACEBOOK_APP_ID', 'FACEBOOK_APP_SECRET', 'FACEBOOK_GRAPH_URL'],
    instead: { FACEBOOK_APP_ID: LOCAL_META_APP_ID, FACEBOOK_GRAPH_URL: LOCAL_GRAPH },
  },
  { names: ['WHATSAPP_APP_SECRET', 'WHATSAPP_GRAPH_URL'], instead: { WHATSAPP_GRAPH_URL: LOCAL_GRAPH } },
  {
    names: ['ZALO_APP_ID', 'ZALO_APP_SECRET', 'ZALO_OA_SECRET_KEY', 'ZALO_API_URL', 'ZALO_OAUTH_URL'],
    instead: { ZALO_API_URL: `${LOCAL}/zalo`, ZALO_OAUTH_URL: `${LOCAL}/zalo-oauth` },
  },
];

/**
 * In development, and there only: a provider of which nothing at all is set is the one on the desk, so that no account
 * anywhere is needed.
 */
export function developmentProviders({ ENVIRONMENT }: Settings, environment: Environment): Partial<Settings> {
  if (ENVIRONMENT !== 'development') return {};
  const isUnset = (name: keyof Settings) => (environment[name] ?? '') === '';
  const onTheDesk = UNSET.filter(({ names }) => names.every(isUnset));
  return onTheDesk.reduce<Partial<Settings>>((all, { instead }) => ({ ...all, ...instead }), {});
}
