import {
  continueAgent,
  invokeTool,
  requestApproval,
  type ApprovalAction,
  type ExecutionOwner,
} from '@signalbox/contracts';
import {
  canonicalJson,
  deriveId,
  digestOf,
  type Actor,
  type Command,
  type EventRecord,
  type MessageContext,
} from '@signalbox/kernel';
import type { Run } from './execution.state.ts';
import { agentOfferOf, resourceFor, type Intent, type Planner } from './planner.ts';
import { childIdOf, startOfChild } from './sub-agents.ts';
import { deadlineOf } from './times.ts';
import type { Waiting } from './waiting.ts';

/**
 * A command that a run sends. It is made from the journal alone, down to its id and context, so
 * that sending it again after a crash sends the same message.
 */
export interface FollowUp {
  readonly id: string;
  readonly command: Command;
  readonly context: MessageContext;
  /** For later: a timer sends it then. */
  readonly at?: Date;
}

type WaitingFor<For extends Waiting['for']> = Extract<Waiting, { for: For }>;

const DESCRIPTION_LENGTH_MAX = 2000;
/** For a person to see that it is not all; the action itself is whole. */
const CUT_LENGTH_MAX = 60;

/** What a run that waits has asked for. */
export function followUp(run: Run, plan: Planner): FollowUp {
  const { waiting } = run;
  switch (waiting?.for) {
    case 'tool':
      return childStart(run, waiting) ?? invocation(run, waiting);
    case 'approval':
      return approvalRequest(run, waiting, waiting.callId ? plan(run) : undefined);
    case 'timer':
      return retry(run, waiting);
    default:
      throw new Error(`no command is sent for a run that waits for ${waiting?.for ?? 'nothing'}`);
  }
}

/** Looks at the run when its deadline has come, whatever it waits for; undefined without one. */
export function deadlineTimer(run: Run): FollowUp | undefined {
  const at = deadlineOf(run);
  return at && wakeUp(run, { at, parts: ['deadline'], record: run.record });
}

/** Looks at the lease again when the time of its holder is up. */
export function leaseTimer(run: Run, until: string): FollowUp {
  const parts = ['lease', until];
  return wakeUp(run, { at: new Date(until), parts, record: run.waiting?.record });
}

function retry(run: Run, { step, attempt, until, record }: WaitingFor<'timer'>): FollowUp {
  return wakeUp(run, { at: until, parts: ['retry', step, attempt], record });
}

interface WakeUp {
  readonly at: Date;
  /** Tell the timers of a run apart. */
  readonly parts: readonly (string | number)[];
  readonly record: EventRecord | undefined;
}

function wakeUp(run: Run, { at, parts, record }: WakeUp): FollowUp {
  const { executionId } = run.started;
  return {
    id: deriveId(executionId, ...parts),
    command: continueAgent.of({ executionId }),
    context: contextOf(run, record),
    at,
  };
}

function childStart(run: Run, { request, record }: WaitingFor<'tool'>): FollowUp | undefined {
  const { use } = request;
  const offer = agentOfferOf(run.plan, use.tool);
  return (
    offer && {
      id: deriveId(childIdOf(use.callId), 'start'),
      command: startOfChild(run, offer, use),
      context: contextOf(run, record),
    }
  );
}

function invocation(run: Run, { request, record }: WaitingFor<'tool'>): FollowUp {
  const { use, definitionDigest, approvalId } = request;
  // One that is stale would be refused, even where none is needed.
  const lease = resourceFor(run.plan, use.tool) === undefined ? undefined : run.lease;
  return {
    id: use.callId,
    command: invokeTool.of({
      ...use,
      definitionDigest,
      approvalId,
      ...(lease && { lease: { resource: lease.resource, token: lease.token } }),
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
      description: withinLimit(description),
      riskLevel,
      replyTo: ownerOf(run),
    }),
    context: contextOf(run, record),
  };
}

function withinLimit(description: string): string {
  if (description.length <= DESCRIPTION_LENGTH_MAX) return description;
  const kept = description.slice(0, DESCRIPTION_LENGTH_MAX - CUT_LENGTH_MAX).toWellFormed();
  return `${kept}… (${description.length - kept.length} more characters)`;
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

/** @throws Error for an event that is not in the log yet: a defect of the caller. */
export function contextOf(run: Run, cause: EventRecord | undefined): MessageContext {
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
