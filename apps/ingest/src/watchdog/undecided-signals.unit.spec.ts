import { UndecidedSignals } from './undecided-signals.ts';

const AT = Date.parse('2026-11-01T10:00:00.000Z');

const aSignal = (sequence: number, about: { signalId?: string; source?: string } = {}) => {
  const { signalId = `s${sequence}`, source = 'probe' } = about;
  return {
    sequence,
    signalId,
    isIdAssumed: false,
    subject: `signals.default.${source}.disk.full`,
    acceptedAt: AT + sequence,
  };
};

const with3 = () => {
  const undecided = new UndecidedSignals();
  for (const sequence of [1, 2, 3]) undecided.accepted(aSignal(sequence));
  return undecided;
};
const sequencesOf = (signals: readonly { readonly sequence: number }[]) =>
  signals.map(({ sequence }) => sequence);

describe('undecided signals', () => {
  it('SIG-6: are those that were accepted and not decided, the oldest first', () => {
    const undecided = with3();
    undecided.decided('s1');
    expect(undecided).toMatchObject({ size: 2, oldestAt: AT + 2 });
    undecided.decided('s2');
    undecided.decided('s3');
    expect(undecided).toMatchObject({ size: 0, oldestAt: undefined });
  });

  it('SIG-6: are counted by source', () => {
    const undecided = with3();
    undecided.accepted(aSignal(4, { source: 'other' }));
    expect(undecided.ofSource('probe')).toEqual({ count: 3, oldestAt: AT + 1 });
    expect(undecided.ofSource('other')).toEqual({ count: 1, oldestAt: AT + 4 });
    undecided.decided('s4');
    expect(undecided.ofSource('other')).toEqual({ count: 0, oldestAt: undefined });
  });

  it('SIG-6: come in several messages, and one decision is for all of them', () => {
    const undecided = with3();
    undecided.accepted(aSignal(4, { signalId: 's1' }));
    expect(undecided.size).toBe(4);
    undecided.decided('s1');
    expect(undecided.size).toBe(2);
    undecided.accepted(aSignal(5, { signalId: 's1' }));
    expect(undecided.size).toBe(2);
  });

  it('SIG-6: are settled by a dead letter, which is of one message', () => {
    const undecided = with3();
    undecided.accepted(aSignal(4, { signalId: 's1' }));
    undecided.deadLettered(1);
    undecided.deadLettered(9);
    expect(undecided).toMatchObject({ size: 3, oldestAt: AT + 2 });
    undecided.accepted(aSignal(9));
    expect(undecided.size).toBe(3);
    undecided.decided('s1');
    expect(undecided.size).toBe(2);
  });

  it('SIG-6: come again when a dead letter was put back', () => {
    const undecided = with3();
    undecided.deadLettered(1);
    undecided.accepted(aSignal(7, { signalId: 's1' }));
    expect(undecided.size).toBe(3);
  });

  it('take a message once', () => {
    const undecided = with3();
    undecided.accepted(aSignal(2));
    expect(undecided.size).toBe(3);
    expect(undecided.ofSource('probe').count).toBe(3);
  });

  it('SIG-6: are in doubt once the router was given them, and again after a longer pause', () => {
    const undecided = with3();
    expect(undecided.doubtful(AT + 1_000, 3, 10)).toEqual([]);
    expect(sequencesOf(undecided.doubtful(AT + 5_000, 2, 10))).toEqual([1, 2]);
    expect(sequencesOf(undecided.doubtful(AT + 5_000, 3, 10))).toEqual([3]);
    expect(undecided.doubtful(AT + 6_900, 3, 10)).toEqual([]);
    expect(sequencesOf(undecided.doubtful(AT + 7_000, 3, 2))).toEqual([1, 2]);
    expect(undecided.doubtful(AT + 10_900, 2, 10)).toEqual([]);
    expect(sequencesOf(undecided.doubtful(AT + 11_000, 2, 10))).toEqual([1, 2]);
  });

  it('SIG-6: take the id that their body tells, in their place in the order', () => {
    const undecided = with3();
    undecided.accepted({ ...aSignal(4), isIdAssumed: true });
    undecided.accepted(aSignal(5));
    expect(undecided.identified(aSignal(4), 'event')).toMatchObject({
      sequence: 4,
      signalId: 'event',
      isIdAssumed: false,
    });
    expect(sequencesOf(undecided.unreported(AT + 5, 10))).toEqual([1, 2, 3, 4, 5]);
    undecided.decided('s4');
    expect(undecided.size).toBe(5);
    undecided.decided('event');
    expect(undecided.size).toBe(4);
    expect(undecided.identified(aSignal(4), 'event')).toBeUndefined();
  });

  it('SIG-6: are decided when their body tells the id of one that was', () => {
    const undecided = with3();
    undecided.accepted({ ...aSignal(4), isIdAssumed: true });
    undecided.decided('event');
    expect(undecided.size).toBe(4);
    expect(undecided.identified(aSignal(4), 'event')).toBeUndefined();
    expect(undecided.size).toBe(3);
    expect(undecided.ofSource('probe').count).toBe(3);
  });

  it('SIG-6: are told as unreported until they are reported', () => {
    const undecided = with3();
    expect(undecided.unreported(AT, 10)).toEqual([]);
    expect(sequencesOf(undecided.unreported(AT + 2, 10))).toEqual([1, 2]);
    undecided.reported(aSignal(1));
    expect(sequencesOf(undecided.unreported(AT + 3, 1))).toEqual([2]);
    expect(undecided.size).toBe(3);
  });

  it('SIG-6: say when no more of them should be kept', () => {
    const undecided = new UndecidedSignals();
    for (let sequence = 1; sequence < 100_000; sequence++) undecided.accepted(aSignal(sequence));
    expect(undecided.isFull).toBe(false);
    undecided.accepted(aSignal(100_000));
    expect(undecided.isFull).toBe(true);
    undecided.decided('s7');
    expect(undecided.isFull).toBe(false);
  });

  it('know the decisions of late, and forget older ones', () => {
    const undecided = new UndecidedSignals();
    for (let n = 0; n <= 50_000; n++) undecided.decided(`s${n}`);
    undecided.accepted(aSignal(50_000));
    undecided.accepted(aSignal(1));
    expect(undecided.size).toBe(0);
    undecided.accepted(aSignal(0));
    expect(undecided.size).toBe(1);
  });
});
