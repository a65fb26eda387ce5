import { celCondition } from '@signalbox/rules';
import { RE2JS } from 're2js';
import { z } from 'zod';
import { destinationList } from '../http/destinations.ts';

/** What a condition in CEL may name. */
export const CONDITION_VARIABLES = ['args', 'caller', 'environment', 'tool'] as const;
const CONDITION_CHARACTERS_MAX = 2_000;
const CALLS_PER_MINUTE_MAX = 10_000;

/** A name, or several by `*`. */
export const namePattern = z
  .string()
  .regex(/^[a-zA-Z0-9_*-]{1,100}$/, 'may have letters, digits, _, - and * only, 1 to 100 of them');

/** RE2 (https://github.com/google/re2/wiki/Syntax), matched against the whole text. */
export const re2 = z
  .string()
  .max(500)
  .refine(isRe2, 'is not a regular expression that RE2 understands');

/** Well under what a consumer gives a handler: then the call is parked while it still runs. */
export const timeoutMs = z.int().min(100).max(600_000);

/** Size of a result as JSON. The audit stream takes messages of 256 KB. */
export const outputBytesMax = z.int().min(1_000).max(200_000);

const condition = z
  .string()
  .max(CONDITION_CHARACTERS_MAX)
  .superRefine((pattern, context) => {
    try {
      celCondition(pattern, CONDITION_VARIABLES);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: 'custom', message: `is not usable as CEL: ${why}` });
    }
  });

/** By the name of a tool's argument. */
const argument = z.string().min(1).max(100);

/** Lets whoever it names use tools, where all that it says besides holds. */
const grant = z.strictObject({
  caller: namePattern,
  tools: z.array(namePattern).min(1),
  /** Of `SIGNALBOX_ENV`; any when absent. */
  environments: z.array(namePattern).min(1).optional(),
  /** Arguments that are paths, and the folders in which each has to lie. */
  paths: z.record(argument, z.array(z.string().min(1)).min(1)).optional(),
  /** Arguments that are URLs or hosts, and where each may lead, written as in `http.allow`. */
  domains: z.record(argument, destinationList).optional(),
  /** Of `execute_remediation`: commands, and the targets that each may have, in RE2. */
  commands: z.record(namePattern, re2).optional(),
  /** CEL that has to be true. */
  when: condition.optional(),
  /** For each caller and tool, in any minute, over all gateways. */
  callsPerMinute: z.int().min(1).max(CALLS_PER_MINUTE_MAX).optional(),
  outputBytesMax: outputBytesMax.optional(),
  timeoutMs: timeoutMs.optional(),
});
export type Grant = z.output<typeof grant>;

export const policySchema = z.strictObject({ allow: z.array(grant).default([]) });
export type PolicyConfig = z.output<typeof policySchema>;

function isRe2(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}
