import { parse, type Json } from '@signalbox/kernel';
import { z } from 'zod';
import { ruleInputs, type RuleInput } from '../rules/rule-wire.ts';

const SINCE_DEFAULT = '30d';

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const DURATION = /^(\d{1,6})([smhdw])$/;
const instantText = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** @param time made of what is said for `since` and `until`. */
export function backtestBody<Time>(time: z.ZodType<Time, string>) {
  return z.strictObject({
    rules: ruleInputs,
    since: time.prefault(SINCE_DEFAULT),
    until: time.prefault('0s'),
  });
}

export interface BacktestRequest {
  /** The candidates, in the place of all rules there are. */
  readonly rules: readonly RuleInput[];
  readonly since: Date;
  readonly until: Date;
}

/**
 * The body of a request for a backtest. `since` and `until` are instants in ISO 8601 or how long
 * ago: `90m`, `30d`.
 * @throws AppError `invalid` naming the field.
 */
export function backtestRequest(body: Json, now: Date): BacktestRequest {
  const time = z.string().transform((text, context) => {
    const at = timeOf(text, now);
    if (at === undefined)
      context.addIssue('is neither an instant like 2026-11-01T00:00:00Z nor an age like 30d');
    return at ?? z.NEVER;
  });
  const schema = backtestBody(time).refine(({ since, until }) => since < until, {
    path: ['since'],
    message: 'is not before until',
  });
  return parse(schema, body, 'backtest');
}

function timeOf(text: string, now: Date): Date | undefined {
  const [, count, unit] = DURATION.exec(text) ?? [];
  if (unit !== undefined) {
    return new Date(now.getTime() - Number(count) * unitMs[unit as keyof typeof unitMs]);
  }
  return instantText.safeParse(text).success ? new Date(text) : undefined;
}
