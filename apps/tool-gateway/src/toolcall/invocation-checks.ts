import type { ToolInvocation } from '@signalbox/contracts';
import type { Leases } from '@signalbox/executions';
import { asAppError } from '@signalbox/kernel';
import type { EventStore } from '@signalbox/messaging';
import type { OfferedTool, ToolCatalogue } from '../catalogue/tool-catalogue.ts';
import type { LimitsConfig } from '../gateway-config/gateway-config.schema.ts';
import type { Policy } from '../policy/policy.ts';
import { approvalOf, approvalRefusal } from './approval-check.ts';
import { excessOf, inexactIn } from './argument-bounds.ts';
import { ControlReader, haltRefusal } from './control-check.ts';
import { grantedTool } from './granted-tool.ts';
import { holderRefusal, leaseRefusal } from './lease-check.ts';
import { refused, type Refusal } from './refusal.ts';
import { runRefusal } from './run-check.ts';

export type Verdict =
  | {
      readonly allowed: true;
      readonly offered: OfferedTool;
      readonly epoch: number;
      /** As of when, in ms as `performance.now` counts. */
      readonly checkedAt: number;
    }
  | Refusal;

/** A tool that took longer to be found had its server started: then all else is looked at anew. */
const FOUND_AT_ONCE_MS = 1_000;

/** What a call is checked against, besides itself. */
export interface Asked {
  /** The control epoch of the command. */
  readonly issuedUnder: number;
  /** A call that was claimed before is its gateways' to finish, whatever its run does meanwhile. */
  readonly claimedBefore: boolean;
  /** A person wants it run once more; others may act where it acts by now. */
  readonly onceMore?: boolean;
}

export interface InvocationChecksOptions {
  readonly store: EventStore;
  readonly leases: Leases;
  readonly catalogue: ToolCatalogue;
  readonly policy: Policy;
  readonly limits: LimitsConfig;
}

/** Everything that must hold right before a tool runs, read from the leader where it can change. */
export class InvocationChecks {
  private readonly control: ControlReader;

  constructor(private readonly options: InvocationChecksOptions) {
    this.control = new ControlReader(options.store);
  }

  /** @throws AppError `unavailable` when it cannot be known at present. */
  async verdictOn(invocation: ToolInvocation, asked: Asked): Promise<Verdict> {
    let standing = await this.standingOf(invocation, asked);
    if (standing.early) return standing.early;
    const found = await this.find(invocation.tool);
    if ('clause' in found) return found;
    if (performance.now() - standing.checkedAt > FOUND_AT_ONCE_MS) {
      standing = await this.standingOf(invocation, asked);
      if (standing.early) return standing.early;
    }
    const { offered } = found;
    const { approval, late } = standing;
    return (
      definitionRefusal(invocation, offered) ??
      this.argumentRefusal(invocation, offered) ??
      (offered.tool.approvalRequired ? approvalRefusal(invocation, approval) : undefined) ??
      late ??
      this.policyVerdict(invocation, offered, standing)
    );
  }

  /** How things stand by the word of the leader, who is asked for all at once. */
  private async standingOf(
    invocation: ToolInvocation,
    { issuedUnder, claimedBefore, onceMore = false }: Asked,
  ) {
    const { store, leases } = this.options;
    const checkedAt = performance.now();
    const [control, approval, moved, stale, held] = await Promise.all([
      this.control.read(),
      approvalOf(store, invocation),
      claimedBefore ? undefined : runRefusal(store, invocation),
      claimedBefore ? undefined : leaseRefusal(leases, invocation),
      onceMore ? holderRefusal(leases, invocation) : undefined,
    ]);
    const early = haltRefusal(control, issuedUnder) ?? moved;
    return { checkedAt, epoch: control.epoch, approval, early, late: stale ?? held };
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

  private argumentRefusal(invocation: ToolInvocation, offered: OfferedTool): Refusal | undefined {
    const excess = excessOf(invocation.arguments, this.options.limits);
    if (excess) return refused('invalid_arguments', `The arguments are refused: ${excess}.`);
    const problem = inexactIn(invocation.arguments) ?? offered.problemOf(invocation.arguments);
    if (problem) return refused('invalid_arguments', `The arguments do not fit: ${problem}.`);
    return undefined;
  }

  /** The last of all: what it allows counts as a call. */
  private async policyVerdict(
    invocation: ToolInvocation,
    offered: OfferedTool,
    { epoch, checkedAt }: { readonly epoch: number; readonly checkedAt: number },
  ): Promise<Verdict> {
    const objection = offered.tool.objectionTo?.(invocation.arguments);
    const { inputSchema } = offered.tool.definition;
    const verdict = await this.options.policy.verdictOn({ ...invocation, inputSchema, objection });
    if (!verdict.allowed) return refused(verdict.clause, verdict.message);
    return { allowed: true, offered: grantedTool(offered, verdict.limits), epoch, checkedAt };
  }
}

function definitionRefusal(invocation: ToolInvocation, offered: OfferedTool): Refusal | undefined {
  if (invocation.definitionDigest === offered.definitionDigest) return undefined;
  return refused(
    'definition_changed',
    `'${invocation.tool}' is now ${offered.definitionDigest}, not ${invocation.definitionDigest}.`,
  );
}
