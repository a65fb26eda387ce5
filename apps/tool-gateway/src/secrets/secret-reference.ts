import { z } from 'zod';

/** Of a path in a store; it does not lead up. */
const PART = '[A-Za-z0-9_~-][A-Za-z0-9_.~-]*';
const REFERENCE = new RegExp(`^((env|file):.+|(vault|bao):${PART}(/${PART})+#[^#/]+)$`);
const REFERENCE_CHARACTERS_MAX = 500;

/**
 * Where a secret is: `env:NAME`, `file:/path`, or `vault:mount/path#field` and `bao:` likewise.
 * Never quoted when it is wrong: it may be the secret itself.
 */
export const secretReference = z
  .string()
  .max(REFERENCE_CHARACTERS_MAX)
  .regex(REFERENCE, 'is neither env:NAME nor file:/path nor vault:mount/path#field');

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
    return { status: 'failed', code: this.code, message: this.message } as const;
  }
}
