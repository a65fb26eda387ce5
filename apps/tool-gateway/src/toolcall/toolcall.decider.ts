import {
  type BlobRef,
  toolcallResolved,
  toolClaimed,
  toolFailed,
  toolOutcomeUnknown,
  toolRefused,
  toolSucceeded,
  type ToolcallEvent,
  type ToolInvocation,
  type ToolOutcome,
} from '@signalbox/contracts';
import {
  AppError,
  type Actor,
  type DataOf,
  type Decider,
  type EventRecord,
  type Json,
} from '@signalbox/kernel';
import assert from 'node:assert/strict';

type PersonsWord = DataOf<typeof toolcallResolved>;

/** A tool call: asked for, perhaps claimed, settled once; parked, it may be run once more. */
export interface Toolcall {
  /** As it was recorded; absent before anything was. */
  readonly invocation?: ToolInvocation;
  /** With a claim: running it again does no harm. */
  readonly repeatable: boolean;
  /** How it ended, as whoever asked was told. */
  readonly outcome?: ToolOutcome;
  /** What a person said of it while it was parked, and the id of the message that says so. */
  readonly resolution?: {
    readonly verdict: PersonsWord['verdict'];
    readonly by: string | undefined;
  };
}

/** Recorded once it is in the log; a decision that is being made has no record yet. */
export type SeenToolcallEvent = ToolcallEvent & { readonly record?: EventRecord };

export type ToolcallCommand =
  | {
      readonly do: 'claim';
      readonly invocation: ToolInvocation;
      readonly gateway: string;
      readonly epoch: number;
      readonly repeatable: boolean;
      readonly policyDigest: string;
    }
  | {
      readonly do: 'refuse';
      readonly invocation: ToolInvocation;
      readonly clause: string;
      readonly message: string;
    }
  | {
      readonly do: 'succeed';
      readonly result: Json;
      /** Where the whole of the result is, when it is only the beginning. */
      readonly whole?: BlobRef;
      readonly durationMs: number;
    }
  | {
      readonly do: 'fail';
      readonly code: string;
      readonly message: string;
      readonly durationMs: number;
    }
  | { readonly do: 'park'; readonly message: string }
  | (PersonsWord & {
      readonly do: 'resolve';
      /** The id of the message that asks; the same one twice is one answer. */
      readonly id: string;
      readonly by: Actor;
    });

/** What becomes of a claim without an outcome, when running it again may do harm. */
export const PARKED = {
  do: 'park',
  message: 'A gateway began this call and nobody recorded how it ended.',
} as const satisfies ToolcallCommand;

const SAID_DONE = 'A person says that it took effect.';
const SAID_NOT_DONE = 'A person says that it did not take effect.';

export const toolcallDecider: Decider<Toolcall, ToolcallCommand, SeenToolcallEvent> = {
  initialState: () => ({ repeatable: false }),

  decide(command, state) {
    if (command.do === 'resolve') return resolve(command, state);
    if (state.outcome) return [];
    if (command.do === 'claim') return state.invocation ? [] : [toolClaimed.of(command)];
    if (command.do === 'refuse') return [toolRefused.of(command)];
    assert(state.invocation, 'a tool call that was never claimed cannot have run');
    switch (command.do) {
      case 'succeed':
        return [toolSucceeded.of(command)];
      case 'fail':
        return [toolFailed.of(command)];
      case 'park':
        return [toolOutcomeUnknown.of(command)];
    }
  },

  evolve(state, event) {
    switch (event.type) {
      case 'toolcall.claimed':
        return { ...state, invocation: event.data.invocation, repeatable: event.data.repeatable };
      case 'toolcall.refused': {
        const { invocation, clause, message } = event.data;
        return { ...state, invocation, outcome: { status: 'refused', clause, message } };
      }
      case 'toolcall.succeeded': {
        const { result, whole } = event.data;
        return { ...state, outcome: { status: 'succeeded', result, ...(whole && { whole }) } };
      }
      case 'toolcall.failed': {
        const { code, message } = event.data;
        return { ...state, outcome: { status: 'failed', code, message } };
      }
      case 'toolcall.unknown':
        return { ...state, outcome: { status: 'unknown', message: event.data.message } };
      case 'toolcall.resolved': {
        const { outcome, ...rest } = state;
        const { verdict } = event.data;
        const resolved = { ...rest, resolution: { verdict, by: event.record?.causationId } };
        // To be run once more is to be claimed anew, by who answers the person.
        return verdict === 'retry' || !outcome ? resolved : { ...resolved, outcome };
      }
    }
  },
};

/** How a call stands that was asked for, in the words of the read model. */
export function statusOf({ outcome, resolution }: Toolcall): ToolOutcome['status'] | 'claimed' {
  if (resolution?.verdict === 'done') return 'succeeded';
  if (resolution?.verdict === 'not_done') return 'failed';
  return outcome?.status ?? 'claimed';
}

/** As whoever asked is told of it; undefined while it has none, or nobody knows it. */
export function knownOutcome({ outcome, resolution }: Toolcall): ToolOutcome | undefined {
  switch (resolution?.verdict) {
    case 'done':
      return { status: 'succeeded', result: SAID_DONE };
    case 'not_done':
      return { status: 'failed', code: 'not_done', message: SAID_NOT_DONE };
    default:
      return outcome?.status === 'unknown' ? undefined : outcome;
  }
}

function resolve(
  { id, by, verdict, note }: Extract<ToolcallCommand, { do: 'resolve' }>,
  state: Toolcall,
): SeenToolcallEvent[] {
  if (!by.startsWith('person:')) {
    const message = `Only a person may say what became of a call, not ${by}.`;
    throw new AppError({ code: 'resolver_not_a_person', kind: 'forbidden', message });
  }
  if (!state.invocation) {
    const message = 'There is no such tool call.';
    throw new AppError({ code: 'tool_call_not_found', kind: 'missing', message });
  }
  if (state.resolution?.by === id) return [];
  const status = statusOf(state);
  if (status === 'unknown') return [toolcallResolved.of({ verdict, note })];
  const message = `The call is not parked: it is recorded as ${status}.`;
  throw new AppError({ code: 'tool_call_not_parked', kind: 'conflict', message });
}
