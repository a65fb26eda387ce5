import { decisionMade, signalReceived } from '@signalbox/contracts';
import type { RawEvent, ScannedBatch } from '@signalbox/messaging';

/** Signals that wait for their decision to come by; the oldest beyond them are taken as they are. */
const HELD_MAX = 500;
/** Not within a text of the decision, where the quotes would be escaped. */
const BY_PROBLEM = Buffer.from('"by":"problem"');

export interface RecordedSignals {
  /** `signal.received` events, no longer part of what they were read in. */
  readonly signals: readonly RawEvent[];
  /** Signals left out: repeats of an open problem, or over, so that no rule was or would be tried. */
  readonly repeats: number;
  /** How much of the log is read, from 0 to 1. */
  readonly done: number;
}

/** The signals that rules decide, out of the events of signals. */
export async function* recordedSignals(
  batches: AsyncIterable<ScannedBatch>,
): AsyncGenerator<RecordedSignals, void> {
  const held = new Map<string, RawEvent>();
  for await (const { events, total, left } of batches) {
    const signals: RawEvent[] = [];
    let repeats = 0;
    for (const event of events) {
      const { type, aggregateId } = event;
      if (type === signalReceived.type) {
        held.set(aggregateId, { ...event, json: Uint8Array.from(event.json) });
        if (held.size > HELD_MAX) signals.push(...taken(held, firstOf(held)));
      } else if (type === decisionMade.type) {
        const decided = taken(held, aggregateId);
        if (isByProblem(event)) repeats += decided.length;
        else signals.push(...decided);
      }
    }
    yield { signals, repeats, done: 1 - left / total };
  }
  yield { signals: [...held.values()], repeats: 0, done: 1 };
}

function firstOf(held: ReadonlyMap<string, RawEvent>): string {
  return held.keys().next().value ?? '';
}

function taken(held: Map<string, RawEvent>, id: string): RawEvent[] {
  const event = held.get(id);
  held.delete(id);
  return event === undefined ? [] : [event];
}

function isByProblem({ json }: RawEvent): boolean {
  return Buffer.from(json.buffer, json.byteOffset, json.byteLength).includes(BY_PROBLEM);
}
