import { Injectable } from '@nestjs/common';
import { ulid, type ExecutionEvent } from '@signalbox/contracts';
import { AppError, type RecordedEvent } from '@signalbox/kernel';
import { EventStore } from '@signalbox/messaging';
import { orUnavailable } from '../operator/or-unavailable.ts';

export type RunEvent = RecordedEvent<ExecutionEvent>;
/** The events of a run, the first one first; there is always one. */
export type RunEvents = readonly [RunEvent, ...RunEvent[]];

/** Runs as the log has them: right after it was written, and without Postgres. */
@Injectable()
export class ExecutionLog {
  constructor(private readonly store: EventStore) {}

  /**
   * All events of the run.
   * @param known those that were read before, so that only the others are.
   * @throws AppError `missing` for a run that has not begun, `unavailable`.
   */
  async read(id: string, known: readonly RunEvent[] = []): Promise<RunEvents> {
    // What cannot be an id must not become a part of a subject.
    if (!ulid.safeParse(id).success) throw noSuchExecution(id);
    const last = known.at(-1)?.record;
    const after = last && { after: { sequence: last.sequence, version: last.version } };
    const reading = this.store.read({ aggregate: 'execution', id }, { fresh: true, ...after });
    const { events } = await orUnavailable(reading, {
      code: 'execution_not_read',
      message: 'The execution cannot be read at present.',
    });
    const [first, ...others] = [...known, ...(events as readonly RunEvent[])];
    if (!first) throw noSuchExecution(id);
    return [first, ...others];
  }
}

function noSuchExecution(id: string): AppError {
  return new AppError({
    code: 'execution_not_found',
    kind: 'missing',
    message: `Nothing is known of execution ${id}. What was accepted just now may take a moment.`,
  });
}
