import { setTimeout as delay } from 'node:timers/promises';
import type { Fleet } from '../../fleet/fleet.ts';
import type { EffectCounter } from '../../outside/effect-counter.ts';
import type { Fault } from './fault-plan.ts';

const NATS_DOWN_MS = 500;
/** How long a gateway’s death waits for an effect to fall into. */
const EFFECT_WAIT_MS = 1_500;

/** How often each kind was inflicted. */
export type FaultCounts = Record<Fault['kind'], number>;

/** Whom the faults meet. */
export interface Victims {
  readonly fleet: Fleet;
  readonly counter: EffectCounter;
}

/**
 * Inflicts the faults of a plan, each at its time; gateways die between an effect and its outcome.
 * Resolves when the last is over, with everybody awake and started again.
 */
export async function inflict(
  plan: readonly Fault[],
  { fleet, counter }: Victims,
  counts: FaultCounts,
): Promise<void> {
  const beganAt = performance.now();
  const afterwards: Promise<void>[] = [];
  for (const fault of plan) {
    await delay(Math.max(0, beganAt + fault.atMs - performance.now()));
    counts[fault.kind] += 1;
    if (fault.kind === 'restart_nats') {
      await fleet.nats.kill();
      await delay(NATS_DOWN_MS);
      await fleet.nats.restart();
      continue;
    }
    const member = fleet.member(fault.target);
    if (fault.kind === 'kill') {
      const moment = fault.target.startsWith('tool-gateway') ? counter.whenNext() : undefined;
      afterwards.push(soon(moment).then(() => member.kill()));
    } else {
      member.suspend();
      afterwards.push(delay(fault.forMs).then(() => member.resume()));
    }
  }
  await Promise.all(afterwards);
}

/** When it is the moment, or that has not come for too long; at once without one. */
async function soon(moment: Promise<void> | undefined): Promise<void> {
  if (moment) await Promise.race([moment, delay(EFFECT_WAIT_MS)]);
}
