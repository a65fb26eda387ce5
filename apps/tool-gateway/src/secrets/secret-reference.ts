import { closestTo } from '@signalbox/kernel';
import { z } from 'zod';
import { headerName } from '../gateway-config/fields.schema.ts';
import { failed } from '../ports/tool.port.ts';

/** Of a path in a store; it does not lead up. */
const PART = '[A-Za-z0-9_~-][A-Za-z0-9_.~-]*';
const REFERENCE = new RegExp(`^((env|file):.+|(vault|bao):${PART}(/${PART})+#[^#/]+)$`);
const REFERENCE_CHARACTERS_MAX = 500;
const FORMS = 'a reference, env:NAME, file:/path, vault:mount/path#field or bao: likewise';
const KINDS = ['env', 'file', 'vault', 'bao'];
const LIKE_A_KIND = 0.5;

/**
 * Where a secret is: `env:NAME`, `file:/path`, or `vault:mount/path#field` and `bao:` likewise.
 * Never quoted when it is wrong: it may be the secret itself.
 */
export const secretReference = z
  .string({
    error: ({ input }) => `is ${input === undefined ? 'missing' : 'no text'}; expected: ${FORMS}`,
  })
  .max(REFERENCE_CHARACTERS_MAX)
  .regex(REFERENCE, {
    error: ({ input }) => {
      const [, kind = ''] = /^([a-z]+):/i.exec(String(input)) ?? [];
      const [meant] = closestTo(kind, KINDS, LIKE_A_KIND);
      const hint = meant === undefined || meant === kind ? '' : `; did you mean ${meant}:?`;
      return `is neither env:NAME nor file:/path nor vault:mount/path#field nor bao: likewise${hint}`;
    },
  });

/** A text, or a secret with what stands before it: `{ secret: env:TOKEN, prefix: 'Bearer ' }`. */
export const secretText = z.union([
  z.string(),
  z.strictObject({ secret: secretReference, prefix: z.string().max(100).default('') }),
]);
export type SecretText = z.output<typeof secretText>;

export const headersConfig = z.record(headerName, secretText).default({});

/** A credential cannot be had; the message says where it was looked for, and never what it is. */
export class MissingCredential extends Error {
  constructor(
    message: string,
    readonly code:
      | 'missing_credential'
      | 'credential_forbidden'
      | 'credential_store_unavailable' = 'missing_credential',
  ) {
    super(message);
  }

  toResult() {
    return failed(this.code, this.message);
  }
}
