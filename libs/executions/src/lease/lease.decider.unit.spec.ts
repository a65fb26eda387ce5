import {
  leaseExpired,
  leaseGranted,
  leaseReleased,
  leaseRenewed,
  leaseRequested,
} from '@signalbox/contracts';
import { newId } from '@signalbox/kernel';
import { specContext, specOf } from '@signalbox/testing';
import * as fc from 'fast-check';
import {
  LEASE_MS,
  leaseDecider,
  type LeaseCommand,
  type LeaseState,
  type SeenLeaseEvent,
} from './lease.decider.ts';

const { given } = specOf(leaseDecider);

const [a, b, c] = [newId(), newId(), newId()];
const start = Date.parse('2026-01-01T00:00:00Z');
const at = (ms: number) => new Date(start + ms);
const acquire = (executionId: string, ms = 0) =>
  ({ do: 'acquire', executionId, now: at(ms) }) as const;
const renew = (executionId: string, ms = 0) => ({ do: 'renew', executionId, now: at(ms) }) as const;
const release = (executionId: string, ms = 0) =>
  ({ do: 'release', executionId, now: at(ms) }) as const;
const granted = (executionId: string, ms = 0) =>
  leaseGranted.of({ executionId, until: at(ms + LEASE_MS).toISOString() });
const requested = (executionId: string) => leaseRequested.of({ executionId });
const released = (executionId: string) => leaseReleased.of({ executionId });
const expired = (executionId: string) => leaseExpired.of({ executionId });
const renewed = (executionId: string, ms: number) =>
  leaseRenewed.of({ executionId, until: at(ms + LEASE_MS).toISOString() });

describe('acquire', () => {
  it('grants what nobody holds', () => {
    given([])
      .when(acquire(a))
      .then([granted(a)]);
    given([granted(a), released(a)])
      .when(acquire(b, 5))
      .then([granted(b, 5)]);
  });
  it('lines up behind the holder', () => {
    given([granted(a)])
      .when(acquire(b))
      .then([requested(b)]);
    given([granted(a), requested(b)])
      .when(acquire(c))
      .then([requested(c)]);
  });
  it('does nothing for the holder and for who waits already', () => {
    given([granted(a)])
      .when(acquire(a, LEASE_MS - 1))
      .then([]);
    given([granted(a), requested(b)])
      .when(acquire(b))
      .then([]);
  });
  it('hands on, to the first in line, what was not renewed in time', () => {
    const line = [granted(a), requested(b), requested(c)];
    given(line)
      .when(acquire(c, LEASE_MS - 1))
      .then([]);
    given(line)
      .when(acquire(c, LEASE_MS))
      .then([expired(a), granted(b, LEASE_MS)]);
    given(line)
      .when(acquire(a, LEASE_MS))
      .then([expired(a), granted(b, LEASE_MS), requested(a)]);
    given([granted(a)])
      .when(acquire(a, LEASE_MS))
      .then([expired(a), granted(a, LEASE_MS)]);
  });
});

describe('renew', () => {
  it('gives the holder the whole time again when half of it is gone', () => {
    given([granted(a)])
      .when(renew(a, LEASE_MS / 2 - 1))
      .then([]);
    given([granted(a)])
      .when(renew(a, LEASE_MS / 2))
      .then([renewed(a, LEASE_MS / 2)]);
    given([granted(a), renewed(a, LEASE_MS / 2)])
      .when(renew(a, LEASE_MS - 1))
      .then([]);
  });
  it('is too late once the time is up', () => {
    given([granted(a)])
      .when(renew(a, LEASE_MS))
      .then([expired(a)]);
    given([granted(a), requested(b)])
      .when(renew(a, LEASE_MS))
      .then([expired(a), granted(b, LEASE_MS)]);
  });
  it('does nothing for any other', () => {
    given([]).when(renew(b)).then([]);
    given([granted(a), requested(b)])
      .when(renew(b, LEASE_MS / 2))
      .then([]);
  });
});

