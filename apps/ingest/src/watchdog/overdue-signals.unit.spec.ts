import { allEvents, decisionMade } from '@signalbox/contracts';
import { Clock, idAt } from '@signalbox/kernel';
import { NO_EVENTS } from '@signalbox/messaging';
import { InMemoryEventStore, specContext } from '@signalbox/testing';
import { OverdueSignals } from './overdue-signals.ts';
import { UndecidedSignals } from './undecided-signals.ts';

const BEGIN = Date.parse('2026-11-01T10:00:00.000Z');
const SLO_MS = 60_000;
const SUBJECT = 'signals.default.probe.disk.full';

class SetClock extends Clock {
  passedMs = 0;

  now(): Date {
    return new Date(BEGIN + this.passedMs);
  }
}

const idOf = (n: number) => idAt(new Date(BEGIN), 'signal', n);

const setUp = (store = new InMemoryEventStore({ definitions: allEvents })) => {
  const undecided = new UndecidedSignals();
  const clock = new SetClock();
  const overdue = new OverdueSignals({
    undecided,
    store,
    clock,
    control: { epoch: 7 },
    sloMs: SLO_MS,
  });
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
    decide,
    accept: (n: number) =>
      undecided.accepted({ sequence: n, signalId: idOf(n), subject: SUBJECT, acceptedAt: BEGIN }),
    recorded: async (n: number) => (await store.read({ aggregate: 'overdue', id: idOf(n) })).events,
  };
};

describe('overdue signals', () => {
  it('SIG-6: are recorded when their time is up, once, and stay undecided', async () => {
    const { accept, clock, overdue, recorded, undecided } = setUp();
    accept(1);
    clock.passedMs = SLO_MS - 1;
    expect(await overdue.report()).toEqual([]);
    clock.passedMs = SLO_MS + 5_000;
    expect(await overdue.report()).toMatchObject([{ signalId: idOf(1) }]);
    expect(await overdue.report()).toEqual([]);
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
    const reports = await Promise.all([one.overdue.report(), second.overdue.report()]);
    expect(reports.map((found) => found.length)).toEqual([1, 1]);
    expect(await one.recorded(1)).toHaveLength(1);
  });

  it('SIG-6: are none when the log has the decision, whatever was seen', async () => {
    const { accept, clock, decide, overdue, recorded, undecided } = setUp();
    accept(1);
    await decide(1);
    clock.passedMs = SLO_MS;
    expect(await overdue.report()).toEqual([]);
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
});
