import { callsSettled, effectsClaimed, effectsOnce } from './effect.checks.ts';
import type { Check, Evidence, Violation } from './evidence.ts';
import { fencesHold } from './fence.checks.ts';
import { intentsSettled, journalsWhole, versionsContiguous } from './journal.checks.ts';
import { leasesGivenUp, parentsTold } from './lease.checks.ts';
import { nothingLeft, runsBegun, signalsDecided } from './signal.checks.ts';

const checks: readonly Check[] = [
  signalsDecided,
  runsBegun,
  versionsContiguous,
  journalsWhole,
  intentsSettled,
  fencesHold,
  effectsClaimed,
  effectsOnce,
  callsSettled,
  leasesGivenUp,
  parentsTold,
  nothingLeft,
];

/** Everything that may not be, of a campaign that has settled. */
export function violationsIn(evidence: Evidence): readonly Violation[] {
  return checks.flatMap((check) => check(evidence));
}
