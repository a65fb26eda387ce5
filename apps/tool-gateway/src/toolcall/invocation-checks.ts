import {
  GLOBAL_SCOPE,
  type HALT_CLAUSES,
  type ApprovalEvent,
  type ControlEvent,
  type ToolInvocation,
} from '@signalbox/contracts';
import { asAppError, digestOf, type RecordedEvent } from '@signalbox/kernel';
import { EventStore } from '@signalbox/messaging';
import type { OfferedTool, ToolCatalogue } from '../catalogue/tool-catalogue.ts';
import type { LimitsConfig } from '../gateway-config/gateway-config.schema.ts';
import type { Policy } from '../policy/policy.ts';
import { excessOf } from './argument-bounds.ts';

/** Why a call is not run; each has a test of its own. */
export type Clause =
  | (typeof HALT_CLAUSES)[number]
  | 'unknown_tool'
  | 'tool_unavailable'
  | 'definition_changed'
  | 'invalid_arguments'
  | 'approval_missing'
  | 'approval_mismatch'
  | 'not_allowed';

export type Verdict =
  | { readonly allowed: true; readonly offered: OfferedTool; readonly epoch: number }
  | { readonly allowed: false; readonly clause: Clause; readonly message: string };

type Refusal = Extract<Verdict, { readonly allowed: false }>;

const refused = (clause: Clause, message: string): Refusal => ({ allowed: false, clause, message });

export interface InvocationChecksOptions {
  readonly store: EventStore;
  readonly catalogue: ToolCatalogue;
  readonly policy: Policy;
  readonly limits: LimitsConfig;
}

/** Everything that must hold right before a tool runs, read from the leader where it can change. */
export class InvocationChecks {
  constructor(private readonly options: InvocationChecksOptions) {}

  /**
   * `issuedUnder`: the control epoch of the command.
   * @throws AppError `unavailable` when it cannot be known at present.
   */
  async verdictOn(invocation: ToolInvocation, issuedUnder: number): Promise<Verdict> {
    const control = await this.control();
    if (control.halted) return refused('halted', 'The kill switch is on.');
    if (issuedUnder < control.haltedAt) {
      return refused(
        'stale_epoch',
        `This was issued under epoch ${issuedUnder}, which the halt ${control.haltedAt} ended.`,
      );
    }
    const found = await this.find(invocation.tool);
    if ('clause' in found) return found;
    const { offered } = found;
    return (
      definitionRefusal(invocation, offered) ??
      this.argumentRefusal(invocation, offered) ??
      (await this.approvalRefusal(invocation, offered)) ??
      this.policyRefusal(invocation, offered) ?? { allowed: true, offered, epoch: control.epoch }
    );
  }

  private async find(name: string) {
    try {
      const offered = await this.options.catalogue.find(name);
      return offered ? { offered } : refused('unknown_tool', `There is no tool '${name}' here.`);
    } catch (error) {
      const { kind, message } = asAppError(error);
      // The caller can choose another way, which is better than to wait for as long as it takes.
      if (kind === 'unavailable') return refused('tool_unavailable', message);
      throw error;
    }
  }

  private async control() {
    const ref = { aggregate: 'control', id: GLOBAL_SCOPE };
    const { events } = await this.options.store.read(ref, { fresh: true });
    const controls = events as readonly RecordedEvent<ControlEvent>[];
    const halts = controls.filter((event) => event.type === 'control.halted');
    return {
      halted: controls.at(-1)?.type === 'control.halted',
      haltedAt: halts.at(-1)?.record.sequence ?? 0,
      epoch: controls.at(-1)?.record.sequence ?? 0,
    };
  }

  private argumentRefusal(invocation: ToolInvocation, offered: OfferedTool): Verdict | undefined {
    const excess = excessOf(invocation.arguments, this.options.limits);
    if (excess) return refused('invalid_arguments', `The arguments are refused: ${excess}.`);
    const problem = offered.problemOf(invocation.arguments);
    if (problem) return refused('invalid_arguments', `The arguments do not fit: ${problem}.`);
    return undefined;
  }

  private async approvalRefusal(invocation: ToolInvocation, { tool }: OfferedTool) {
    if (!tool.approvalRequired) return undefined;
    const { approvalId } = invocation;
    if (!approvalId) return refused('approval_missing', 'A person has to agree to this first.');
    const ref = { aggregate: 'approval', id: approvalId };
    const { events } = await this.options.store.read(ref, { fresh: true });
    return approvalRefusal(invocation, events as readonly RecordedEvent<ApprovalEvent>[]);
  }

  private policyRefusal(invocation: ToolInvocation, { tool }: OfferedTool): Verdict | undefined {
    if (!this.options.policy.allows(invocation.caller, invocation.tool)) {
      const { caller } = invocation;
      return refused('not_allowed', `${caller} may not use '${invocation.tool}' here.`);
    }
    const objection = tool.objectionTo?.(invocation.arguments);
    return objection === undefined ? undefined : refused('not_allowed', objection);
  }
}

function definitionRefusal(invocation: ToolInvocation, offered: OfferedTool): Verdict | undefined {
  if (invocation.definitionDigest === offered.definitionDigest) return undefined;
  return refused(
    'definition_changed',
    `'${invocation.tool}' is now ${offered.definitionDigest}, not ${invocation.definitionDigest}.`,
  );
}

/** A grant counts for one action of one run only: the one whose digest the person saw. */
function approvalRefusal(
  invocation: ToolInvocation,
  events: readonly RecordedEvent<ApprovalEvent>[],
): Verdict | undefined {
  const requested = events.find((event) => event.type === 'approval.requested');
  const granted = events.find((event) => event.type === 'approval.granted');
  if (!requested || !granted) return refused('approval_missing', 'Nobody has agreed to this.');
  const { callId, tool, definitionDigest } = invocation;
  const digest = digestOf({
    kind: 'tool',
    callId,
    tool,
    arguments: invocation.arguments,
    definitionDigest,
  });
  const sameRun = requested.data.executionId === invocation.executionId;
  if (sameRun && granted.data.actionDigest === digest) return undefined;
  return refused('approval_mismatch', 'What a person agreed to is another action than this one.');
}
