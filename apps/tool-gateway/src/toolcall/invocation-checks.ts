import { GLOBAL_SCOPE, type ControlEvent, type ToolInvocation } from '@signalbox/contracts';
import type { Leases } from '@signalbox/executions';
import { asAppError, type RecordedEvent } from '@signalbox/kernel';
import { EventStore } from '@signalbox/messaging';
import type { OfferedTool, ToolCatalogue } from '../catalogue/tool-catalogue.ts';
import type { LimitsConfig } from '../gateway-config/gateway-config.schema.ts';
import { grantedTool } from '../policy/granted-tool.ts';
import type { Policy } from '../policy/policy.ts';
import { approvalRefusal } from './approval-check.ts';
import { excessOf } from './argument-bounds.ts';
import { holderRefusal, leaseRefusal } from './lease-check.ts';
import { refused, type Refusal } from './refusal.ts';
import { runRefusal } from './run-check.ts';

export type Verdict =
  { readonly allowed: true; readonly offered: OfferedTool; readonly epoch: number } | Refusal;

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
  constructor(private readonly options: InvocationChecksOptions) {}

  /** @throws AppError `unavailable` when it cannot be known at present. */
  async verdictOn(
    invocation: ToolInvocation,
    { issuedUnder, claimedBefore, onceMore = false }: Asked,
  ): Promise<Verdict> {
    const { store, leases } = this.options;
    // At once: the leader is asked for each.
    const [control, moved, stale, held] = await Promise.all([
      this.control(),
      claimedBefore ? undefined : runRefusal(store, invocation),
      claimedBefore ? undefined : leaseRefusal(leases, invocation),
      onceMore ? holderRefusal(leases, invocation) : undefined,
    ]);
    const early = haltRefusal(control, issuedUnder) ?? moved;
    if (early) return early;
    const found = await this.find(invocation.tool);
    if ('clause' in found) return found;
    const { offered } = found;
    return (
      definitionRefusal(invocation, offered) ??
      this.argumentRefusal(invocation, offered) ??
      (offered.tool.approvalRequired ? await approvalRefusal(store, invocation) : undefined) ??
      stale ??
      held ??
      this.policyVerdict(invocation, offered, control.epoch)
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

  private async control(): Promise<Control> {
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

  private argumentRefusal(invocation: ToolInvocation, offered: OfferedTool): Refusal | undefined {
    const excess = excessOf(invocation.arguments, this.options.limits);
    if (excess) return refused('invalid_arguments', `The arguments are refused: ${excess}.`);
    const problem = offered.problemOf(invocation.arguments);
    if (problem) return refused('invalid_arguments', `The arguments do not fit: ${problem}.`);
    return undefined;
  }

  /** The last of all: what it allows counts as a call. */
  private policyVerdict(invocation: ToolInvocation, offered: OfferedTool, epoch: number): Verdict {
    const objection = offered.tool.objectionTo?.(invocation.arguments);
    const verdict = this.options.policy.verdictOn(invocation, performance.now());
    if (!verdict.allowed) return refused(verdict.clause, verdict.message);
    if (objection !== undefined) return refused('not_allowed', objection);
    return { allowed: true, offered: grantedTool(offered, verdict.limits), epoch };
  }
}

/** The kill switch; places in the audit stream, 0 for never. */
interface Control {
  readonly halted: boolean;
  readonly haltedAt: number;
  readonly epoch: number;
}

function haltRefusal({ halted, haltedAt }: Control, issuedUnder: number): Refusal | undefined {
  if (halted) return refused('halted', 'The kill switch is on.');
  if (issuedUnder >= haltedAt) return undefined;
  return refused(
    'stale_epoch',
    `This was issued under epoch ${issuedUnder}, which the halt ${haltedAt} ended.`,
  );
}

function definitionRefusal(invocation: ToolInvocation, offered: OfferedTool): Refusal | undefined {
  if (invocation.definitionDigest === offered.definitionDigest) return undefined;
  return refused(
    'definition_changed',
    `'${invocation.tool}' is now ${offered.definitionDigest}, not ${invocation.definitionDigest}.`,
  );
}
