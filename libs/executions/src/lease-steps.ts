import { leaseAwaited, leaseObserved, settleLease, type LeaseProof } from '@signalbox/contracts';
import { deriveId, type MessageContext } from '@signalbox/kernel';
import type { CommandBus } from '@signalbox/messaging';
import type { Run } from './execution.state.ts';
import { LEASE_MS } from './lease/lease.decider.ts';
import type { HeldLease, Leases } from './lease/leases.ts';
import type { Turn } from './turn.ts';

/** The lease of a run, between the line for the resource and the run's own journal. */
export class LeaseSteps {
  constructor(
    private readonly leases: Leases,
    private readonly bus: CommandBus,
  ) {}

  /**
   * Asks for the resource, and records what the run has to know.
   * @returns when the time of its holder is up, when the run has to wait until it is told or then;
   * undefined when it is to look at itself again.
   */
  async look({ journal, context }: Turn, resource: string): Promise<string | undefined> {
    const { run } = journal;
    const { executionId } = run.started;
    const held = await this.leases.acquire(resource, executionId, context);
    if (held.executionId === executionId) {
      const { token, until } = held;
      journal.record(leaseObserved.of({ resource, token, until }));
      return undefined;
    }
    await this.tell(held, context);
    if (run.waiting?.for === 'lease') return held.until;
    // Looked at again once this is in the log: a grant before it would find nobody who waits.
    journal.record(leaseAwaited.of({ resource, heldBy: held.executionId }));
    await journal.flush(context);
    return undefined;
  }

  /** The heartbeat: a run that takes a step goes on holding what it holds. */
  async renew({ journal, context }: Turn, now: Date): Promise<void> {
    const { lease, started } = journal.run;
    if (!lease) return;
    const leftMs = new Date(lease.until).getTime() - now.getTime();
    if (leftMs <= 0 || leftMs > LEASE_MS / 2) return;
    const held = await this.leases.renew(lease.resource, started.executionId, context);
    if (held?.executionId !== started.executionId) return;
    const { resource, token, until } = held;
    journal.record(leaseObserved.of({ resource, token, until }));
  }

  /**
   * Gives up the resource, or the place in line; whoever is next is told. Safe to repeat.
   * @param inUse what the run has to go on holding, if it does.
   */
  async giveUp(
    { plan, started: { executionId } }: Run,
    context: MessageContext,
    inUse?: LeaseProof,
  ): Promise<void> {
    if (plan.kind !== 'agent' || plan.resource === undefined) return;
    if (inUse && (await this.leases.isHeld(inUse, executionId))) return;
    const held = await this.leases.release(plan.resource, executionId, context);
    if (held && held.executionId !== executionId) await this.tell(held, context);
  }

  /** Telling it again does no harm. */
  private tell(held: HeldLease, context: MessageContext): Promise<void> {
    const id = deriveId(held.executionId, 'lease', held.token);
    return this.bus.send(settleLease.of(held), { id, context });
  }
}
