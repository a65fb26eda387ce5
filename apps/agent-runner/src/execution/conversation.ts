import type { ToolOutcome, ToolUse } from '@signalbox/contracts';
import type { Run } from '@signalbox/executions';
import { canonicalJson } from '@signalbox/kernel';
import {
  fenceUntrusted,
  untrustedNotice,
  type ModelMessage,
  type ModelRequest,
} from '@signalbox/models';
import { agentPlanOf } from './agent.planner.ts';

const RULES = `Rules:
- Work only through the tools you are given. They may refuse, fail, or wait for a person.
- Find out before you act; act only as a runbook says.
- Never claim that something was done unless a tool's result says so.
- When you are done, or cannot go on, answer in plain words without using a tool.`;

/** Codes of failures that are the answer's own fault, so that another answer may be better. */
const MENDABLE = new Set([
  'malformed_arguments',
  'too_many_tool_uses',
  'answer_too_large',
  'answer_cut',
  'empty_answer',
]);

/** What an agent is told before anything else; a run keeps it as it was when it began. */
export function systemPromptOf(role: string): string {
  return [role, RULES, untrustedNotice].join('\n\n');
}

/** A run's journal as the model is told of it: the same journal gives the same prompt. */
export function conversationOf(run: Run): Pick<ModelRequest, 'system' | 'messages' | 'tools'> {
  const { role, system, tools, agents } = agentPlanOf(run);
  const offers = [...tools, ...agents.map(({ tool, ...agent }) => ({ ...agent, name: tool }))];
  return {
    system: system ?? systemPromptOf(role),
    messages: [
      opening(run),
      ...run.answers.flatMap((answer) => turn(run, answer)),
      ...complaint(run.modelCall),
    ],
    tools: offers.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })),
  };
}

function opening({ started }: Run): ModelMessage {
  const { objective, input } = started;
  // The objective was worded by a model that had read the signal, so it is no safer than that.
  const text = [
    'Work on this objective, as far as your role allows:',
    fenceUntrusted('objective', objective),
    'The signal that began it:',
    fenceUntrusted('signal', canonicalJson(input)),
  ].join('\n');
  return { role: 'user', text };
}

/** Asked the same again, a model would give the same answer again. */
function complaint({ failure }: Run['modelCall']): ModelMessage[] {
  if (failure?.code === undefined || !MENDABLE.has(failure.code)) return [];
  const problem = fenceUntrusted('problem', failure.reason);
  return [{ role: 'user', text: `Your last answer could not be used:\n${problem}\nAnswer again.` }];
}

function turn(run: Run, { text, toolUses }: Run['answers'][number]): ModelMessage[] {
  const uses = toolUses.map((use) => ({
    id: use.callId,
    name: use.tool,
    arguments: use.arguments,
  }));
  return [{ role: 'assistant', text, toolUses: uses }, ...toolUses.map((use) => result(run, use))];
}

function result({ settled }: Run, { callId }: ToolUse): ModelMessage {
  const outcome = settled.find((s) => s.callId === callId)?.outcome;
  if (!outcome) throw new Error('the model is asked while a tool call is under way');
  return {
    role: 'tool',
    toolUseId: callId,
    text: fenceUntrusted('tool result', outcomeText(outcome)),
  };
}

function outcomeText(outcome: ToolOutcome): string {
  switch (outcome.status) {
    case 'succeeded':
      return typeof outcome.result === 'string' ? outcome.result : canonicalJson(outcome.result);
    case 'failed':
      return `failed (${outcome.code}): ${outcome.message}`;
    case 'refused':
      return `refused (${outcome.clause}): ${outcome.message} Nothing was done.`;
    case 'unknown':
      return `unknown: ${outcome.message}`;
  }
}
