import { ULID_PATTERN } from '@signalbox/kernel';
import { z } from 'zod';

export const ulid = z.string().regex(ULID_PATTERN, 'is not a ULID');
export const instant = z.iso.datetime({ offset: true });
export const sha256 = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'is not a sha256 digest');

/** A name that is also a token of a NATS subject: no dots, spaces or wildcards. */
export const token = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,100}$/, 'may have letters, digits, _ and - only, 1 to 100 of them');

export const riskLevel = z.enum(['low', 'medium', 'high', 'critical']);
export type RiskLevel = z.output<typeof riskLevel>;

/** How an approval ends. */
export const approvalOutcome = z.enum(['granted', 'rejected', 'expired']);

/** A service that owns executions and so gets the answers to what they asked for. */
export const executionOwner = z.enum(['agent-runner', 'automation']);
export type ExecutionOwner = z.output<typeof executionOwner>;

/** A payload that is too large for an event, in the object store under its digest. */
export const blobRef = z.object({
  digest: sha256,
  bytes: z.int().nonnegative(),
  /** `application/json` */
  mediaType: z.string(),
});
export type BlobRef = z.output<typeof blobRef>;

/** A model, and who serves it. */
export const modelName = z.object({ provider: z.string().min(1), model: z.string().min(1) });

/** What may be used up; what is absent has no limit. */
export const budget = z.object({
  tokens: z.int().positive().optional(),
  usd: z.number().positive().optional(),
});
export type Budget = z.output<typeof budget>;

/** A lease as its holder shows it: of two tokens the higher one is the newer. */
export const leaseProof = z.object({ resource: token, token: z.int().positive() });
export type LeaseProof = z.output<typeof leaseProof>;
