import type { Agent, DefinitionEvent, Rule } from '@signalbox/contracts';
import type { RecordedEvent } from '@signalbox/kernel';

/** What the log tells of a definition beside itself. */
export interface Recorded {
  /** Counts its events. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type RecordedRule = Rule & Recorded;
export type RecordedAgent = Agent & Recorded;

/** The definition as its latest event leaves it. */
export function recorded<Definition>(
  definition: Definition,
  { version, time }: RecordedEvent['record'],
  before: Recorded | undefined,
): Definition & Recorded {
  return { ...definition, version, createdAt: before?.createdAt ?? time, updatedAt: time };
}

/**
 * The definition as its first events leave it; undefined when the last of them was its deletion.
 * @param definitionIn undefined for a deletion.
 */
export function standingAfter<Event extends DefinitionEvent, Definition>(
  events: readonly RecordedEvent<Event>[],
  definitionIn: (event: RecordedEvent<Event>) => Definition | undefined,
): (Definition & Recorded) | undefined {
  return events.reduce<(Definition & Recorded) | undefined>((before, event) => {
    const definition = definitionIn(event);
    return definition && recorded(definition, event.record, before);
  }, undefined);
}
