import { ruleDefined, ruleDeleted, type Rule, type RuleEvent } from '@signalbox/contracts';
import { AppError, canonicalJson, type Decider, type EventRecord } from '@signalbox/kernel';

/** `id` is that of the message that asks; the same one twice is one change. */
interface Asked {
  readonly id: string;
  /** The version that who asks has seen, 0 for none; any when absent. */
  readonly expectedVersion?: number | undefined;
}

export type RuleCommand =
  | (Asked & { readonly type: 'define'; readonly rule: Rule })
  | (Asked & { readonly type: 'delete' });

export interface RuleState {
  /** Number of events; every one of them is kept. */
  readonly version: number;
  /** Absent before the first event, and once it is deleted. */
  readonly rule?: Rule;
  /** Ids of the messages that led here. */
  readonly carriedOut: readonly (string | undefined)[];
}

/** Recorded once it is in the log; a decision that is being made has no record yet. */
export type SeenRuleEvent = RuleEvent & { readonly record?: EventRecord };

export const ruleDecider: Decider<RuleState, RuleCommand, SeenRuleEvent> = {
  initialState: () => ({ version: 0, carriedOut: [] }),

  decide(command, state) {
    if (state.carriedOut.includes(command.id)) return [];
    // A deleted rule stays so: who changes it has not seen that, and who wants it makes a new one.
    if (state.rule === undefined && (state.version > 0 || command.type === 'delete')) {
      throw ruleNotFound();
    }
    assertSeen(command, state);
    if (command.type === 'delete') return [ruleDeleted.of({}) as SeenRuleEvent];
    if (canonicalJson(state.rule ?? null) === canonicalJson(command.rule)) return [];
    return [ruleDefined.of({ rule: command.rule }) as SeenRuleEvent];
  },

  evolve({ version, carriedOut }, event) {
    const next = {
      version: version + 1,
      carriedOut: [...carriedOut, event.record?.causationId],
    };
    return event.type === 'rule.defined' ? { ...next, rule: event.data.rule } : next;
  },
};

function assertSeen({ expectedVersion }: RuleCommand, { version }: RuleState): void {
  if (expectedVersion === undefined || expectedVersion === version) return;
  throw new AppError({
    code: 'rule_changed_meanwhile',
    kind: 'conflict',
    message: `The rule stands at version ${version}, not at ${expectedVersion}. Look at it again.`,
    fields: [{ field: 'version', problem: `is ${version} by now` }],
  });
}

export function ruleNotFound(): AppError {
  return new AppError({
    code: 'rule_not_found',
    kind: 'missing',
    message: 'There is no such rule.',
  });
}
