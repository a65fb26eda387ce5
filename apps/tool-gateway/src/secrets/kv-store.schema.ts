import { z } from 'zod';
import { baseUrl } from '../gateway-config/fields.schema.ts';
import { secretReference } from './secret-reference.ts';

const ownReference = secretReference.regex(
  /^(env|file):/,
  'may not be in the store that it opens: give env:NAME or file:/path',
);

/** A server with the HTTP API of Vault. `http.allow` has to list where the URL leads. */
export const kvStoreConfig = z
  .strictObject({
    /** Without `/v1`. */
    url: baseUrl,
    namespace: z.string().max(200).optional(),
    /** Reference to a token. Who issued it renews it; it is read anew for each look-up. */
    token: ownReference.optional(),
    appRole: z
      .strictObject({
        mount: z
          .string()
          .regex(/^[\w-]+(\/[\w-]+)*$/)
          .default('approle'),
        /** References to both halves of the login. */
        roleId: ownReference,
        secretId: ownReference,
      })
      .optional(),
    timeoutMs: z.int().min(100).max(60_000).default(5_000),
  })
  .refine(({ token, appRole }) => (token === undefined) !== (appRole === undefined), {
    path: ['token'],
    message: 'give either token or appRole',
  });
export type KvStoreConfig = z.output<typeof kvStoreConfig>;

/** By the beginning of the references that lead to them. */
export const kvStoresConfig = z.strictObject({
  vault: kvStoreConfig.optional(),
  bao: kvStoreConfig.optional(),
});
export type KvStoresConfig = z.output<typeof kvStoresConfig>;
