import {
  problemOpened,
  problemRepeated,
  problemResolved,
  type ProblemEvent,
  type Signal,
} from '@signalbox/contracts';
import { fold } from '@signalbox/kernel';
import { specOf } from '@signalbox/testing';
import { problemDecider, standingOf } from './problem.decider.ts';
import { reportName, reportOf } from './problem.state.ts';
import { aReport, at } from './report.fixture.spec.ts';

const QUIET_S = 3_600;
const decider = problemDecider(QUIET_S * 1_000);
const { given: after } = specOf(decider);
const anyIsDecided = { has: () => true };
const noneIsDecided = { has: () => false };
const given = (log: readonly ProblemEvent[], decided = anyIsDecided) => ({
  when: (...reports: Signal[]) =>
    after(log).when({ reports: reports.map((signal) => ({ signal })), decided }),
});

const opened = (report: Signal): ProblemEvent => {
  const { source, fingerprint, type, title, severity, startsAt } = report;
  const about = { source, fingerprint, type, title, severity, startsAt };
  return problemOpened.of({ ...about, ...reportOf(report) }) as ProblemEvent;
};
const repeated = (report: Signal, count: number): ProblemEvent =>
  problemRepeated.of({ ...reportOf(report), count }) as ProblemEvent;
const resolved = (report: Signal): ProblemEvent =>
  problemResolved.of(reportOf(report)) as ProblemEvent;

/** How `report` stands once all of `reports` are written down, itself among them. */
const standing = (report: Signal, ...reports: Signal[]) =>
  standingWith(anyIsDecided, report, ...reports);
const standingWith = (decided: typeof anyIsDecided, report: Signal, ...reports: Signal[]) => {
  const command = (signal: Signal) => ({ reports: [{ signal }], decided });
  const events = [...reports, report].reduce<ProblemEvent[]>(
    (log, next) => [...log, ...decider.decide(command(next), fold(decider, log))],
    [],
  );
  return standingOf(report, fold(decider, events));
};

