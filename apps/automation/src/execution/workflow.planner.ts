import {
  executionCompleted,
  executionFailed,
  type ToolOutcome,
  type workflowPlan,
} from '@signalbox/contracts';
import { fill, placeholdersOf, type Intent, type Offer, type Run } from '@signalbox/executions';
import { AppError, deriveId, type JsonObject } from '@signalbox/kernel';
import type { z } from 'zod';

export type WorkflowPlan = z.output<typeof workflowPlan>;
type Step = WorkflowPlan['steps'][number];

/** Step by step, each after the one before has succeeded. */
export function planWorkflow(run: Run): Intent {
  const { steps, workflow } = workflowPlanOf(run);
  const done = run.settled.length;
  const lastStep = steps[done - 1];
  const last = run.settled.at(-1)?.outcome;
  if (lastStep && last && last.status !== 'succeeded') {
    return failed('tool_failed', `Step ${done}, ${lastStep.name}: ${explain(last)}`);
  }
  // All of them before the first one runs: half a workflow is worse than none.
  const filled = fillAll(steps, run);
  if (filled instanceof AppError) return failed('invalid_input', filled.message);
  const step = steps[done];
  const given = filled[done];
  if (!step || !given) {
    const summary = `All ${steps.length} steps of ${workflow} were carried out.`;
    return { kind: 'finish', event: executionCompleted.of({ summary }) };
  }
  const callId = deriveId(run.started.executionId, done + 1, 0);
  return {
    kind: 'use_tool',
    step: done + 1,
    use: { callId, tool: step.tool, arguments: given },
    offer: offerOf(step),
  };
}

function workflowPlanOf({ plan }: Run): WorkflowPlan {
  if (plan.kind !== 'automation') throw new Error('an agent came to the runner of workflows');
  return plan;
}

function offerOf({ definitionDigest, approvalRequired }: Step): Offer | undefined {
  return definitionDigest === undefined ? undefined : { definitionDigest, approvalRequired };
}

function fillAll(steps: readonly Step[], run: Run): readonly JsonObject[] | AppError {
  const placeholders = placeholdersOf(run.started.input);
  try {
    return steps.map((step) => fill(step.arguments, placeholders));
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function failed(reason: 'tool_failed' | 'invalid_input', detail: string): Intent {
  return { kind: 'finish', event: executionFailed.of({ reason, detail }) };
}

function explain(outcome: Exclude<ToolOutcome, { status: 'succeeded' }>): string {
  return `${outcome.status}: ${outcome.message}`;
}
