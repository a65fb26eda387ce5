import { decodeStrictly } from '@signalbox/kernel';
import { z } from 'zod';
import { hmac, isOneOf } from './digests.ts';
import { secretsOf, type SecretReference } from './secrets.ts';
import { headerOf, MATCHES_NO_SECRET, unproven, type SignatureScheme } from './signature-scheme.ts';
import { slackDialect } from './slack.dialect.ts';
import { freshTimestamp } from './timestamp.ts';

const HEADER = 'X-Slack-Signature';
const VERSION = 'v0';

/** https://docs.slack.dev/authentication/verifying-requests-from-slack/ */
export function slackSignature(secret: SecretReference) {
  return z
    .strictObject({ scheme: z.literal('slack'), secrets: secretsOf(secret) })
    .transform(({ scheme, secrets }): SignatureScheme => ({
      name: scheme,
      header: HEADER,
      dialect: slackDialect,
      verify(request) {
        const time = freshTimestamp(request, 'X-Slack-Request-Timestamp');
        const given = headerOf(request, HEADER);
        const digest = given.startsWith(`${VERSION}=`)
          ? decodeStrictly(given.slice(VERSION.length + 1), 'hex')
          : undefined;
        if (!digest) throw unproven(HEADER, `is not ${VERSION}=<digest in hex>`);
        const covered = [`${VERSION}:${time}:`, request.bytes];
        const expected = secrets.map((key) => hmac('sha256', key, ...covered));
        if (!isOneOf(digest, expected)) throw unproven(HEADER, MATCHES_NO_SECRET);
      },
    }));
}
