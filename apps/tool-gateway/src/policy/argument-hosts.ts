import { portOf } from '../http/destination-guard.ts';
import type { Destinations } from '../http/destinations.ts';
import { familyOf } from '../http/public-address.ts';

const URL_CHARACTERS_MAX = 8_000;
/** What every reader of URLs takes for the same host; the rest is refused rather than guessed. */
const PLAIN_AUTHORITY = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

/** Why the host of a URL, or a bare `host` or `host:port`, is refused; absent when it is listed. */
export function objectionToHost(text: string, listed: Destinations): string | undefined {
  if (text.length > URL_CHARACTERS_MAX) return 'is too long';
  if (/[^!-~]|\\/.test(text)) return 'holds more than plain characters, or a backslash';
  const [, authority] = /^https?:\/\/([^/?#]*)/i.exec(text) ?? [];
  const bare = authority === undefined;
  if (!PLAIN_AUTHORITY.test(authority ?? text)) return 'is neither an HTTP URL nor a plain host';
  const url = URL.parse(bare ? `http://${text}` : text);
  if (!url) return 'is not a URL';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // 012.1.2.3 is 10.1.2.3 to some readers and 12.1.2.3 to others.
  const typed = (authority ?? text).replace(/:\d+$/, '');
  if (familyOf(host) === 'ipv4' && typed !== host) return 'is not written as four plain decimals';
  if (listed.allowsHost(host, portOf(url))) return undefined;
  return `leads to ${host}:${portOf(url)}, which is not listed`;
}
