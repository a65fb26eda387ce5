import type { Rule } from '@signalbox/contracts';
import { AppError } from '@signalbox/kernel';
import { MISS_CHARS_MAX } from './matching/matcher.ts';

/** Rules that are tried. */
export const RULES_ACTIVE_MAX = 1_000;

/** Of the trace in a decision; a message holds 256 KiB, and the router bounds the rest of it. */
const TRACE_BYTES_MAX = 229_376;
/** Of a rule in the trace beside its name: id, member names and marks, and why it did not match. */
const TRIAL_BYTES =
  Buffer.byteLength(
    JSON.stringify({ ruleId: 'x'.repeat(26), ruleName: '', matched: false, reason: '' }),
  ) +
  MISS_CHARS_MAX +
  1;

/**
 * Whether so many rules can be in force together.
 * @throws AppError `invalid` with code `too_many_rules`
 */
export function checkRuleSet(rules: readonly Rule[]): void {
  const active = rules.filter((rule) => rule.active);
  if (active.length > RULES_ACTIVE_MAX) {
    throw tooMany(`${active.length} rules would be active, at most ${RULES_ACTIVE_MAX} may be`);
  }
  const bytes = active.reduce(
    (sum, { name }) => sum + TRIAL_BYTES + Buffer.byteLength(JSON.stringify(name)) - 2,
    0,
  );
  if (bytes > TRACE_BYTES_MAX) {
    throw tooMany(`the trace of a decision would take ${bytes} bytes, at most ${TRACE_BYTES_MAX}`);
  }
}

function tooMany(problem: string): AppError {
  return new AppError({
    code: 'too_many_rules',
    kind: 'invalid',
    message: `${problem}. Turn rules off, join them, or give them shorter names.`,
  });
}
