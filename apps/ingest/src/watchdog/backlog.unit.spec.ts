import type { Signal } from '@signalbox/contracts';
import { Clock } from '@signalbox/kernel';
import { TooManyRequests } from '../http/too-many-requests.ts';
import { Backlog } from './backlog.ts';
import { UndecidedSignals } from './undecided-signals.ts';

const NOW = Date.parse('2026-11-01T10:00:00.000Z');

class StoppedClock extends Clock {
  now(): Date {
    return new Date(NOW);
  }
}

const setUp = ({ caughtUp = true } = {}) => {
  const undecided = new UndecidedSignals();
  const backlog = new Backlog({
    undecided,
    streams: { caughtUp },
    clock: new StoppedClock(),
    max: 3,
  });
  let sequence = 0;
  const accept = (source: string, count: number, ageMs = 0) => {
    for (let n = 0; n < count; n++) {
      sequence++;
      const subject = `signals.default.${source}.t`;
      undecided.accepted({
        sequence,
        signalId: `${sequence}`,
        isIdAssumed: false,
        subject,
        acceptedAt: NOW - ageMs,
      });
    }
  };
  return { undecided, backlog, accept };
};

const signalsOf = (source: string, count = 1) =>
  Array.from({ length: count }, () => ({ source }) as Signal);

const refusalOf = (admit: () => unknown): TooManyRequests | undefined => {
  try {
    admit();
  } catch (error) {
    return error as TooManyRequests;
  }
  return undefined;
};

describe('the limit on backlogs', () => {
  it('OPS-2: refuses a source that has too many undecided signals, and no other', () => {
    const { backlog, accept } = setUp();
    accept('flood', 3);
    const refusal = refusalOf(() => backlog.admit(signalsOf('flood')));
    expect(refusal).toMatchObject({ kind: 'limited', code: 'source_backlog' });
    expect(refusal?.message).toContain('flood');
    expect(refusalOf(() => backlog.admit(signalsOf('calm')))).toBeUndefined();
  });

  it('OPS-2: lets it in again once some are decided', () => {
    const { backlog, accept, undecided } = setUp();
    accept('flood', 3);
    undecided.decided('2');
    expect(refusalOf(() => backlog.admit(signalsOf('flood')))).toBeUndefined();
  });

  it('OPS-2: takes a delivery whole, and counts it before it is seen on the stream', () => {
    const { backlog } = setUp();
    const published = backlog.admit(signalsOf('flood', 10));
    expect(refusalOf(() => backlog.admit(signalsOf('flood')))).toBeInstanceOf(TooManyRequests);
    published();
    expect(refusalOf(() => backlog.admit(signalsOf('flood')))).toBeUndefined();
  });

  it('OPS-2: refuses a delivery of several sources for each of them, and counts none then', () => {
    const { backlog, accept } = setUp();
    accept('flood', 3);
    const mixed = [...signalsOf('calm', 3), ...signalsOf('flood')];
    expect(refusalOf(() => backlog.admit(mixed))?.message).toContain('flood');
    expect(refusalOf(() => backlog.admit(signalsOf('calm')))).toBeUndefined();
  });

  it.each([
    [0, 1],
    [4_200, 5],
    [3_600_000, 60],
  ])('OPS-2: after a wait of %d ms says to try again in %d s', (ageMs, seconds) => {
    const { backlog, accept } = setUp();
    accept('flood', 3, ageMs);
    const refusal = refusalOf(() => backlog.admit(signalsOf('flood')));
    expect(refusal?.retryAfterSeconds).toBe(seconds);
  });

  it('OPS-2: knows a source by its name in subjects', () => {
    const { backlog, accept } = setUp();
    accept('my_source', 3);
    expect(refusalOf(() => backlog.admit(signalsOf('my source')))).toBeDefined();
  });

  it('OPS-2: refuses nobody before it knows what is decided', () => {
    const { backlog, accept } = setUp({ caughtUp: false });
    accept('flood', 3);
    expect(refusalOf(() => backlog.admit(signalsOf('flood')))).toBeUndefined();
  });
});
