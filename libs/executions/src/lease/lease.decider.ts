import {
  leaseExpired,
  leaseGranted,
  leaseReleased,
  leaseRenewed,
  leaseRequested,
  type LeaseEvent,
} from '@signalbox/contracts';
import type { Decider, EventRecord } from '@signalbox/kernel';

/** How long a lease is held that is not renewed. */
export const LEASE_MS = 600_000;

export interface Holder {
  readonly executionId: string;
  /** Audit sequence of the grant; 0 while that is yet to be appended. */
  readonly token: number;
  readonly until: Date;
}

/** A resource: who holds it, and who waits for it in the order in which they asked. */
export interface LeaseState {
  readonly holder?: Holder | undefined;
  readonly line: readonly string[];
}

/** A run wants the resource, goes on wanting what it holds, or wants it no more. */
export interface LeaseCommand {
  readonly do: 'acquire' | 'renew' | 'release';
  readonly executionId: string;
  readonly now: Date;
}

/** Recorded once it is in the log; a decision that is being made has no record yet. */
export type SeenLeaseEvent = LeaseEvent & { readonly record?: EventRecord };

/**
 * One holder at a time; whoever comes later waits in line. What is left without a holder goes to
 * the first in line at once, so a resource is free only while nobody waits for it.
 */
export const leaseDecider: Decider<LeaseState, LeaseCommand, SeenLeaseEvent> = {
  initialState: () => ({ line: [] }),
  decide: (command, state) => {
    const left = leaving(command, state);
    const vacated = left.reduce(evolve, state);
    const passedOn = handingOn(command, vacated);
    return [...left, ...passedOn, ...asking(command, passedOn.reduce(evolve, vacated))];
  },
  evolve,
};

/** A holder whose time is up is noticed by whoever comes by. */
function leaving({ do: what, executionId, now }: LeaseCommand, state: LeaseState) {
  const { holder, line } = state;
  if (what === 'release') {
    const isKnown = holder?.executionId === executionId || line.includes(executionId);
    return isKnown ? [leaseReleased.of({ executionId })] : [];
  }
  if (!holder || now < holder.until) return [];
  return [leaseExpired.of({ executionId: holder.executionId })];
}

function handingOn(command: LeaseCommand, { holder, line: [first] }: LeaseState) {
  return holder || first === undefined ? [] : [granted(first, command)];
}

function asking(command: LeaseCommand, { holder, line }: LeaseState): SeenLeaseEvent[] {
  const { executionId, now } = command;
  if (command.do === 'acquire') {
    if (!holder) return [granted(executionId, command)];
    const isKnown = holder.executionId === executionId || line.includes(executionId);
    return isKnown ? [] : [leaseRequested.of({ executionId })];
  }
  if (command.do === 'release' || holder?.executionId !== executionId) return [];
  const isFresh = holder.until.getTime() - now.getTime() > LEASE_MS / 2;
  return isFresh ? [] : [leaseRenewed.of({ executionId, until: untilFrom(now) })];
}

function granted(executionId: string, { now }: LeaseCommand) {
  return leaseGranted.of({ executionId, until: untilFrom(now) });
}

function untilFrom(now: Date): string {
  return new Date(now.getTime() + LEASE_MS).toISOString();
}

function evolve({ holder, line }: LeaseState, event: SeenLeaseEvent): LeaseState {
  const { executionId } = event.data;
  const others = line.filter((waiting) => waiting !== executionId);
  switch (event.type) {
    case 'lease.requested':
      return { holder, line: [...others, executionId] };
    case 'lease.granted': {
      const token = event.record?.sequence ?? 0;
      return { holder: { executionId, token, until: new Date(event.data.until) }, line: others };
    }
    case 'lease.renewed':
      return { holder: holder && { ...holder, until: new Date(event.data.until) }, line };
    case 'lease.released':
    case 'lease.expired':
      return { holder: holder?.executionId === executionId ? undefined : holder, line: others };
  }
}
