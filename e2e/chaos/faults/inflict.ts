import type { NatsServer } from '@signalbox/embedded';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fleet } from '../../fleet/fleet.ts';
import type { EffectCounter } from '../../outside/effect-counter.ts';
import type { Fault, NatsFault } from './fault-plan.ts';

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
  const { brokers } = fleet;
  const beganAt = performance.now();
  const afterwards: Promise<void>[] = [];
  let natsIsBack = Promise.resolve();
  for (const fault of plan) {
    await delay(Math.max(0, beganAt + fault.atMs - performance.now()));
    counts[fault.kind] += 1;
    if ('node' in fault) {
      // One at a time, so that of three there is a majority; the others go on meanwhile.
      await natsIsBack;
      natsIsBack = inflictOnNats(fault, brokers[fault.node % brokers.length] ?? brokers[0]);
      afterwards.push(natsIsBack);
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

async function inflictOnNats({ kind, forMs }: NatsFault, broker: NatsServer): Promise<void> {
  if (kind === 'restart_nats') await broker.kill();
  else broker.suspend();
  await delay(forMs);
  if (kind === 'restart_nats') await broker.restart();
  else broker.resume();
}

/** When it is the moment, or that has not come for too long; at once without one. */
async function soon(moment: Promise<void> | undefined): Promise<void> {
  if (moment) await Promise.race([moment, delay(EFFECT_WAIT_MS)]);
}
