import { isIPv4 } from 'node:net';

const GROUPS = 8;
/** A network of IPv6 has so many groups of its address; whoever has one has all that follow. */
const NETWORK_GROUPS = 4;

/** What counts as one sender: an IPv4 address, or a network of IPv6, of which every host has one. */
export function senderOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('::', 2);
  const before = groupsOf(head);
  const after = address.includes('::') ? groupsOf(tail) : [];
  const zeros = Array.from({ length: GROUPS - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].slice(0, NETWORK_GROUPS).join(':').toLowerCase();
}

function groupsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(':').map((group) => group.replace(/^0+(?=.)/, ''));
}
