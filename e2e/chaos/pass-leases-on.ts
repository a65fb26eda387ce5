import { allEvents, leaseExpired, leaseGranted, settleLease } from '@signalbox/contracts';
import { newId, SystemClock, type DomainEvent } from '@signalbox/kernel';
import { JetStreamCommandBus, JetStreamEventStore } from '@signalbox/messaging';
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditEvent, AuditLog } from '../fleet/audit-log.ts';
import { ENVIRONMENT, type Fleet } from '../fleet/fleet.ts';
import { keepsLease, standingAfter } from './checks/kept-leases.ts';

const PASS_ON_EACH_MS = 500;
const LEASE_MS = 600_000;

type Told = ReturnType<typeof settleLease.of>;

/**
 * Takes leases from runs from which only time would, as a process does whose clock is ten minutes
 * ahead: a campaign is over sooner.
 */
export async function passLeasesOn(fleet: Fleet, log: AuditLog, until: AbortSignal): Promise<void> {
  const { connection } = fleet;
  const shared = { connection, env: ENVIRONMENT, clock: new SystemClock(), source: 'e2e' };
  const store = new JetStreamEventStore({ ...shared, definitions: allEvents });
  const bus = new JetStreamCommandBus(shared);
  const untold: Told[] = [];
  while (!until.aborted) {
    await delay(PASS_ON_EACH_MS);
    // The server may be away just now, or somebody was faster.
    const ignored = () => undefined;
    for (const resource of resourcesIn(log)) {
      const told = await passOn(store, resource, log.events).catch(ignored);
      if (told) untold.push(told);
    }
    for (const told of untold.splice(0)) {
      const id = newId();
      await bus.send(told, { id, context: contextOf(id) }).catch(() => untold.push(told));
    }
  }
}

function resourcesIn({ events }: AuditLog): ReadonlySet<string> {
  const leases = events.filter(({ record }) => record.aggregate === 'lease');
  return new Set(leases.map(({ record }) => record.aggregateId));
}

/** @returns what the next in line is to be told. */
async function passOn(
  store: JetStreamEventStore,
  resource: string,
  known: readonly AuditEvent[],
): Promise<Told | undefined> {
  const ref = { aggregate: 'lease', id: resource };
  const { events, head } = await store.read(ref, { fresh: true });
  const { holder, line } = standingAfter(events as readonly AuditEvent[]);
  if (holder === undefined || !keepsLease(known, holder)) return undefined;
  const [next] = line;
  const until = new Date(Date.now() + LEASE_MS).toISOString();
  const passed: DomainEvent[] = [leaseExpired.of({ executionId: holder })];
  if (next !== undefined) passed.push(leaseGranted.of({ executionId: next, until }));
  const appended = await store.append(ref, head, passed, contextOf(newId()));
  const token = appended.head.sequence;
  return next === undefined
    ? undefined
    : settleLease.of({ resource, executionId: next, token, until });
}

const contextOf = (id: string) =>
  ({ correlationId: id, causationId: id, actor: 'service:e2e', epoch: 0 }) as const;
