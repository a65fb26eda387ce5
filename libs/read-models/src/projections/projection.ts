import type { EventDefinition, EventOf, RecordedEvent } from '@signalbox/kernel';
import { merge, type Change, type TableChanges } from './changes.ts';

/** From an event to what it does to the rows. Pure. */
export type Projection = (event: RecordedEvent) => readonly Change[];

interface Reaction {
  readonly type: string;
  readonly react: Projection;
}

export function on<D extends EventDefinition>(
  definition: D,
  react: (event: RecordedEvent<EventOf<D>>) => readonly Change[],
): Reaction {
  return { type: definition.type, react: react as Projection };
}

/** The reactions as one function; events of other types change nothing. */
export function projection(...reactions: readonly Reaction[]): Projection {
  const byType = new Map(reactions.map(({ type, react }) => [type, react]));
  return (event) => byType.get(event.type)?.(event) ?? [];
}

/** What a batch of events does to the tables. */
export function project(
  projections: readonly Projection[],
  events: readonly RecordedEvent[],
): readonly TableChanges[] {
  return merge(events.flatMap((event) => projections.flatMap((of) => of(event))));
}
