import type { OnText } from '@signalbox/models';

/** A model call that somebody may watch. */
export interface WatchedCall {
  readonly executionId: string;
  readonly step: number;
}

/** Part of what a model says while it says it, as those who watch a run get it. */
export interface RunText extends WatchedCall {
  readonly provider: string;
  readonly model: string;
  readonly text: string;
}

/** One call while it is under way. */
export interface OpenCall {
  readonly onText: OnText;
  /** Tells what is left to tell. */
  end(): void;
}

/**
 * Tells those who watch what models say, while they say it. Nobody waits for it, and nothing is
 * kept: what counts is the answer in the journal.
 */
export abstract class RunWatch {
  abstract open(call: WatchedCall): OpenCall;
}
