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
