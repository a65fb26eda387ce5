import type { ExecutionEvent, modelAnswered, ToolOutcome, ToolUse } from '@signalbox/contracts';
import { agentOfferOf, childIdOf } from '@signalbox/executions';
import type { DataOf, JsonObject } from '@signalbox/kernel';
import type { RunEvents } from './execution-log.ts';

type Told<Type extends ExecutionEvent['type']> = Extract<RunEvents[number], { type: Type }>;

/** Every call of the model and of tools, in the order in which they began. */
export function runSteps(events: RunEvents): readonly JsonObject[] {
  const steps = new Map<string, JsonObject>();
  const wanted = new Map<string, ToolUse>();
  const tell = (key: string, told: JsonObject) => steps.set(key, { ...steps.get(key), ...told });
  for (const event of events) {
    const { record } = event;
    const time = record.time.toISOString();
    switch (event.type) {
      case 'execution.model_call_requested':
        tell(`${event.data.step}`, modelAsked(event, time));
        break;
      case 'execution.model_answered':
        for (const use of event.data.toolUses) wanted.set(use.callId, use);
        tell(`${event.data.step}`, { ...modelTold(event.data), ended_at: time });
        break;
      case 'execution.model_failed': {
        const { step, attempt, reason } = event.data;
        tell(`${step}`, { status: 'failed', answer: reason, attempts: attempt, ended_at: time });
        break;
      }
      case 'execution.tool_requested':
        tell(event.data.use.callId, {
          ...toolAsked(event.data.step, event.data.use, time),
          ...childOf(events, event.data.use),
        });
        break;
      case 'execution.tool_settled': {
        const { step, callId, outcome } = event.data;
        const use = wanted.get(callId);
        // A tool that the run does not have is settled without having been requested.
        if (!steps.has(callId) && use) tell(callId, toolAsked(step, use, time));
        tell(callId, { ...toolTold(outcome), ended_at: time });
      }
    }
  }
  return [...steps.values()];
}

function modelAsked({ data }: Told<'execution.model_call_requested'>, time: string): JsonObject {
  const { step, provider, model, offline } = data;
  const call = { step, kind: 'model', name: model, provider, offline };
  return { ...call, status: 'requested', answer: null, started_at: time, ended_at: null };
}

function modelTold(answer: DataOf<typeof modelAnswered>): JsonObject {
  const { provider, model, offline, text, promptTokens, completionTokens, usd } = answer;
  return {
    // After a failure another one than the one that was asked first.
    name: model,
    provider,
    offline,
    status: 'answered',
    answer: text,
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    usd: usd ?? null,
  };
}

function toolAsked(step: number, { callId, tool, arguments: given }: ToolUse, time: string) {
  const call = { step, kind: 'tool', name: tool, call_id: callId, arguments: given };
  return { ...call, status: 'requested', answer: null, started_at: time, ended_at: null };
}

/** The run of a sub-agent, which answers it. */
function childOf([{ type, data }]: RunEvents, { callId, tool }: ToolUse): JsonObject {
  const isAgent = type === 'execution.started' && agentOfferOf(data.plan, tool) !== undefined;
  return isAgent ? { child_execution_id: childIdOf(callId) } : {};
}

function toolTold(outcome: ToolOutcome): JsonObject {
  const { status } = outcome;
  switch (status) {
    case 'succeeded':
      return { status, answer: outcome.result, ...(outcome.whole && { whole: outcome.whole }) };
    case 'failed':
      return { status, answer: outcome.message, code: outcome.code };
    case 'refused':
      return { status, answer: outcome.message, code: outcome.clause };
    case 'unknown':
      return { status, answer: outcome.message };
  }
}
