import { BlockList, isIP } from 'node:net';

/**
 * What is not the public Internet, by
 * https://www.iana.org/assignments/iana-ipv4-special-registry, with multicast and class E.
 */
const notPublicV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];

/**
 * Only 2000::/3 is handed out (https://www.iana.org/assignments/ipv6-address-space), so mapped
 * addresses, NAT64, ULA, link-local and multicast are outside of it. Within it: protocol
 * assignments with Teredo, 6to4, which carries an IPv4 address, and what is for documentation.
 */
const GLOBAL_V6 = '2000::/3';
const notPublicV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const globalV6 = networksOf([GLOBAL_V6]);
const notPublic = networksOf([...notPublicV4, ...notPublicV6]);

/** Whether everybody on the Internet means the same machine by it. False for what is no address. */
export function isPublicAddress(address: string): boolean {
  switch (familyOf(address)) {
    case 'ipv4':
      return !notPublic.check(address, 'ipv4');
    case 'ipv6':
      return globalV6.check(address, 'ipv6') && !notPublic.check(address, 'ipv6');
    case undefined:
      return false;
  }
}

/** Absent for a name, and for an address with a zone, which means something on one machine only. */
export function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  if (address.includes('%')) return undefined;
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? 'ipv4' : 'ipv6';
}

/** Networks as `address/bits`, or single addresses. */
export function networksOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = familyOf(address);
    if (!family) throw new Error(`${network} is not a network`);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}
