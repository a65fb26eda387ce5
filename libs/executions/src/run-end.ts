import { cancelAgent, settleAgentTool, withdrawApproval } from '@signalbox/contracts';
import { deriveId } from '@signalbox/kernel';
import type { EventStore } from '@signalbox/messaging';
import type { ExecutionCommand } from './execution.decider.ts';
import type { Run } from './execution.state.ts';
import { contextOf, type FollowUp } from './follow-up.ts';
import { readRun } from './journal.ts';
import type { LeaseSteps } from './lease-steps.ts';
import type { Outbox } from './outbox.ts';
import { agentOfferOf, resourceFor } from './planner.ts';
import { childIdOf, outcomeOf } from './sub-agents.ts';

/** What the end of a run, whichever it is, means to others. */
export class RunEnd {
  constructor(
    private readonly store: EventStore,
    private readonly outbox: Outbox,
    private readonly leases: LeaseSteps,
  ) {}

  /**
   * Safe to repeat: it is owed by whoever ended the run, and by whoever finds it ended.
   * @param command that came to the run when it had ended, or ended it.
   */
  async follow(run: Run, command?: ExecutionCommand): Promise<void> {
    const answer = answerToParent(run);
    if (answer) await this.outbox.send(answer);
    const withdrawal = withdrawalOf(run);
    if (withdrawal) await this.outbox.send(withdrawal);
    const child = abandonedChild(run);
    // One that has not begun finds out by itself that nobody waits for it.
    if (child && (await readRun(this.store, child))) await this.outbox.send(cancelOf(child, run));
    const context = contextOf(run, run.end?.event.record);
    await this.leases.giveUp(run, context, leaseInUse(run, command));
  }
}

/**
 * Under which an effect may still go on: until its outcome comes, if need be from a person, or the
 * time of the lease is up. A run that uses another agent holds none.
 */
function leaseInUse(run: Run, command: ExecutionCommand | undefined) {
  const callId = callInDoubt(run);
  if (callId === undefined) return undefined;
  const isAnswer = command?.type === 'settle_tool' && command.callId === callId;
  return isAnswer && command.outcome.status !== 'unknown' ? undefined : run.lease;
}

/** The call that acts on the resource, and of which the run had heard no end when it ended. */
function callInDoubt({ plan, settled, end }: Run): string | undefined {
  if (!end) return undefined;
  const { event, abandoned } = end;
  if (event.type === 'execution.failed' && event.data.reason === 'outcome_unknown') {
    return settled.at(-1)?.callId;
  }
  if (abandoned?.for !== 'tool') return undefined;
  const { tool, callId } = abandoned.request.use;
  return resourceFor(plan, tool) === undefined ? undefined : callId;
}

/** Undefined where no other run used this one as a tool. */
function answerToParent(run: Run): FollowUp | undefined {
  const { started, end } = run;
  const { executionId, parent } = started;
  if (!parent || !end) return undefined;
  const { callId } = parent;
  const outcome = outcomeOf(end.event);
  return {
    id: deriveId(executionId, 'settle'),
    command: settleAgentTool.of({ executionId: parent.executionId, callId, outcome }),
    context: contextOf(run, end.event.record),
  };
}

/** Of what a person was asked when the run ended, or would have been: it is not told the answer. */
function withdrawalOf(run: Run): FollowUp | undefined {
  const { end } = run;
  if (end?.abandoned?.for !== 'approval') return undefined;
  const { approvalId } = end.abandoned;
  const outcome = outcomeOf(end.event);
  const how = outcome.status === 'failed' ? `, ${outcome.code}: ${outcome.message}` : '.';
  return {
    id: deriveId(approvalId, 'withdraw'),
    command: withdrawApproval.of({ approvalId, reason: `The run has ended${how}` }),
    context: contextOf(run, end.event.record),
  };
}

/** The sub-agent that was under way when the run ended. */
function abandonedChild({ plan, end }: Run): string | undefined {
  const abandoned = end?.abandoned;
  if (abandoned?.for !== 'tool') return undefined;
  const { tool, callId } = abandoned.request.use;
  return agentOfferOf(plan, tool) && childIdOf(callId);
}

function cancelOf(childId: string, run: Run): FollowUp {
  const reason = 'The run that used this one as a tool has ended.';
  return {
    id: deriveId(childId, 'cancel'),
    command: cancelAgent.of({ executionId: childId, reason }),
    context: contextOf(run, run.end?.event.record),
  };
}
