import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export type HmacAlgorithm = 'sha256' | 'sha512' | 'sha1';

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
