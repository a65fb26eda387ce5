import type { LeaseProof, settleLease } from '@signalbox/contracts';
import { AppError, fold, type Clock, type DataOf, type MessageContext } from '@signalbox/kernel';
import { execute, type EventStore, type Known } from '@signalbox/messaging';
import { setTimeout as delay } from 'node:timers/promises';
import {
  leaseDecider,
  type LeaseCommand,
  type LeaseState,
  type SeenLeaseEvent,
} from './lease.decider.ts';

/** Beyond it, what was seen of resources is read again. */
const RESOURCES_KNOWN_MAX = 1_000;
/** Of a process that asks for one resource while others ask for it many times over. */
const ATTEMPTS_MAX = 10;
const ATTEMPT_AGAIN_MS = 20;

/** Who holds a resource, in the terms in which it is told. */
export type HeldLease = DataOf<typeof settleLease>;

/**
 * The right to act on a resource, held by one run at a time. Every answer says who holds it now:
 * when that is another run than the one that asked, it may not know yet, and telling it again does
 * no harm. May be repeated, and called by many processes at once.
 */
export class Leases {
  /** As this process saw them last. One after the other, its own askers do not race each other. */
  readonly #seen = new Map<string, Promise<Known<LeaseState> | undefined>>();

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Holds the resource, or waits in line for it. The holder gets the same token again.
   * @throws AppError `unavailable`, also when others were faster for a whole second. Never
   * `conflict`: to a run that means its own journal.
   */
  async acquire(resource: string, executionId: string, context: MessageContext) {
    const held = await this.execute(resource, { do: 'acquire', executionId }, context);
    if (!held) throw new Error('a resource that was asked for has no holder');
    return held;
  }

  /**
   * Goes on holding the resource, under the same token, if less than half of its time is left.
   * Somebody else's lease, or none, when the run no longer holds it: then it has to acquire.
   */
  renew(resource: string, executionId: string, context: MessageContext) {
    return this.execute(resource, { do: 'renew', executionId }, context);
  }

  /** Gives the resource up, or the place in line. */
  release(resource: string, executionId: string, context: MessageContext) {
    return this.execute(resource, { do: 'release', executionId }, context);
  }

  /**
   * Whether the run holds the resource under this token, by the word of the stream's leader. Time
   * is left to those who wait: one that is late and in nobody's way still holds it.
   * @throws AppError `unavailable`
   */
  async isHeld({ resource, token }: LeaseProof, executionId: string): Promise<boolean> {
    const holder = await this.holderSince({ resource, token });
    return holder?.token === token && holder.executionId === executionId;
  }

  /**
   * The run that holds the resource now, by the word of the stream's leader; undefined when nobody
   * does, or the time of who did is up: then it has to look before it acts.
   * @param lease any that was granted before.
   * @throws AppError `unavailable`
   */
  async heldBy(lease: LeaseProof): Promise<string | undefined> {
    const holder = await this.holderSince(lease);
    return holder && this.clock.now() < holder.until ? holder.executionId : undefined;
  }

  /** All that matters stands from the grant on, however long the story of the resource is. */
  private async holderSince({ resource, token }: LeaseProof) {
    const after = { sequence: token - 1, version: 0 };
    const { events } = await this.store.read(refOf(resource), { fresh: true, after });
    return fold(leaseDecider, events as readonly SeenLeaseEvent[]).holder;
  }

  private async execute(
    resource: string,
    command: Omit<LeaseCommand, 'now'>,
    context: MessageContext,
  ): Promise<HeldLease | undefined> {
    const before = this.#seen.get(resource) ?? Promise.resolve(undefined);
    const executed = before.then((known) =>
      patiently(() =>
        execute(this.store, leaseDecider, refOf(resource), {
          command: { ...command, now: this.clock.now() },
          context,
          fresh: true,
          known,
        }),
      ),
    );
    if (this.#seen.size >= RESOURCES_KNOWN_MAX) this.#seen.clear();
    this.#seen.set(
      resource,
      executed.catch(() => undefined),
    );
    const { holder } = (await executed).state;
    return holder && { ...holder, resource, until: holder.until.toISOString() };
  }
}

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== 'conflict') throw error;
      if (attempt >= ATTEMPTS_MAX) throw contended(error);
      await delay(ATTEMPT_AGAIN_MS * attempt);
    }
  }
}

function contended(cause: AppError): AppError {
  return new AppError({
    code: 'lease_contended',
    kind: 'unavailable',
    message: 'Others keep asking for the resource; it is asked for again later.',
    cause,
  });
}

const refOf = (resource: string) => ({ aggregate: 'lease', id: resource });
