import type { DomainEvent } from '@signalbox/kernel';
import type { ApiEvent } from '../client/api.ts';
import type { Tone } from '../terminal/terminal.ts';
import type { Detail } from './trials.ts';

/** One event in words. */
export interface Line {
  /** What happened, in two or three words. */
  readonly what: string;
  readonly text: string;
  readonly tone: Tone;
  /** What belongs to it and deserves a line of its own. */
  readonly more?: readonly string[];
}

/** One entry per event, so that the compiler asks for words when there is a new one. */
export type WordsFor<Event extends DomainEvent> = {
  readonly [Type in Event['type']]: (
    data: Extract<Event, { type: Type }>['data'],
    event: ApiEvent,
    detail: Detail,
  ) => Line;
};

export function dim(what: string, text: string): Line {
  return { what, text, tone: 'dim' };
}