describe('release', () => {
  it('hands on to the first in line', () => {
    given([granted(a)])
      .when(release(a))
      .then([released(a)]);
    given([granted(a), requested(b), requested(c)])
      .when(release(a, 7))
      .then([released(a), granted(b, 7)]);
  });
  it('gives up a place in line', () => {
    given([granted(a), requested(b), requested(c)])
      .when(release(b))
      .then([released(b)]);
    given([granted(a), requested(b), requested(c), released(b)])
      .when(release(a))
      .then([released(a), granted(c)]);
  });
  it('does nothing for any other, late holder or not', () => {
    given([]).when(release(a)).then([]);
    given([granted(a)])
      .when(release(b, LEASE_MS))
      .then([]);
  });
});

/** A log as the stream would hold it, and what its commands were answered. */
function tell(commands: readonly LeaseCommand[]) {
  const log: SeenLeaseEvent[] = [];
  const states: LeaseState[] = [];
  let state = leaseDecider.initialState();
  for (const command of commands) {
    for (const event of leaseDecider.decide(command, state)) {
      const sequence = 10 * (log.length + 1);
      const record = { ...specContext, id: newId(), aggregate: 'lease', aggregateId: 'checkout' };
      const seen = { ...event, record: { ...record, version: 1, sequence, time: command.now } };
      log.push(seen);
      state = leaseDecider.evolve(state, seen);
    }
    states.push(state);
  }
  return { log, states };
}

describe('AGT-4: whatever runs ask for, and whenever', () => {
  const runs = Array.from({ length: 4 }, () => newId());
  const step = fc.record({
    do: fc.constantFrom('acquire' as const, 'renew' as const, 'release' as const),
    executionId: fc.constantFrom(...runs),
    passes: fc.nat(LEASE_MS),
  });
  const story = fc.array(step, { maxLength: 60 }).map((steps) => {
    let ms = 0;
    return steps.map(({ passes, ...asked }) => ({ ...asked, now: at((ms += passes)) }));
  });

  it('there is one holder at most, under a token that grows', () => {
    fc.assert(
      fc.property(story, (commands) => {
        let holder: string | undefined;
        let token = 0;
        const breaches = tell(commands).log.filter(({ type, data, record }) => {
          const held = [holder, token] as const;
          const { executionId: run } = data;
          if (type === 'lease.granted') [holder, token] = [run, record?.sequence ?? 0];
          if (type === 'lease.granted') return held[0] !== undefined || held[1] >= token;
          if (type === 'lease.renewed') return run !== holder;
          if (type === 'lease.expired' || run === holder) holder = undefined;
          return type === 'lease.expired' && run !== held[0];
        });
        expect(breaches).toEqual([]);
      }),
    );
  });

  it('nobody in line is forgotten or overtaken', () => {
    fc.assert(
      fc.property(story, (commands) => {
        const { log, states } = tell(commands);
        let line: string[] = [];
        const overtaking = log.filter(({ type, data: { executionId: run } }) => {
          const [first = run] = line;
          const isListed = line.includes(run);
          line = line.filter((waiting) => waiting !== run);
          if (type === 'lease.requested') line.push(run);
          return (
            (type === 'lease.granted' && first !== run) || (type === 'lease.requested' && isListed)
          );
        });
        expect(overtaking).toEqual([]);
        expect(states.at(-1)?.line ?? []).toEqual(line);
        // Free while somebody waits, or deaf to who has just asked.
        const forgetful = states.filter(({ holder, line: waiting }, i) => {
          const { do: what, executionId, now = 0 } = commands[i] ?? {};
          const known = [holder?.executionId, ...waiting];
          const isDue = holder === undefined || holder.until <= now;
          return what === 'acquire' ? isDue || !known.includes(executionId) : !holder && waiting[0];
        });
        expect(forgetful).toEqual([]);
      }),
    );
  });
});
