import type { BlockList } from 'node:net';
import { z } from 'zod';
import { familyOf, isPublicAddress, networksOf } from './public-address.ts';

const ENTRIES_MAX = 200;
const SHORTEST_PREFIX = { ipv4: 8, ipv6: 7 } as const;
const NAME = /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const DEFAULT_PORTS = [80, 443];

export interface Destination {
  /** As it is configured; by this two of them are told apart. */
  readonly text: string;
  /** A name in small letters, perhaps with `*.` before it. */
  readonly name?: string;
  readonly network?: BlockList;
  /** Absent: any. */
  readonly ports?: readonly number[];
}

/**
 * `name`, `*.name`, an address or a network, each with `:port`, `:*` for any port, or nothing for
 * 80 and 443. IPv6 stands in brackets: `[fd00::/8]:9090`.
 */
const destination = z.string().transform((text, context): Destination => {
  const parsed = parseDestination(text.toLowerCase());
  if (typeof parsed !== 'string') return parsed;
  context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} ${parsed}` });
  return z.NEVER;
});

export const destinationList = z.array(destination).max(ENTRIES_MAX).default([]);

/** Where requests may go. Nothing is allowed that is not listed. */
export class Destinations {
  constructor(private readonly list: readonly Destination[]) {}

  /** Whether a URL may name this host: a name, or an address without brackets. */
  allowsHost(host: string, port: number): boolean {
    if (familyOf(host)) return this.lists(host, port);
    const name = host.toLowerCase().replace(/\.$/, '');
    return this.list.some((entry) => fits(entry, port) && isNamed(entry, name));
  }

  /** Whether a name that is allowed may lead to this address: if it is public, or listed itself. */
  allowsAddress(address: string, port: number): boolean {
    return isPublicAddress(address) || this.lists(address, port);
  }

  private lists(address: string, port: number): boolean {
    const family = familyOf(address);
    if (!family) return false;
    return this.list.some(
      (entry) => fits(entry, port) && entry.network?.check(address, family) === true,
    );
  }
}

const fits = ({ ports }: Destination, port: number) => ports?.includes(port) ?? true;

function isNamed({ name }: Destination, host: string): boolean {
  if (name === undefined) return false;
  return name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name;
}

/** The entry, or what is wrong with it. */
function parseDestination(text: string): Destination | string {
  const [, bracketed, bare = '', port] =
    /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}|\*))?$/.exec(text) ?? [];
  if (bracketed === undefined && bare === '') return 'is not a host with an optional port';
  if (port !== undefined && port !== '*' && (Number(port) < 1 || Number(port) > 65_535)) {
    return 'has no such port';
  }
  const given = port === undefined ? DEFAULT_PORTS : [Number(port)];
  const ports = port === '*' ? {} : { ports: given };
  const place = bracketed ?? bare;
  const [address = '', bits] = place.split('/');
  const family = familyOf(address);
  if (!family) return NAME.test(place) ? { text, name: place, ...ports } : 'is not a host';
  if ((family === 'ipv6') !== (bracketed !== undefined)) return 'wants brackets for IPv6 only';
  const widest = family === 'ipv4' ? 32 : 128;
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= widest)) {
    return 'is not a network';
  }
  if (bits !== undefined && Number(bits) < SHORTEST_PREFIX[family]) return 'is too wide a network';
  return { text, network: networksOf([place]), ...ports };
}
