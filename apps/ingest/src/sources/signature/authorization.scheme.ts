import { decodeStrictly } from '@signalbox/kernel';
import { z } from 'zod';
import { isOneOfTexts } from './digests.ts';
import { secretsOf, type SecretReference } from './secrets.ts';
import { headerOf, MATCHES_NO_SECRET, unproven, type SignatureScheme } from './signature-scheme.ts';

const HEADER = 'Authorization';

/** For vendors that sign nothing and cannot send our header: a token (RFC 6750). */
export function bearerSignature(secret: SecretReference) {
  return z
    .strictObject({ scheme: z.literal('bearer'), secrets: secretsOf(secret) })
    .transform(({ scheme, secrets }) => authorizationScheme(scheme, secrets, (given) => given));
}

/** The same with `user:password` (RFC 7617). */
export function basicSignature(secret: SecretReference) {
  const userAndPassword = secret.refine((text) => /^[^:]+:./.test(text), 'is not user:password');
  return z
    .strictObject({ scheme: z.literal('basic'), secrets: secretsOf(userAndPassword) })
    .transform(({ scheme, secrets }) =>
      authorizationScheme(scheme, secrets, (given) => decodeStrictly(given, 'base64')?.toString()),
    );
}

/** It proves who sends, not what: the body may be anything. */
function authorizationScheme(
  scheme: 'bearer' | 'basic',
  secrets: readonly string[],
  read: (credentials: string) => string | undefined,
): SignatureScheme {
  return {
    name: scheme,
    header: HEADER,
    verify(request) {
      const [word = '', credentials = ''] = headerOf(request, HEADER).split(/ +/, 2);
      const given = word.toLowerCase() === scheme ? read(credentials) : undefined;
      if (given === undefined) throw unproven(HEADER, `is not of the scheme ${scheme}`);
      if (!isOneOfTexts(given, secrets)) throw unproven(HEADER, MATCHES_NO_SECRET);
    },
  };
}
