import {
  toolClaimed,
  toolFailed,
  toolOutcomeUnknown,
  toolRefused,
  toolSucceeded,
  type ToolcallEvent,
  type ToolInvocation,
  type ToolOutcome,
} from '@signalbox/contracts';
import type { Decider, Json } from '@signalbox/kernel';
import assert from 'node:assert/strict';

/** A tool call: asked for, perhaps claimed, settled once. */
export interface Toolcall {
  /** As it was recorded; absent before anything was. */
  readonly invocation?: ToolInvocation;
  /** With a claim: running it again does no harm. */
  readonly repeatable: boolean;
  /** How it ended; there is no second end. */
  readonly outcome?: ToolOutcome;
}

export type ToolcallCommand =
  | {
      readonly do: 'claim';
      readonly invocation: ToolInvocation;
      readonly gateway: string;
      readonly epoch: number;
      readonly repeatable: boolean;
    }
  | {
      readonly do: 'refuse';
      readonly invocation: ToolInvocation;
      readonly clause: string;
      readonly message: string;
    }
  | { readonly do: 'succeed'; readonly result: Json; readonly durationMs: number }
  | {
      readonly do: 'fail';
      readonly code: string;
      readonly message: string;
      readonly durationMs: number;
    }
  | { readonly do: 'park'; readonly message: string };

export const toolcallDecider: Decider<Toolcall, ToolcallCommand, ToolcallEvent> = {
  initialState: () => ({ repeatable: false }),

  decide(command, state) {
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
      case 'toolcall.succeeded':
        return { ...state, outcome: { status: 'succeeded', result: event.data.result } };
      case 'toolcall.failed': {
        const { code, message } = event.data;
        return { ...state, outcome: { status: 'failed', code, message } };
      }
      case 'toolcall.unknown':
        return { ...state, outcome: { status: 'unknown', message: event.data.message } };
    }
  },
};
