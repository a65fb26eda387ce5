import { z } from 'zod';

/** Reads a reference to a secret, `env:NAME` or `file:/path`, and gives the secret. */
export type SecretReference = z.ZodType<string, string>;

/** The old one and the new one while a secret is exchanged. */
const SECRETS_MAX = 2;

/** The secrets of one source, each of which its requests may be signed with. */
export function secretsOf<Secret>(secret: z.ZodType<Secret, string>) {
  return z
    .array(secret)
    .min(1, 'names no secret')
    .max(SECRETS_MAX, `names more than ${SECRETS_MAX} secrets`);
}
