import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.process>;
type Network = ReturnType<typeof ipaddr.parseCIDR>;

/** All that is given out for the public IPv6 internet: whatever lies outside means something special, or nothing yet. */
const PUBLIC_IPV6 = ipaddr.parseCIDR('2000::/3');
/** Looks public, and answers a cloud's own machines with their secrets (Azure's wire server). */
const METADATA = ['168.63.129.16'];

/** The part of the network that an address of somebody else's choice may lie in: the public internet, and what is allowed. */
export class Networks {
  private readonly allowed: Network[];

  /** `allowed` as 10.1.0.0/16 or fd00::/8. */
  constructor(allowed: readonly string[]) {
    this.allowed = allowed.map((network) => ipaddr.parseCIDR(network));
  }

  /** Whether an IP address may be spoken to. Takes IPv4 inside IPv6 (::ffff:10.0.0.1) for what it is. */
  allow(address: string): boolean {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return isPublic(parsed) || this.allowed.some((network) => lies(parsed, network));
  }
}

function isPublic(address: Address): boolean {
  if (METADATA.includes(address.toString()) || address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || lies(address, PUBLIC_IPV6);
}

function lies(address: Address, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}