describe('a source that tells when a problem began', () => {
  const first = aReport({ seen: 1, start: 0 });
  const again = aReport({ seen: 31, start: 0 });
  const next = aReport({ seen: 61, start: 50 });
  const end = aReport({ seen: 41, start: 0, status: 'resolved' });

  it('SIG-4: opens a problem with its first report, which is decided', () => {
    given([])
      .when(first)
      .then([opened(first)]);
    expect(standing(first)).toEqual({ kind: 'decide' });
  });

  it('SIG-4: counts a report of the same fact, and decides nothing', () => {
    given([opened(first)])
      .when(again)
      .then([repeated(again, 2)]);
    const third = aReport({ seen: 32, start: 0 });
    given([opened(first), repeated(again, 2)])
      .when(third)
      .then([repeated(third, 3)]);
    expect(standing(again, first)).toEqual({ kind: 'known' });
  });

  it('SIG-4: takes reports that came together one after the other', () => {
    given([])
      .when(first, again, first)
      .then([opened(first), repeated(again, 2)]);
  });

  it('SIG-4: knows a report that is delivered again: it neither counts nor loses its decision', () => {
    given([opened(first)])
      .when(first)
      .then([]);
    given([opened(first), repeated(again, 2)])
      .when(first)
      .then([]);
    given([opened(first), repeated(again, 2)])
      .when(again)
      .then([]);
    expect(standing(first, first, again)).toEqual({ kind: 'decide' });
  });

  it('SIG-4: remembers the last 128 reports, no more', () => {
    const reports = Array.from({ length: 129 }, (_, n) => aReport({ seen: n, start: 0 }));
    const [oldest = first, second = first] = reports;
    const log = [opened(oldest), ...reports.slice(1).map((report, n) => repeated(report, n + 2))];
    given(log).when(second).then([]);
    given(log)
      .when(oldest)
      .then([repeated(oldest, 130)]);
  });

  it('SIG-4: opens it anew when the source tells of a later beginning', () => {
    given([opened(first)])
      .when(next)
      .then([opened(next)]);
    expect(standing(next, first)).toEqual({ kind: 'decide' });
  });

  it('SIG-4: groups an earlier beginning with what is open: of two sources one saw it later', () => {
    const earlier = aReport({ seen: 70, start: 49 });
    given([opened(next)])
      .when(earlier)
      .then([repeated(earlier, 2)]);
    expect(standing(earlier, next)).toEqual({ kind: 'grouped', with: next.id });
    const earlierEnd = aReport({ seen: 80, start: 49, status: 'resolved' });
    given([opened(next), repeated(earlier, 2)])
      .when(earlierEnd)
      .then([resolved(earlierEnd)]);
  });

  it('SIG-4: groups the same beginning under another id, as an idempotency key gives it', () => {
    const keyed = { ...again, id: aReport({ seen: 31 }).id };
    expect(standing(keyed, first)).toEqual({ kind: 'grouped', with: first.id });
  });

  it('ends it once', () => {
    given([opened(first)])
      .when(end)
      .then([resolved(end)]);
    given([opened(first), resolved(end)])
      .when(end)
      .then([]);
    expect(standing(end, first)).toEqual({ kind: 'decide' });
  });

  it('does not end it by the end of an earlier one', () => {
    given([opened(first), opened(next)])
      .when(end)
      .then([]);
    given([opened(first), resolved(end), opened(next)])
      .when(end)
      .then([]);
  });

  it('decides anew after it was over', () => {
    given([opened(first), resolved(end)])
      .when(next)
      .then([opened(next)]);
    expect(standing(next, first, end)).toEqual({ kind: 'decide' });
  });

  it('runs nothing for what was over before it came in', () => {
    const late = aReport({ seen: 42, start: 0 });
    given([])
      .when(end)
      .then([opened(end), resolved(end)]);
    given([opened(end), resolved(end)])
      .when(late)
      .then([]);
    expect(standing(late, end)).toEqual({ kind: 'over' });
    expect(standing(next, end)).toEqual({ kind: 'decide' });
  });

  it('runs nothing for what was over before it was decided', () => {
    expect(standing(first, first, end)).toEqual({ kind: 'over' });
    expect(standing(first, first, end, next)).toEqual({ kind: 'over' });
  });

  it('goes on with it when the source takes the end back, or one of a pair was late', () => {
    const back = aReport({ seen: 51, start: 0 });
    const endAgain = aReport({ seen: 60, start: 0, status: 'resolved' });
    const log = [opened(first), resolved(end)];
    given(log)
      .when(back)
      .then([repeated(back, 2)]);
    expect(standing(back, first, end)).toEqual({ kind: 'known' });
    given([...log, repeated(back, 2)])
      .when(endAgain)
      .then([resolved(endAgain)]);
    given([...log, repeated(back, 2)])
      .when(first)
      .then([]);
    given([...log, repeated(back, 2)])
      .when(next)
      .then([opened(next)]);
  });

  it('counts the same beginning after a long silence; it was decided', () => {
    const late = aReport({ seen: 1 + QUIET_S, start: 0 });
    given([opened(first)])
      .when(late)
      .then([repeated(late, 2)]);
  });
});

describe('a source that does not tell when a problem began', () => {
  const first = aReport({ seen: 1 });
  const second = aReport({ seen: 31 });
  const end = aReport({ seen: 41, status: 'resolved' });

  it('SIG-4: groups each further report with the first', () => {
    given([])
      .when(first)
      .then([opened(first)]);
    given([opened(first)])
      .when(second)
      .then([repeated(second, 2)]);
    expect(standing(first)).toEqual({ kind: 'decide' });
    expect(standing(second, first)).toEqual({ kind: 'grouped', with: first.id });
    expect(standing(second, first, second)).toEqual({ kind: 'grouped', with: first.id });
  });

  it('SIG-4: decides anew when it was over, or not reported for long', () => {
    const next = aReport({ seen: 42 });
    const muchLater = aReport({ seen: 31 + QUIET_S });
    given([opened(first), resolved(end)])
      .when(next)
      .then([opened(next)]);
    given([opened(first), repeated(second, 2)])
      .when(muchLater)
      .then([opened(muchLater)]);
    const inTime = aReport({ seen: 30 + QUIET_S });
    given([opened(first), repeated(second, 2)])
      .when(inTime)
      .then([repeated(inTime, 3)]);
    expect(standing(muchLater, first, second)).toEqual({ kind: 'decide' });
  });

  it('has no end of what was never heard of, and no second end', () => {
    given([]).when(end).then([]);
    given([opened(first), resolved(end)])
      .when(end)
      .then([]);
    given([opened(first), resolved(end), opened(aReport({ seen: 50 }))])
      .when(end)
      .then([]);
  });

  it('runs nothing for a report that is handled after a later end', () => {
    given([opened(first), resolved(end)])
      .when(second)
      .then([]);
    expect(standing(second, first, end)).toEqual({ kind: 'over' });
    expect(standing(first, first, end)).toEqual({ kind: 'over' });
  });
});

