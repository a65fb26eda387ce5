import { decodeStrictly, type ByteEncoding } from '@signalbox/kernel';
import { z } from 'zod';
import { hmac, isOneOf, type HmacAlgorithm } from './digests.ts';
import { secretsOf, type SecretReference } from './secrets.ts';
import { headerOf, MATCHES_NO_SECRET, unproven, type SignatureScheme } from './signature-scheme.ts';

export interface HmacOptions {
  readonly scheme: string;
  readonly secrets: readonly string[];
  readonly header: string;
  readonly algorithm: HmacAlgorithm;
  readonly encoding: ByteEncoding;
  /** What stands before the digest in the header. */
  readonly prefix: string;
}

/** One HMAC of the body in one header, which is how most vendors sign. It has no replay window. */
export function hmacScheme(options: HmacOptions): SignatureScheme {
  const { scheme, secrets, header, algorithm, encoding, prefix } = options;
  return {
    name: scheme,
    header,
    verify(request) {
      const given = headerOf(request, header);
      const digest = given.startsWith(prefix)
        ? decodeStrictly(given.slice(prefix.length), encoding)
        : undefined;
      if (!digest) throw unproven(header, `is not ${prefix}<digest in ${encoding}>`);
      const expected = secrets.map((secret) => hmac(algorithm, secret, request.bytes));
      if (!isOneOf(digest, expected)) throw unproven(header, MATCHES_NO_SECRET);
    },
  };
}

export function hmacSignature(secret: SecretReference) {
  return z
    .strictObject({
      scheme: z.literal('hmac'),
      secrets: secretsOf(secret),
      header: z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'is not the name of a header'),
      algorithm: z.enum(['sha256', 'sha512', 'sha1']).default('sha256'),
      encoding: z.enum(['hex', 'base64']).default('hex'),
      prefix: z.string().max(100).default(''),
    })
    .transform(hmacScheme);
}
