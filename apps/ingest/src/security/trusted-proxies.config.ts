import { isIP } from 'node:net';
import { z } from 'zod';

/** Names that Fastify knows for networks no packet of which comes from elsewhere. */
const named: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];

/** `10.0.0.0/8,loopback`: addresses and networks, separated by commas. */
export const trustedProxiesSchema = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  )
  .pipe(z.array(z.string().refine(isNetwork, 'is not an address or network, as 10.0.0.0/8')));

function isNetwork(text: string): boolean {
  if (named.includes(text)) return true;
  const [address = '', bits = '1', ...rest] = text.split('/');
  const longest = isIP(address) === 4 ? 32 : 128;
  const isPrefix = /^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= longest;
  return isIP(address) !== 0 && isPrefix && rest.length === 0;
}
