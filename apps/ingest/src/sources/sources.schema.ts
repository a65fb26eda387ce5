import { z } from 'zod';
import { formatNames } from '../intake/formats.ts';
import { basicSignature, bearerSignature } from './signature/authorization.scheme.ts';
import { githubSignature } from './signature/github.scheme.ts';
import { hmacSignature } from './signature/hmac.scheme.ts';
import { pagerdutySignature } from './signature/pagerduty.scheme.ts';
import type { SecretReference } from './signature/secrets.ts';
import { slackSignature } from './signature/slack.scheme.ts';
import { standardWebhooksSignature } from './signature/standard-webhooks.scheme.ts';
import { foldedName, Sources } from './sources.ts';

/** The sources file. To add a way of signing, add its file and a line here. */
export function sourcesSchema(secret: SecretReference) {
  const signature = z.discriminatedUnion('scheme', [
    githubSignature(secret),
    standardWebhooksSignature(secret),
    pagerdutySignature(secret),
    slackSignature(secret),
    hmacSignature(secret),
    bearerSignature(secret),
    basicSignature(secret),
  ]);
  const format = z.enum(formatNames, `is none of ${formatNames.join(', ')}`);
  const source = z.strictObject({ format: format.optional(), signature: signature.optional() });
  return z
    .strictObject({
      sources: z
        .record(z.string().min(1).max(100), source)
        .refine(areDistinct, 'names one source twice'),
    })
    .transform(
      ({ sources }) =>
        new Sources(Object.entries(sources).map(([name, options]) => ({ name, ...options }))),
    );
}

function areDistinct(sources: object): boolean {
  const names = Object.keys(sources);
  return new Set(names.map(foldedName)).size === names.length;
}
