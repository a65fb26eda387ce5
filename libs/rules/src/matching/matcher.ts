import type { Rule } from '@signalbox/contracts';
import { AppError } from '@signalbox/kernel';
import type { Subject } from './subject.ts';

/** Of what a trace says of a rule that did not match: decisions carry as many as there are rules. */
export const MISS_CHARS_MAX = 40;
const MATCH_CHARS_MAX = 200;

export interface Match {
  readonly matched: boolean;
  /** What matched, or why nothing did. */
  readonly reason: string;
}

export interface Matcher {
  /** Cheap. False only where `match` would answer with `miss`. */
  readonly mayMatch: (subject: Subject) => boolean;
  readonly match: (subject: Subject) => Match;
  /** What is said of most signals. */
  readonly miss: Match;
  /** A small regex of which nothing is known before it is tried, to be tried with others. */
  readonly grouped?: string;
}

export function hit(reason: string): Match {
  return { matched: true, reason: reason.slice(0, MATCH_CHARS_MAX) };
}

/** In ASCII without what JSON escapes, so that a character is a byte of the trace. */
export function miss(reason: string): Match {
  return Object.freeze({
    matched: false,
    reason: reason.replace(/[^ -~]|["\\]/g, '?').slice(0, MISS_CHARS_MAX),
  });
}

/** @returns AppError `invalid` that names the rule and says why its pattern cannot be taken. */
export function unusable(rule: Rule, reason: string, cause?: unknown): AppError {
  return new AppError({
    code: 'unusable_pattern',
    kind: 'invalid',
    message: `rule ${rule.name}: ${reason}`,
    fields: [{ field: 'pattern', problem: reason }],
    cause,
  });
}
