/** Servers and credentials as `connect` takes them. */
export interface NatsAddress {
  /** URLs without credentials, fit to be shown. */
  readonly servers: string[];
  readonly user?: string;
  readonly pass?: string;
}

/**
 * Reads URLs divided by commas, such as `nats://user:password@host:4222`, percent-encoded as URLs
 * are. The client reads no credentials from a URL. The first ones count for all servers.
 */
export function natsAddress(urls: string): NatsAddress {
  const parts = urls.split(',').map((url) => /^(\w+:\/\/)?(?:(.*)@)?(.*)$/s.exec(url.trim()) ?? []);
  const servers = parts.map(([, scheme = '', , host = '']) => `${scheme}${host}`);
  const found = parts.find(([, , credentials]) => credentials !== undefined)?.[2];
  if (found === undefined) return { servers };
  const [user = '', pass = ''] = (/^([^:]*):?(.*)$/s.exec(found) ?? [])
    .slice(1)
    .map(decodeURIComponent);
  return { servers, user, pass };
}
