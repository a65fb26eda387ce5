import { decodeStrictly } from '@signalbox/kernel';
import { z } from 'zod';
import { hmac, isOneOf } from './digests.ts';
import { secretsOf, type SecretReference } from './secrets.ts';
import { headerOf, MATCHES_NO_SECRET, unproven, type SignatureScheme } from './signature-scheme.ts';

const HEADER = 'X-PagerDuty-Signature';
const VERSION = 'v1=';

/**
 * Webhooks v3 of PagerDuty; while a secret is exchanged there is a signature by each.
 * https://developer.pagerduty.com/docs/webhooks/webhook-signatures/
 */
export function pagerdutySignature(secret: SecretReference) {
  return z
    .strictObject({ scheme: z.literal('pagerduty'), secrets: secretsOf(secret) })
    .transform(({ scheme, secrets }): SignatureScheme => ({
      name: scheme,
      header: HEADER,
      verify(request) {
        const given = headerOf(request, HEADER)
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part.startsWith(VERSION))
          .map((part) => decodeStrictly(part.slice(VERSION.length), 'hex'))
          .filter((digest) => digest !== undefined);
        if (given.length === 0) throw unproven(HEADER, `has no ${VERSION}<digest in hex>`);
        const expected = secrets.map((key) => hmac('sha256', key, request.bytes));
        const isProven = given.some((digest) => isOneOf(digest, expected));
        if (!isProven) throw unproven(HEADER, MATCHES_NO_SECRET);
      },
    }));
}
