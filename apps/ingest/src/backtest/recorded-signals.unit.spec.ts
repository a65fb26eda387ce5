import type { RawEvent, ScannedBatch } from '@signalbox/messaging';
import { recordedSignals, type RecordedSignals } from './recorded-signals.ts';

const bytes = (data: unknown) => new TextEncoder().encode(JSON.stringify(data));
const event = (type: string, aggregateId: string, data: unknown = {}): RawEvent => ({
  type,
  schemaVersion: 1,
  aggregateId,
  json: bytes(data),
});
const received = (id: string) => event('signal.received', id, { signal: { id } });
const decided = (id: string, data: unknown = { outcome: 'run' }) =>
  event('decision.made', id, data);

async function read(...batches: readonly (readonly RawEvent[])[]) {
  const total = batches.flat().length;
  const scanned = batches.map((events, index): ScannedBatch => {
    const left = batches.slice(index + 1).flat().length;
    return { events, total, left };
  });
  const found: RecordedSignals[] = [];
  async function* scan() {
    yield* scanned;
  }
  for await (const one of recordedSignals(scan())) found.push(one);
  return {
    ids: found.map(({ signals }) => signals.map(({ aggregateId }) => aggregateId)),
    repeats: found.reduce((sum, { repeats }) => sum + repeats, 0),
    done: found.map(({ done }) => done),
  };
}

describe('recorded signals', () => {
  it('RUL-6: are the signals, without what else is recorded of them', async () => {
    const batches = [[received('a'), decided('a')], [received('b')], [decided('b'), received('c')]];
    expect(await read(...batches)).toEqual({
      ids: [['a'], [], ['b'], ['c']],
      repeats: 0,
      done: [0.4, 0.6, 1, 1],
    });
    expect(await read()).toMatchObject({ ids: [[]], done: [1] });
  });

  it('RUL-6: leave out repeats of an open problem and what was over, which no rule decides', async () => {
    const message = 'quoted: {"by":"problem"}';
    const { ids, repeats } = await read([
      received('a'),
      received('b'),
      received('c'),
      decided('a', { outcome: 'grouped', by: 'problem' }),
      decided('b', { outcome: 'answer', by: 'model', message }),
      decided('c', { outcome: 'answer', by: 'problem', message: 'The problem was over.' }),
    ]);
    expect(ids).toEqual([['b'], []]);
    expect(repeats).toBe(2);
  });

  it('RUL-6: do not wait for ever for decisions, so that few are held at once', async () => {
    const ids = Array.from({ length: 700 }, (_, i) => `${i}`);
    const { ids: batches } = await read(ids.map(received));
    expect(batches.map((batch) => batch.length)).toEqual([200, 500]);
    expect(batches.flat()).toEqual(ids);
  });

  it('are no longer part of what they were read in', async () => {
    const first = received('a');
    async function* scan() {
      yield { events: [first], total: 1, left: 0 };
    }
    const found = await Array.fromAsync(recordedSignals(scan()));
    first.json.fill(0);
    expect(found.flatMap(({ signals }) => signals)).toEqual([received('a')]);
  });
});
