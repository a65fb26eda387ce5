import type { HALT_CLAUSES } from '@signalbox/contracts';
import type { PolicyClause } from '../policy/compiled-grant.ts';

/** Why a call is not run; each has a test of its own. */
export type Clause =
  | (typeof HALT_CLAUSES)[number]
  | 'run_moved_on'
  | 'unknown_tool'
  | 'tool_unavailable'
  | 'definition_changed'
  | 'invalid_arguments'
  | 'approval_missing'
  | 'approval_mismatch'
  | 'lease_stale'
  | 'lease_held'
  | 'held_up'
  | PolicyClause;

export interface Refusal {
  readonly allowed: false;
  readonly clause: Clause;
  readonly message: string;
}

export const refused = (clause: Clause, message: string): Refusal => ({
  allowed: false,
  clause,
  message,
});
