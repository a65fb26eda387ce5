import { z } from 'zod';
import { hmacScheme } from './hmac.scheme.ts';
import { secretsOf, type SecretReference } from './secrets.ts';

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
export function githubSignature(secret: SecretReference) {
  return z
    .strictObject({ scheme: z.literal('github'), secrets: secretsOf(secret) })
    .transform(({ scheme, secrets }) => ({
      ...hmacScheme({
        scheme,
        secrets,
        header: 'X-Hub-Signature-256',
        algorithm: 'sha256',
        encoding: 'hex',
        prefix: 'sha256=',
      }),
      deliveryHeader: 'X-GitHub-Delivery',
    }));
}
