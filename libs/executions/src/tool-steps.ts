import type { ExecutionEvent, ToolOutcome, ToolUse } from '@signalbox/contracts';
import { canonicalJson, type JsonObject } from '@signalbox/kernel';

/** Of a tool's result, in characters; the whole of it is in the log. */
const RESULT_CHARS_MAX = 500;

/** A tool that a run used, or wanted to, and what came of it. */
export interface ToolStep {
  readonly step: number;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly status: 'running' | ToolOutcome['status'];
  /** Short; absent while it is under way. */
  readonly result?: string;
}

/** The tool uses of a run in the order in which they began. */
export function toolStepsOf(run: readonly ExecutionEvent[]): readonly ToolStep[] {
  const wanted = new Map<string, ToolUse>();
  const steps = new Map<string, ToolStep>();
  for (const event of run) {
    if (event.type === 'execution.model_answered') {
      for (const use of event.data.toolUses) wanted.set(use.callId, use);
    } else if (event.type === 'execution.tool_requested') {
      const { step, use } = event.data;
      steps.set(use.callId, { step, ...called(use), status: 'running' });
    } else if (event.type === 'execution.tool_settled') {
      const { step, callId, outcome } = event.data;
      // A tool that the run does not have is settled without having been requested.
      const begun = steps.get(callId) ?? { step, ...called(wanted.get(callId)) };
      steps.set(callId, { ...begun, status: outcome.status, result: short(outcome) });
    }
  }
  return [...steps.values()];
}

function called(use: ToolUse | undefined): Pick<ToolStep, 'tool' | 'arguments'> {
  return { tool: use?.tool ?? '', arguments: use?.arguments ?? {} };
}

function short(outcome: ToolOutcome): string {
  const text =
    outcome.status !== 'succeeded'
      ? outcome.message
      : typeof outcome.result === 'string'
        ? outcome.result
        : canonicalJson(outcome.result);
  if (text.length <= RESULT_CHARS_MAX) return text;
  return `${text.slice(0, RESULT_CHARS_MAX - 1).toWellFormed()}…`;
}
