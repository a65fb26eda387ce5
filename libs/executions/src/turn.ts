import type { MessageContext } from '@signalbox/kernel';
import type { Journal } from './journal.ts';

/** One handling of one command, at work on a run. */
export interface Turn {
  readonly journal: Journal;
  /** Of what is recorded. */
  readonly context: MessageContext;
}
