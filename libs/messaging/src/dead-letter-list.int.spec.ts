import { room, startBroker, type Broker } from './broker.fixture.spec.ts';
import {
  countDeadLetters,
  deadLetterOrigin,
  newestDeadLetters,
  readDeadLetter,
} from './dead-letter-list.ts';
import { publishDeadLetter, redriveDeadLetter } from './dead-letters.ts';
import { streams } from './subjects.ts';

describe('dead letters', () => {
  let broker: Broker;

  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker.stop());

  const bury = (subject: string, sequence: number, headers = {}) =>
    publishDeadLetter(broker.connection, subject, {
      service: 'svc',
      error: { code: 'broken', message: 'why' },
      source: {
        stream: streams.commands,
        subject: 'cmd.x.svc.go',
        sequence,
        time: new Date('2026-11-01T10:00:00.000Z'),
        deliveries: 3,
        headers,
        bytes: Buffer.from('body'),
      },
    });

  it('SIG-6: are listed newest first, in pages, whatever stands between them', async () => {
    const { subjects } = room(broker);
    const [subject, other] = [subjects.deadLetter('svc'), room(broker).subjects.deadLetter('svc')];
    for (let n = 1; n <= 7; n++) {
      await bury(subject, n);
      // Far more than a window of the page, so that a window may hold nothing.
      for (let gap = 0; gap < 5 * (n % 3); gap++) await bury(other, 100 * n + gap);
    }
    const seen: number[] = [];
    let before: number | undefined;
    for (;;) {
      const page = await newestDeadLetters(broker.connection, subject, {
        limit: 3,
        ...(before === undefined ? {} : { before }),
      });
      if (page.length === 0) break;
      expect(page.length).toBe(seen.length < 6 ? 3 : 1);
      seen.push(...page.map((letter) => letter.originalSequence));
      before = page.at(-1)?.sequence;
    }
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(await countDeadLetters(broker.connection, subject)).toBe(7);
    expect(await newestDeadLetters(broker.connection, subjects.deadLetter('none'))).toEqual([]);
    expect(await countDeadLetters(broker.connection, subjects.deadLetter('none'))).toBe(0);
  });

  it('SIG-6: that are few are listed without going through all that were before them', async () => {
    const subject = room(broker).subjects.deadLetter('svc');
    await broker.manager.streams.purge(streams.deadLetters, { seq: 100_000 });
    for (const sequence of [1, 2, 3]) await bury(subject, sequence);
    let reads = 0;
    const requests = broker.connection.subscribe(`$JS.API.STREAM.MSG.GET.${streams.deadLetters}`, {
      callback: () => void reads++,
    });
    expect(await newestDeadLetters(broker.connection, subject)).toHaveLength(3);
    await requests.drain();
    expect(reads).toBeGreaterThanOrEqual(3);
    expect(reads).toBeLessThan(10);
  });

  it('SIG-6: are read one by one, whole, and only on the subject that is asked for', async () => {
    const { subjects } = room(broker);
    await bury(subjects.deadLetter('svc'), 9, { 'x-note': 'kept', 'nats-msg-id': 'm' });
    const [{ sequence } = { sequence: 0 }] = await newestDeadLetters(
      broker.connection,
      subjects.deadLetter('*'),
    );
    const letter = await readDeadLetter(broker.connection, subjects.deadLetter('*'), sequence);
    expect(letter).toMatchObject({
      service: 'svc',
      code: 'broken',
      message: 'why',
      stream: 'COMMANDS',
      originalSequence: 9,
      deliveries: 3,
      time: new Date('2026-11-01T10:00:00.000Z'),
    });
    expect(letter?.headers).toEqual({ 'x-note': 'kept' });
    const elsewhere = room(broker).subjects.deadLetter('*');
    expect(await readDeadLetter(broker.connection, elsewhere, sequence)).toBeUndefined();
    const before = await readDeadLetter(broker.connection, subjects.deadLetter('*'), sequence - 1);
    expect(before).toBeUndefined();
  });

  it('say which message they were', async () => {
    const { subjects } = room(broker);
    await bury(subjects.deadLetter('svc'), 12);
    const stored = await broker.manager.streams.getMessage(streams.deadLetters, {
      last_by_subj: subjects.deadLetter('svc'),
    });
    const headers = Object.fromEntries(
      stored!.header.keys().map((n) => [n, stored!.header.get(n)]),
    );
    expect(deadLetterOrigin(headers)).toEqual({ stream: 'COMMANDS', sequence: 12 });
  });

  it('SIG-6: redriven by two at once are published once', async () => {
    const { subjects, options } = room(broker);
    await bury(subjects.deadLetter('svc'), 13);
    const [letter] = await newestDeadLetters(broker.connection, subjects.deadLetter('svc'));
    const { last_seq } = (await broker.manager.streams.info(streams.commands)).state;
    const both = [1, 2].map(() => redriveDeadLetter(broker.connection, letter!.sequence));
    await Promise.all(both);
    expect((await broker.manager.streams.info(options.stream)).state.last_seq).toBe(last_seq + 1);
    expect(await countDeadLetters(broker.connection, subjects.deadLetter('svc'))).toBe(0);
  });
});
