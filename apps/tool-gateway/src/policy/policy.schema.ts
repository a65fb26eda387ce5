import { celCondition } from '@signalbox/rules';
import { z } from 'zod';
import { namePattern, outputBytesMax, re2, timeoutMs } from '../gateway-config/fields.schema.ts';
import { destinationList } from '../http/destinations.ts';

/** What a condition in CEL may name. */
export const CONDITION_VARIABLES = ['args', 'caller', 'environment', 'tool'] as const;
const CONDITION_CHARACTERS_MAX = 2_000;
const CALLS_PER_MINUTE_MAX = 10_000;

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
