import type { Signal } from '@signalbox/contracts';
import type { Outcome, OutcomeStatus } from '@signalbox/executions';
import { z } from 'zod';
import { excerpt } from './excerpt.ts';

export const HISTORY_TURNS_MAX = 20;
/** Of one question and of one answer, in characters. */
const TEXT_CHARS_MAX = 4_000;
/** Of all turns together as JSON: room has to be left for the signal itself. */
const HISTORY_BYTES_MAX = 24 * 1024;

/** What a person said, and what came of it so far. */
export type Turn = {
  readonly person: string;
  readonly status: OutcomeStatus;
  /** '' while there is none. */
  readonly answer: string;
};

/** A conversation before some point in it, the oldest turn first. */
export type History = {
  /** Earlier turns that are left out. */
  readonly omitted: number;
  readonly turns: readonly Turn[];
};

const chatPayload = z.object({ message: z.string() });

/** What the person who sent the signal said. */
export function saidIn({ payload, title }: Signal): string {
  return chatPayload.safeParse(payload).data?.message ?? title;
}

export function turnOf({ signal, status, message }: Outcome): Turn {
  return {
    person: excerpt(signal ? saidIn(signal) : '', TEXT_CHARS_MAX),
    status,
    answer: excerpt(message, TEXT_CHARS_MAX),
  };
}

/**
 * The newest turns that fit.
 * @param omitted how many older ones there are beside `turns`.
 */
export function historyOf(turns: readonly Turn[], omitted = 0): History {
  const kept: Turn[] = [];
  let bytes = 0;
  for (const turn of turns.slice(-HISTORY_TURNS_MAX).toReversed()) {
    bytes += Buffer.byteLength(JSON.stringify(turn));
    if (bytes > HISTORY_BYTES_MAX) break;
    kept.unshift(turn);
  }
  return { omitted: omitted + turns.length - kept.length, turns: kept };
}
