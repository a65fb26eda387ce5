import { allEvents, type LeaseEvent } from '@signalbox/contracts';
import { Clock, newId, SystemClock, type RecordedEvent } from '@signalbox/kernel';
import { JetStreamEventStore } from '@signalbox/messaging';
import { specContext, startTestNats, type TestNats } from '@signalbox/testing';
import { LEASE_MS } from './lease.decider.ts';
import { Leases } from './leases.ts';

/** Enough that a process which reads again is overtaken for good, unless it waits a little. */
const RUNS = 200;

class SetClock extends Clock {
  ms = Date.parse('2026-01-01T00:00:00Z');

  now(): Date {
    return new Date(this.ms);
  }
}

describe('AGT-4: leases on a real server', () => {
  let nats: TestNats;
  const clock = new SetClock();
  beforeAll(async () => {
    nats = await startTestNats();
  });
  afterAll(() => nats?.stop());

  const newStore = () =>
    new JetStreamEventStore({
      connection: nats.connection,
      env: nats.env,
      definitions: allEvents,
      clock: new SystemClock(),
      source: 'spec',
    });
  /** As another process would have them: nothing is shared but the stream. */
  const newLeases = () => new Leases(newStore(), clock);
  const newResource = () => `checkout-${newId()}`;

  it('goes to each of many runs in two processes, in line and one at a time', async () => {
    const resource = newResource();
    const processes = [newLeases(), newLeases()];
    const runs = Array.from({ length: RUNS }, () => newId());
    const work = runs.map(async (run, i) => processes[i % 2]?.acquire(resource, run, specContext));
    const asked = await Promise.all(work);
    expect(new Set(asked.map((held) => held?.token)).size).toBe(1);

    let held = asked[0];
    for (let i = 0; held; i++) {
      const { executionId } = held;
      held = await processes[i % 2]?.release(resource, executionId, specContext);
    }
    const { events } = await newStore().read({ aggregate: 'lease', id: resource });
    const log = events as readonly RecordedEvent<LeaseEvent>[];
    const doing = (type: LeaseEvent['type']) =>
      log.filter((event) => event.type === type).map(({ data }) => data.executionId);
    const granted = doing('lease.granted');
    expect(granted.toSorted()).toEqual(runs.toSorted());
    expect(granted.slice(1)).toEqual(doing('lease.requested'));
    expect(doing('lease.released')).toEqual(granted);
  });

  it('is the same one for a holder that asks again, elsewhere and later', async () => {
    const resource = newResource();
    const run = newId();
    const held = await newLeases().acquire(resource, run, specContext);
    expect(await newLeases().acquire(resource, run, specContext)).toEqual(held);
    clock.ms += LEASE_MS / 2;
    const renewed = await newLeases().renew(resource, run, specContext);
    const until = new Date(clock.ms + LEASE_MS).toISOString();
    expect(renewed).toEqual({ ...held, until });
    expect(await newLeases().isHeld(held, run)).toBe(true);
  });

  it('is held under its newest token only', async () => {
    const resource = newResource();
    const [frozen, next, outsider] = [newId(), newId(), newId()];
    const leases = newLeases();
    const before = await leases.acquire(resource, frozen, specContext);
    expect(await leases.isHeld(before, next)).toBe(false);
    clock.ms += LEASE_MS;
    expect(await leases.isHeld(before, frozen)).toBe(true);
    expect(await leases.heldBy(before)).toBeUndefined();

    const after = await newLeases().acquire(resource, next, specContext);
    await newLeases().acquire(resource, outsider, specContext);
    expect(after).toMatchObject({ executionId: next });
    expect(after.token).toBeGreaterThan(before.token);
    expect(await leases.isHeld(before, frozen)).toBe(false);
    expect(await leases.isHeld(after, next)).toBe(true);
    expect(await leases.heldBy(before)).toBe(next);
    expect(await leases.isHeld(after, frozen)).toBe(false);
    expect(await leases.isHeld({ ...after, token: after.token + 1 }, next)).toBe(false);
    expect(await leases.isHeld({ ...after, resource: newResource() }, next)).toBe(false);
    expect(await leases.renew(resource, frozen, specContext)).toEqual(after);
  });
});
