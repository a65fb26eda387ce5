import {
  invokeTool,
  requestApproval,
  type ApprovalAction,
  type ExecutionOwner,
} from '@signalbox/contracts';
import {
  canonicalJson,
  digestOf,
  type Actor,
  type Command,
  type EventRecord,
  type MessageContext,
} from '@signalbox/kernel';
import type { Run, Waiting } from './execution.state.ts';
import type { Intent, Planner } from './planner.ts';

/**
 * A command that a run sends. It is made from the journal alone, down to its id and context, so
 * that sending it again after a crash sends the same message.
 */
export interface FollowUp {
  readonly id: string;
  readonly command: Command;
  readonly context: MessageContext;
}

type WaitingFor<For extends Waiting['for']> = Extract<Waiting, { for: For }>;

const DESCRIPTION_LENGTH_MAX = 2000;

/** What a run that waits has asked for. */
export function followUp(run: Run, plan: Planner): FollowUp {
  const { waiting } = run;
  if (waiting?.for === 'tool') return invocation(run, waiting);
  if (waiting?.for === 'approval') {
    return approvalRequest(run, waiting, waiting.callId ? plan(run) : undefined);
  }
  throw new Error('the run waits for nothing');
}

function invocation(run: Run, { request, record }: WaitingFor<'tool'>): FollowUp {
  const { use, definitionDigest, approvalId } = request;
  return {
    id: use.callId,
    command: invokeTool.of({
      ...use,
      definitionDigest,
      approvalId,
      executionId: run.started.executionId,
      caller: targetOf(run),
      replyTo: ownerOf(run),
    }),
    context: contextOf(run, record),
  };
}

/** @param intent what the plan wants to use; undefined when the run itself is to be agreed to. */
function approvalRequest(
  run: Run,
  { approvalId, record }: WaitingFor<'approval'>,
  intent: Intent | undefined,
): FollowUp {
  const { executionId, signalId, riskLevel } = run.started;
  const { action, description } = intent ? toolAction(run, intent) : startAction(run);
  return {
    id: approvalId,
    command: requestApproval.of({
      approvalId,
      executionId,
      signalId,
      action,
      description: description.slice(0, DESCRIPTION_LENGTH_MAX),
      riskLevel,
      replyTo: ownerOf(run),
    }),
    context: contextOf(run, record),
  };
}

interface Asked {
  readonly action: ApprovalAction;
  readonly description: string;
}

function startAction(run: Run): Asked {
  const target = targetOf(run);
  const { objective } = run.started;
  return {
    action: { kind: 'start', target, objective, planDigest: digestOf(run.plan) },
    description: `Start ${target}: ${objective}`,
  };
}

function toolAction(run: Run, intent: Intent): Asked {
  if (intent.kind !== 'use_tool' || !intent.offer) {
    throw new Error('a run waits for agreement to a tool that its plan does not use');
  }
  const { callId, tool, arguments: given } = intent.use;
  const { definitionDigest } = intent.offer;
  return {
    action: { kind: 'tool', callId, tool, arguments: given, definitionDigest },
    description: `${targetOf(run)} wants to use ${tool} ${canonicalJson(given)}`,
  };
}

function targetOf({ plan }: Run): string {
  return plan.kind === 'agent' ? plan.agent : plan.workflow;
}

function ownerOf({ plan }: Run): ExecutionOwner {
  return plan.kind === 'agent' ? 'agent-runner' : 'automation';
}

function contextOf(run: Run, cause: EventRecord | undefined): MessageContext {
  if (!run.record || !cause) throw new Error('a command was derived from an unrecorded event');
  const actor: Actor = run.plan.kind === 'agent' ? `agent:${run.plan.agent}` : 'service:automation';
  return {
    correlationId: run.record.correlationId,
    causationId: cause.id,
    actor,
    epoch: run.record.epoch,
    ...(cause.traceparent === undefined ? {} : { traceparent: cause.traceparent }),
  };
}