describe('a source that tells it at times', () => {
  const first = aReport({ seen: 1, start: 0 });
  const end = aReport({ seen: 11, start: 0, status: 'resolved' });
  const reopened = aReport({ seen: 21 });
  const endAgain = aReport({ seen: 31, start: 0, status: 'resolved' });

  it('ends what it opened again without a date by the report that ended it before', () => {
    const log = [opened(first), resolved(end), opened(reopened)];
    given([opened(first), resolved(end)])
      .when(reopened)
      .then([opened(reopened)]);
    given(log)
      .when(endAgain)
      .then([resolved(endAgain)]);
    given(log).when(end).then([]);
  });

  it('ends it by a report that has the date of the end', () => {
    const dated = aReport({ seen: 11, start: 10, status: 'resolved' });
    given([opened(first)])
      .when(dated)
      .then([resolved(dated)]);
    given([opened(first), resolved(dated)])
      .when(dated)
      .then([]);
    expect(standing(first, first, dated)).toEqual({ kind: 'over' });
  });
});

describe('a problem that is reported without end', () => {
  const first = aReport({ seen: 1, start: 0 });
  const many = [opened(first), repeated(aReport({ seen: 100, start: 0 }), 10_000)];
  const soon = aReport({ seen: 159, start: 0 });

  it('SIG-4: is counted 10 000 times one by one, then once a minute', () => {
    given(many).when(soon).then([]);
    expect(standingOf(soon, fold(decider, many))).toEqual({ kind: 'known' });
    const undated = aReport({ seen: 159 });
    expect(standingOf(undated, fold(decider, many))).toEqual({ kind: 'grouped', with: first.id });
    const later = aReport({ seen: 160, start: 0 });
    given(many)
      .when(later)
      .then([repeated(later, 10_001)]);
    given([opened(first), repeated(aReport({ seen: 100, start: 0 }), 9_999)])
      .when(soon)
      .then([repeated(soon, 10_000)]);
  });

  it('is open again all the same when the source takes its end back', () => {
    const end = aReport({ seen: 110, start: 0, status: 'resolved' });
    given([...many, resolved(end)])
      .when(soon)
      .then([repeated(soon, 10_001)]);
  });
});

describe('a problem whose first signal is not known to be decided', () => {
  const first = aReport({ seen: 1, start: 0 });
  const again = aReport({ seen: 31, start: 0 });
  const undated = aReport({ seen: 32 });
  const insteadOf = reportName(reportOf(first));

  it('SIG-6: counts no repeat yet, and says what it waits for', () => {
    given([opened(first)], noneIsDecided)
      .when(again, undated)
      .then([]);
    expect(standingWith(noneIsDecided, first, first)).toEqual({ kind: 'decide' });
    const undecided = expect.objectContaining({ signalId: first.id, openedAt: Infinity });
    expect(standingWith(noneIsDecided, again, first)).toEqual({ kind: 'known', undecided });
    expect(standingWith(noneIsDecided, undated, first)).toEqual({
      kind: 'grouped',
      with: first.id,
      undecided,
    });
  });

  it.each([again, undated])('SIG-6: is opened again by a repeat that takes its place', (repeat) => {
    const instead = [
      { signal: repeat, insteadOf },
      { signal: { ...repeat, raw: { ...repeat.raw, deliveryId: first.id } }, insteadOf },
    ];
    after([opened(first)])
      .when({ reports: instead, decided: noneIsDecided })
      .then([opened(repeat)]);
    const state = fold(decider, [opened(first), opened(repeat)]);
    expect(standingOf(repeat, state)).toEqual({ kind: 'decide' });
    expect(standingOf(first, state)).toMatchObject({ undecided: { signalId: repeat.id } });
  });

  it('knows when it was written down', () => {
    const time = new Date(at(99));
    const recorded = { ...opened(first), record: { time } };
    expect(fold(decider, [recorded]).episode?.openedAt).toBe(time.getTime());
  });
});

it('keeps the problem’s title and severity as they were when it was opened', () => {
  const report = aReport({ seen: 1, title: 'Disk full', severity: 'warning' });
  const [event] = decider.decide(
    { reports: [{ signal: report }], decided: noneIsDecided },
    decider.initialState(),
  );
  expect(event?.data).toMatchObject({
    source: 'alertmanager',
    fingerprint: 'f1',
    type: 'HighLatency',
    title: 'Disk full',
    severity: 'warning',
    startsAt: at(1),
    seenAt: at(1),
  });
});
