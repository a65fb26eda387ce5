import { AppError, fold, type Decider } from '@signalbox/kernel';

/** What a decider's command led to, to be held against what was expected. */
export interface Decision<Event> {
  /** These events and no others. */
  then(events: readonly Event[]): void;
  /** An `AppError` of this code. */
  thenThrows(code: string): void;
}

/**
 * A decider's behaviour in its own words:
 * `given([approvalRequested.of(…)]).when(command).then([approvalGranted.of(…)])`.
 * Fails by throwing what Jest's `expect` throws.
 */
export function specOf<State, Command, Event>(decider: Decider<State, Command, Event>) {
  return {
    given: (history: readonly Event[]) => ({
      when: (command: Command): Decision<Event> => {
        const decide = (): readonly Event[] => decider.decide(command, fold(decider, history));
        return {
          // The word of the specs; a decision is never awaited.
          then: (events) => expect(decide()).toEqual(events),
          thenThrows: (code) => expect(codeThrownBy(decide)).toBe(code),
        };
      },
    }),
  };
}

/** The code of the `AppError` that `run` throws; any other error is thrown on. */
function codeThrownBy(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}
