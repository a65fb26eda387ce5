import { signalReceived, type Rule } from '@signalbox/contracts';
import type { RawEvent, ScannedBatch } from '@signalbox/messaging';
import { RULES_ACTIVE_MAX } from '@signalbox/rules';
import { readFileSync } from 'node:fs';
import { backtestLines } from './backtest-run.ts';
import { ComparisonThread } from './comparison-thread.ts';
import { ruleOf, signalOf, type Line } from './samples.fixture.spec.ts';

const limits = { signals: 100, bytes: 1_000_000 };
const period = { since: new Date(0), until: new Date() };

const recorded = (title: string): RawEvent => {
  const signal = signalOf({ title });
  return {
    type: signalReceived.type,
    schemaVersion: 1,
    aggregateId: signal.id,
    json: new TextEncoder().encode(JSON.stringify({ signal })),
  };
};

interface Given {
  readonly before?: readonly Rule[];
  readonly after?: readonly Rule[];
  readonly limits?: Partial<typeof limits>;
  readonly signalsMax?: number;
}

async function linesOf(given: Given, ...batches: readonly (readonly RawEvent[])[]) {
  const { before = [], after = [], signalsMax = 1_000 } = given;
  const thread = await ComparisonThread.start({
    before,
    after,
    limits: { ...limits, ...given.limits },
  });
  async function* events(): AsyncGenerator<ScannedBatch> {
    yield* batches.map((batch) => ({ events: batch, total: 1, left: 0 }));
  }
  const text = await Array.fromAsync(
    backtestLines({ thread, events: events(), period, signalsMax, stop: () => thread.stop() }),
  );
  const lines = text
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  return {
    changed: lines.flatMap(({ changed }) => changed?.['title'] ?? []),
    last: lines.at(-1),
  };
}

/** What a file and those of its own package that it loads import from outside; types are nothing. */
function packagesOf(file: URL, packages = new Set<string>()): Set<string> {
  const imports = /^import (?!type)[^;]*?from '([^']+)'/gm;
  for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(imports)) {
    if (from.startsWith('.')) packagesOf(new URL(from, file), packages);
    else packages.add(from);
  }
  return packages;
}

describe('the thread of a backtest', () => {
  const after = [ruleOf({ pattern: 'cpu' })];

  it('RUL-6: is given rules and signals as data, and loads nothing with which it could act', () => {
    const program = new URL('./comparison.worker.ts', import.meta.url);
    expect([...packagesOf(program)].toSorted()).toEqual([
      '@signalbox/contracts',
      '@signalbox/kernel',
      '@signalbox/rules',
      'node:os',
      'node:worker_threads',
      'zod',
    ]);
  });

  it('RUL-6: counts on when no more changed signals are told in full', async () => {
    const signals = ['cpu 1', 'none', 'cpu 2', 'cpu 3'].map(recorded);
    const few = await linesOf({ after, limits: { signals: 2 } }, signals);
    expect(few.changed).toEqual(['cpu 1', 'cpu 2']);
    expect(few.last?.summary).toMatchObject({ signals: 4, changed: 3, truncated: true });
    const short = await linesOf({ after, limits: { bytes: 10 } }, signals);
    expect(short.changed).toEqual(['cpu 1']);
    expect(short.last?.summary).toMatchObject({ changed: 3, truncated: true });
    const enough = await linesOf({ after, limits: { signals: 3 } }, signals);
    expect(enough.last?.summary).toMatchObject({ changed: 3, truncated: false });
  });

  it('RUL-6: says when there were more signals than are compared', async () => {
    const batches = [['cpu 1', 'cpu 2'].map(recorded), ['cpu 3', 'cpu 4'].map(recorded)];
    // Nobody decided them, so they come in the end.
    const some = await linesOf({ after, signalsMax: 3 }, ...batches);
    expect(some.changed).toEqual(['cpu 1', 'cpu 2', 'cpu 3']);
    expect(some.last?.summary).toMatchObject({ signals: 3, limit_reached: true });
    const all = await linesOf({ after, signalsMax: 4 }, ...batches);
    expect(all.last?.summary).toMatchObject({ signals: 4, limit_reached: false });
  });

  it('RUL-6: ends with an error when a signal cannot be read', async () => {
    const newer = await linesOf({ after }, [{ ...recorded('cpu'), schemaVersion: 99 }]);
    expect(newer.last?.error).toMatchObject({ code: 'unknown_event_type' });
    const corrupt = await linesOf({ after }, [
      { ...recorded('cpu'), json: new TextEncoder().encode('{}') },
    ]);
    expect(corrupt.last?.error).toMatchObject({ code: 'invalid_input' });
  });

  it('RUL-6: leaves out what is no JSON, which is no event', async () => {
    const foreign = { ...recorded('cpu'), json: new TextEncoder().encode('{') };
    const { last } = await linesOf({ after }, [recorded('cpu'), foreign, recorded('cpu')]);
    expect(last?.error).toBeUndefined();
    expect(last?.summary).toMatchObject({ signals: 2 });
  });

  it('RUL-6: ends with an error when it is stopped', async () => {
    const thread = await ComparisonThread.start({ before: [], after, limits });
    const answer = thread.compare([recorded('cpu')]);
    await thread.stop();
    await expect(answer).rejects.toMatchObject({ code: 'backtest_stopped' });
    await expect(thread.summary()).rejects.toMatchObject({ code: 'backtest_stopped' });
  });

  it('RUL-6: does not begin with rules that cannot be used, and says whose they are', async () => {
    const broken = ruleOf({ name: 'broken', pattern: '([a-z]+' });
    const start = (rules: Given) =>
      ComparisonThread.start({ before: rules.before ?? [], after: rules.after ?? [], limits });
    await expect(start({ after: [...after, broken] })).rejects.toMatchObject({
      code: 'unusable_pattern',
      message: expect.stringContaining('broken'),
      fields: [{ field: 'rules.1.pattern' }],
    });
    await expect(start({ before: [broken] })).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'rules_unusable',
      message: expect.stringContaining('broken'),
    });
    const many = Array.from({ length: RULES_ACTIVE_MAX + 1 }, () => ruleOf({}));
    await expect(start({ after: many })).rejects.toMatchObject({ kind: 'invalid' });
  });
});
