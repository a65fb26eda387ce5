import type { ExecutionEvent, ToolUse } from '@signalbox/contracts';
import type { Run } from './execution.state.ts';

/** What a plan wants once nothing is under way. Pure, like everything that decides. */
export type Intent =
  | { readonly kind: 'ask_model'; readonly step: number }
  | {
      readonly kind: 'use_tool';
      readonly step: number;
      readonly use: ToolUse;
      /** Absent when the plan has no such tool. */
      readonly offer: Offer | undefined;
    }
  | { readonly kind: 'finish'; readonly event: ExecutionEvent };

export interface Offer {
  readonly definitionDigest: string;
  readonly approvalRequired: boolean;
}

export type Planner = (run: Run) => Intent;
