import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { codeOf, messageOf } from '../../errors/thrown.js';
import type { NameLookup } from './name-lookup.js';
import type { Networks } from './networks.js';
import { AddressRefusedError, UnreachableError } from './outbound.errors.js';

const CONNECT_MS = 5_000;

/**
 * Connects to permitted addresses only. It decides on the very addresses that it then connects to, so a name that stands for
 * another one a moment later gains nothing.
 */
export function guardedConnector(networks: Networks, names: NameLookup): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_MS, lookup: permittedOnly(networks, names) });
  return (options, callback) => {
    // An address is never looked up: it is decided upon here.
    if (isIP(options.hostname) && !networks.allow(options.hostname)) return callback(new AddressRefusedError(), null);
    connect(options, (error, socket) => (error ? callback(notConnected(error), null) : callback(null, socket)));
  };
}

/** A host's addresses without those that are refused; of several kinds the permitted ones are left. */
function permittedOnly(networks: Networks, names: NameLookup): LookupFunction {
  const permitted = async (hostname: string) => {
    const addresses = (await names.resolve(hostname)).filter(({ address }) => networks.allow(address));
    const [first] = addresses;
    if (!first) throw new AddressRefusedError();
    return { first, addresses };
  };
  return (hostname, { all }, callback) => {
    permitted(hostname).then(
      ({ first, addresses }) => (all ? callback(null, addresses) : callback(null, first.address, first.family)),
      (error: unknown) => callback(error instanceof Error ? error : new Error(messageOf(error)), ''),
    );
  };
}

/** What went wrong before anything was sent. */
function notConnected(error: Error): Error {
  return error instanceof AddressRefusedError ? error : new UnreachableError(inWords(error), false);
}

/** Node's messages name addresses, which a partner's name may have inside of somebody's network: the code says enough. */
function inWords(error: Error): string {
  const code = codeOf(error);
  return `No connection could be made${code === undefined ? '' : ` (${code})`}`;
}
