import type { LookupAddress } from 'node:dns';
import { lookup as lookUp } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { buildConnector } from 'undici';
import type { Destinations } from './destinations.ts';

/** Of an answer. */
export const HEADER_BYTES_MAX = 16_384;
const CONNECT_TIMEOUT_MS = 5_000;
const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

export const portOf = (url: URL) =>
  url.port === '' ? (PORTS[url.protocol] ?? 0) : Number(url.port);

/** A name led to addresses of which none may be connected to. */
export class AddressNotAllowed extends Error {
  constructor(host: string) {
    super(`${host} leads to an address that is neither public nor listed under http.allow.`);
  }
}

export interface DestinationGuardOptions {
  readonly destinations: Destinations;
  /** The system's resolver when absent. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
}

export interface UrlObjection {
  readonly code: 'invalid_url' | 'host_not_allowed';
  readonly message: string;
}

/**
 * What all requests go through: listed destinations only. The host in the URL is checked, where an
 * address may stand that nobody looks up; and of the addresses that a name leads to only those are
 * connected to that pass.
 */
export class DestinationGuard {
  constructor(private readonly options: DestinationGuardOptions) {}

  /** The URL as it will be used, or why it is not. */
  checked(given: string | URL): URL | UrlObjection {
    const url = URL.parse(String(given));
    if (!url) return { code: 'invalid_url', message: 'That is not a URL.' };
    if (PORTS[url.protocol] === undefined) {
      const message = `${url.protocol} is not used here, only http: and https: are.`;
      return { code: 'invalid_url', message };
    }
    if (url.username !== '' || url.password !== '') {
      return { code: 'invalid_url', message: 'A URL may not carry a user or a password.' };
    }
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (this.options.destinations.allowsHost(host, portOf(url))) return url;
    const where = `${url.hostname}:${portOf(url)}`;
    return { code: 'host_not_allowed', message: `${where} is not listed under http.allow.` };
  }

  connectorFor(port: number): buildConnector.connector {
    return buildConnector({
      allowH2: false,
      maxCachedSessions: 0,
      timeout: CONNECT_TIMEOUT_MS,
      lookup: this.guardedLookup(port),
      port,
    });
  }

  /** Answers with the addresses that may be connected to, of those that the name leads to. */
  private guardedLookup(port: number): LookupFunction {
    const resolve =
      this.options.resolve ?? ((host: string) => lookUp(host, { all: true, verbatim: true }));
    return (host, { all }, callback) => {
      callbackify(resolve)(host, (error, found) => {
        if (error) return callback(error, []);
        const allowed = found.filter(({ address }) =>
          this.options.destinations.allowsAddress(address, port),
        );
        const [first] = allowed;
        if (!first) return callback(new AddressNotAllowed(host), []);
        if (all) return callback(null, allowed);
        callback(null, first.address, first.family);
      });
    };
  }
}
