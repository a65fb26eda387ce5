import { allEvents, decisionMade } from '@signalbox/contracts';
import { Clock, idAt } from '@signalbox/kernel';
import { NO_EVENTS } from '@signalbox/messaging';
import { InMemoryEventStore, specContext } from '@signalbox/testing';
import { setImmediate } from 'node:timers/promises';
import { OverdueSignals } from './overdue-signals.ts';
import { type AcceptedSignal, UndecidedSignals } from './undecided-signals.ts';

const BEGIN = Date.parse('2026-11-01T10:00:00.000Z');
const SLO_MS = 60_000;
const SUBJECT = 'signals.default.probe.disk.full';

class SetClock extends Clock {
  passedMs = 0;

  now(): Date {
    return new Date(BEGIN + this.passedMs);
  }
}

/** Stands for a log that takes nothing, or nothing about one signal. */
class FailingStore extends InMemoryEventStore {
  tries = 0;

  constructor(public failsFor: string | undefined) {
    super({ definitions: allEvents });
  }

  override async append(...args: Parameters<InMemoryEventStore['append']>) {
    const [{ id }] = args;
    this.tries++;
    if (this.failsFor === 'all' || this.failsFor === id) throw new Error('no room');
    // What fails is known first.
    await setImmediate();
    return super.append(...args);
  }
}

const idOf = (n: number) => idAt(new Date(BEGIN), 'signal', n);

const setUp = (store = new InMemoryEventStore({ definitions: allEvents })) => {
  const undecided = new UndecidedSignals();
  const bodiesRead: number[] = [];
  const clock = new SetClock();
  const overdue = new OverdueSignals({
    undecided,
    store,
    clock,
    control: { epoch: 7 },
    sloMs: SLO_MS,
    idByBody: async ({ signalId, sequence }) => {
      bodiesRead.push(sequence);
      return sequence > 100 ? idOf(sequence - 100) : signalId;
    },
  });
  const report = async () => {
    const found: AcceptedSignal[] = [];
    await overdue.report((signals) => void found.push(...signals));
    return found;
  };
  const decide = (n: number) => {
    const decision = decisionMade.of({
      outcome: 'halted',
      by: 'control',
      riskLevel: 'low',
      trace: [],
      message: '',
    });
    return store.append({ aggregate: 'signal', id: idOf(n) }, NO_EVENTS, [decision], specContext);
  };
  return {
    store,
    undecided,
    clock,
    overdue,
    report,
    bodiesRead,
    decide,
    accept: (n: number, isIdAssumed = false) =>
      undecided.accepted({
        sequence: n,
        signalId: idOf(n),
        isIdAssumed,
        subject: SUBJECT,
        acceptedAt: BEGIN,
      }),
    recorded: async (n: number) => (await store.read({ aggregate: 'overdue', id: idOf(n) })).events,
  };
};

describe('overdue signals', () => {
  it('SIG-6: are recorded when their time is up, once, and stay undecided', async () => {
    const { accept, clock, report, recorded, undecided } = setUp();
    accept(1);
    clock.passedMs = SLO_MS - 1;
    expect(await report()).toEqual([]);
    clock.passedMs = SLO_MS + 5_000;
    expect(await report()).toMatchObject([{ signalId: idOf(1) }]);
    expect(await report()).toEqual([]);
    expect(await recorded(1)).toMatchObject([
      {
        type: 'signal.overdue',
        data: {
          signalId: idOf(1),
          subject: SUBJECT,
          acceptedAt: '2026-11-01T10:00:00.000Z',
          ageMs: 65_000,
        },
        record: { correlationId: idOf(1), actor: 'service:ingest', epoch: 7 },
      },
    ]);
    expect(undecided.size).toBe(1);
  });

  it('SIG-6: are recorded by one of several processes, and known to each', async () => {
    const one = setUp();
    const second = setUp(one.store);
    for (const { accept, clock } of [one, second]) {
      accept(1);
      clock.passedMs = SLO_MS;
    }
    const reports = await Promise.all([one.report(), second.report()]);
    expect(reports.map((found) => found.length)).toEqual([1, 1]);
    expect(await one.recorded(1)).toHaveLength(1);
  });

  it('SIG-6: are none when the log has the decision, whatever was seen', async () => {
    const { accept, clock, decide, report, recorded, undecided } = setUp();
    accept(1);
    await decide(1);
    clock.passedMs = SLO_MS;
    expect(await report()).toEqual([]);
    expect(await recorded(1)).toEqual([]);
    expect(undecided.size).toBe(0);
  });

  it('SIG-6: repeats of what was decided long ago are looked up, and forgotten', async () => {
    const { accept, clock, decide, overdue, undecided } = setUp();
    await decide(1);
    accept(1);
    accept(2);
    clock.passedMs = 3_000;
    await overdue.lookUp(0);
    expect(undecided.size).toBe(2);
    await overdue.lookUp(2);
    expect(undecided.size).toBe(1);
  });

  it('SIG-6: have their bodies read when they are in doubt, once, and go by the id in there', async () => {
    const { accept, bodiesRead, clock, decide, overdue, undecided } = setUp();
    accept(1);
    for (const n of [2, 102, 103]) accept(n, true);
    await decide(2);
    clock.passedMs = 1_000;
    await overdue.lookUp(103);
    expect(bodiesRead).toEqual([]);
    for (clock.passedMs = 3_000; clock.passedMs < 20_000; clock.passedMs += 1_000) {
      await overdue.lookUp(103);
    }
    expect(bodiesRead.toSorted((a, b) => a - b)).toEqual([2, 102, 103]);
    expect(undecided.size).toBe(2);
    undecided.decided(idOf(3));
    expect(undecided.size).toBe(1);
  });

  it('SIG-6: have their bodies read before they are reported, also when nobody was given them', async () => {
    const { accept, bodiesRead, clock, decide, report, recorded, undecided } = setUp();
    for (const n of [7, 101, 102]) accept(n, true);
    await decide(1);
    clock.passedMs = SLO_MS;
    const reported = await report();
    expect(reported.map(({ signalId }) => signalId)).toEqual([idOf(7), idOf(2)]);
    expect(await recorded(2)).toHaveLength(1);
    expect(await recorded(101)).toEqual([]);
    expect(await report()).toEqual([]);
    expect(bodiesRead).toHaveLength(3);
    expect(undecided.size).toBe(2);
  });

  it('SIG-6: are told when one of them cannot be recorded, which is tried again', async () => {
    const { accept, clock, overdue, recorded, report, store } = setUp(new FailingStore(idOf(2)));
    for (const n of [1, 2, 3]) accept(n);
    clock.passedMs = SLO_MS;
    const told: string[] = [];
    const failing = overdue.report((signals) => told.push(...signals.map((s) => s.signalId)));
    await expect(failing).rejects.toThrow('no room');
    expect(told).toEqual([idOf(1), idOf(3)]);
    (store as FailingStore).failsFor = undefined;
    expect(await report()).toMatchObject([{ signalId: idOf(2) }]);
    expect(await recorded(2)).toHaveLength(1);
  });

  it('SIG-6: are looked up no further while nobody answers', async () => {
    const { accept, clock, overdue, store } = setUp(new FailingStore('all'));
    for (let n = 1; n <= 100; n++) accept(n, false);
    clock.passedMs = SLO_MS;
    await expect(overdue.report(() => undefined)).rejects.toThrow('no room');
    expect((store as FailingStore).tries).toBeLessThan(50);
  });
});
