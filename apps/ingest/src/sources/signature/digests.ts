import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export type DigestEncoding = 'hex' | 'base64';
export type HmacAlgorithm = 'sha256' | 'sha512' | 'sha1';

const alphabets: Readonly<Record<DigestEncoding, RegExp>> = {
  hex: /^(?:[0-9a-f]{2})+$/i,
  base64: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
};

/** The bytes that `text` spells, or undefined where Node would read what it can of it. */
export function decodeStrictly(text: string, encoding: DigestEncoding): Buffer | undefined {
  return text !== '' && alphabets[encoding].test(text) ? Buffer.from(text, encoding) : undefined;
}

/** HMAC (RFC 2104) over the parts one after the other. */
export function hmac(
  algorithm: HmacAlgorithm,
  secret: string | Buffer,
  ...parts: readonly (string | Buffer)[]
): Buffer {
  const digest = createHmac(algorithm, secret);
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/** In constant time; that the lengths differ is no secret, since digests have a known one. */
export function isOneOf(given: Buffer, digests: readonly Buffer[]): boolean {
  return digests.some((digest) => digest.length === given.length && timingSafeEqual(digest, given));
}

/** The same for texts of any length: their digests are compared, which tell nothing of it. */
export function isOneOfTexts(given: string, secrets: readonly string[]): boolean {
  return isOneOf(sha256(given), secrets.map(sha256));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
