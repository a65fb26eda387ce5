import { asAppError } from '@signalbox/kernel';
import type { ScannedBatch } from '@signalbox/messaging';
import type { BacktestRequest } from './backtest-request.ts';
import { ndjson } from './comparison.ts';
import type { ComparisonThread } from './comparison-thread.ts';
import { recordedSignals } from './recorded-signals.ts';

const PROGRESS_EVERY_MS = 250;

export interface BacktestRun {
  readonly thread: ComparisonThread;
  readonly events: AsyncIterable<ScannedBatch>;
  readonly period: Pick<BacktestRequest, 'since' | 'until'>;
  /** Most signals compared: the oldest of the period. */
  readonly signalsMax: number;
  /** Called before the last line: who reads that may begin another backtest. */
  stop(): Promise<void>;
}

/**
 * Lines for the client: progress, changed signals, and in the end a summary, or an error where it
 * could not be finished. The next signals are read while the last ones are compared, and no more
 * of either is done than the client takes.
 */
export async function* backtestLines(run: BacktestRun): AsyncGenerator<string, void> {
  let last: string;
  try {
    last = yield* compared(run);
  } catch (error) {
    const { code, message } = asAppError(error);
    last = ndjson({ error: { code, message } });
  }
  await run.stop();
  yield last;
}

/** Returns the summary. */
async function* compared({
  thread,
  events,
  period,
  signalsMax,
}: BacktestRun): AsyncGenerator<string, string> {
  const begun = performance.now();
  let toldAt = begun;
  let [read, repeats, limitReached] = [0, 0, false];
  yield progressLine({ read, changed: 0, done: 0 });
  for await (const batch of readingAhead(recordedSignals(events))) {
    const room = signalsMax - read;
    const { lines, changed, ...answer } = await thread.compare(batch.signals.slice(0, room));
    read = answer.read;
    repeats += batch.repeats;
    if (lines !== '') yield lines;
    if (performance.now() - toldAt >= PROGRESS_EVERY_MS) {
      toldAt = performance.now();
      yield progressLine({ read, changed, done: batch.done });
    }
    limitReached = batch.signals.length > room;
    if (limitReached) break;
  }
  const { summary, truncated } = await thread.summary();
  const { signals, changed, sameByAnotherRule, ...counts } = summary;
  yield progressLine({ read, changed, done: 1 });
  return ndjson({
    summary: {
      ...period,
      signals,
      changed,
      same_by_another_rule: sameByAnotherRule,
      repeats,
      ...counts,
      truncated,
      limit_reached: limitReached,
      took_ms: Math.round(performance.now() - begun),
    },
  });
}

/** `done` is how much of the log is read, from 0 to 1. */
function progressLine(progress: { read: number; changed: number; done: number }): string {
  return ndjson({ progress: { ...progress, done: Number(progress.done.toFixed(3)) } });
}

/** Asks for the next item before the last one is used. */
async function* readingAhead<Item>(source: AsyncIterable<Item>): AsyncGenerator<Item, void> {
  const items = source[Symbol.asyncIterator]();
  const ask = () => {
    const next = items.next();
    // Thrown when it is awaited, which may be later than Node waits before it ends the process.
    next.catch(() => undefined);
    return next;
  };
  try {
    let next = ask();
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = ask();
      yield value;
    }
  } finally {
    await items.return?.();
  }
}
