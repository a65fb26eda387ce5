import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { decodeStrictly } from '@signalbox/kernel';
import { z } from 'zod';
import { hmac, isOneOf } from './digests.ts';
import { secretsOf, type SecretReference } from './secrets.ts';
import { headerOf, MATCHES_NO_SECRET, unproven, type SignatureScheme } from './signature-scheme.ts';
import { freshTimestamp } from './timestamp.ts';

const HEADER = 'webhook-signature';
const DELIVERY_HEADER = 'webhook-id';
/** A sender signs with each of its keys, old and new: a few, and each costs us a check. */
const SIGNATURES_MAX = 8;
const PUBLIC_KEY_BYTES = 32;

/** `Buffer` of `v1`, HMAC-SHA256; `KeyObject` of `v1a`, the public half of an Ed25519 pair. */
type Key = Buffer | KeyObject;

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export function standardWebhooksSignature(secret: SecretReference) {
  return z
    .strictObject({
      scheme: z.literal('standard-webhooks'),
      secrets: secretsOf(secret.transform(keyOf)),
    })
    .transform(({ scheme, secrets }): SignatureScheme => ({
      name: scheme,
      header: HEADER,
      deliveryHeader: DELIVERY_HEADER,
      verify(request) {
        const id = headerOf(request, DELIVERY_HEADER);
        const time = freshTimestamp(request, 'webhook-timestamp');
        const given = headerOf(request, HEADER).split(' ').slice(0, SIGNATURES_MAX);
        const covered = Buffer.concat([Buffer.from(`${id}.${time}.`), request.bytes]);
        const isProven = secrets.some((key) => isSignedBy(key, given, covered));
        if (!isProven) throw unproven(HEADER, MATCHES_NO_SECRET);
      },
    }));
}

function isSignedBy(key: Key, given: readonly string[], covered: Buffer): boolean {
  if (Buffer.isBuffer(key)) {
    const expected = [hmac('sha256', key, covered)];
    return signaturesOf('v1', given).some((signature) => isOneOf(signature, expected));
  }
  return signaturesOf('v1a', given).some((signature) => verify(null, covered, key, signature));
}

function signaturesOf(version: string, given: readonly string[]): readonly Buffer[] {
  return given
    .filter((signature) => signature.startsWith(`${version},`))
    .map((signature) => decodeStrictly(signature.slice(version.length + 1), 'base64'))
    .filter((signature) => signature !== undefined);
}

/** `whsec_` and base64 for a shared secret, `whpk_` and base64 for a public key. */
function keyOf(secret: string, context: z.RefinementCtx): Key {
  const isPublic = secret.startsWith('whpk_');
  const bytes = decodeStrictly(secret.replace(/^(?:whsec_|whpk_)/, ''), 'base64');
  if (bytes && !isPublic) return bytes;
  if (bytes?.length === PUBLIC_KEY_BYTES) return ed25519(bytes);
  context.addIssue({
    code: 'custom',
    message: 'holds neither whsec_<base64> nor whpk_<base64 of an Ed25519 public key>',
  });
  return z.NEVER;
}

function ed25519(publicKey: Buffer): KeyObject {
  const x = publicKey.toString('base64url');
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
}
