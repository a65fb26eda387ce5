import { type Rule, ruleSchema, type Signal, signalSchema } from '@signalbox/contracts';
import type { Json } from '@signalbox/kernel';
import { compileRules } from './rule-set.ts';

export const ID = '01JAR00000000000000000000';

/** The documented alert, changed as told. */
export const signal = (about: Partial<Signal> & { payload?: Json } = {}): Signal =>
  signalSchema.parse({
    id: `${ID}0`,
    source: 'datadog',
    type: 'alert',
    title: 'High CPU on web-server-03',
    severity: 'critical',
    fingerprint: 'f',
    startsAt: '2026-11-01T10:00:00Z',
    receivedAt: '2026-11-01T10:00:01Z',
    payload: { host: 'web-server-03', cpu_percent: 97.3, duration_minutes: 5 },
    raw: {
      sha256: `sha256:${'0'.repeat(64)}`,
      bytes: 2,
      contentType: 'application/json',
      deliveryId: `${ID}0`,
    },
    signature: 'unsigned',
    ...about,
  });

export const rule = (about: Partial<Rule> = {}): Rule =>
  ruleSchema.parse({ id: `${ID}1`, name: 'r', pattern: 'cpu', action: 'allow', ...about });

export const matches = (about: Partial<Rule>, of: Signal = signal()) =>
  compileRules([rule(about)]).evaluate(of).matched !== undefined;

/** Why the rule did or did not match. */
export const reasonOf = (about: Partial<Rule>, of: Signal = signal()) =>
  compileRules([rule(about)]).evaluate(of).trace[0]?.reason;

/** How long it takes on a machine with nothing else to do: the CPU time of this process, in ms. */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
