import type { Terminal, Tone } from '../terminal/terminal.ts';
import { clockTime, duration, fitted, oneLine, timeText, visibleLines } from '../terminal/text.ts';
import { toolAnswer } from '../why/tool-answer.ts';
import type { ExecutionDetail, Step, Waiting } from './execution-api.ts';
import { statusText } from './print-executions.ts';

const LABEL_WIDTH = 11;

const stepTones: Readonly<Record<string, Tone>> = {
  failed: 'bad',
  refused: 'bad',
  unknown: 'bad',
  requested: 'waiting',
};

/** All that is known of one run; its steps in two lines each. */
export function printExecution(run: ExecutionDetail, terminal: Terminal): void {
  const { paint } = terminal;
  const row = (label: string, shown: string) =>
    terminal.line(`${paint('dim', label.padEnd(LABEL_WIDTH))}${shown}`);
  const told = (label: string, text: string) => row(label, oneLine(text));
  terminal.line(paint('bold', run.execution_id));
  row('status', statusText(run.status, terminal));
  const [first = '', ...more] = visibleLines(run.outcome ?? '');
  if (run.outcome !== null) row('outcome', first);
  for (const line of more) terminal.line(' '.repeat(LABEL_WIDTH) + line);
  if (run.waiting) row('waiting', paint('waiting', oneLine(waitingText(run.waiting))));
  told(run.kind === 'agent' ? 'agent' : 'workflow', boundTo(run));
  told('objective', run.objective.trim() || 'none');
  told('signal', [run.signal_id, run.source].filter(Boolean).join(' of '));
  if (run.parent) told('for', `execution ${run.parent.execution_id}`);
  told('risk', run.risk_level);
  told('time', timeOf(run));
  for (const [label, value] of limitsOf(run)) told(label, value);
  if (run.lease) {
    const { resource, token, until } = run.lease;
    told('lease', `${resource}, token ${token}, until ${until}`);
  }
  if (run.usage.model_calls > 0) told('used', usageText(run.usage));
  for (const step of run.steps) printStep(step, terminal);
}

function boundTo({ target, plan }: ExecutionDetail): string {
  return `${target}, version ${plan.agent_version ?? plan.workflow_version}`;
}

function limitsOf({ plan }: ExecutionDetail): readonly (readonly [string, string])[] {
  const { models = [], tools = [], agents = [], max_steps: steps, deadline_ms: deadline } = plan;
  const { tokens = null, usd = null } = plan.budget ?? {};
  const limits = [
    ...(steps === undefined ? [] : [`${steps} steps`]),
    ...(deadline ? [duration(deadline)] : []),
    ...(tokens === null ? [] : [`${tokens} tokens`]),
    ...(usd === null ? [] : [`${usd} US dollars`]),
  ];
  return Object.entries({
    models: models.map(({ provider, model }) => `${provider}/${model}`),
    tools: tools.map(({ name }) => name),
    agents: agents.map(({ agent }) => agent),
    'at most': limits,
  })
    .filter(([, values]) => values.length > 0)
    .map(([label, values]) => [label, values.join(', ')]);
}

function timeOf({ started_at, ended_at }: ExecutionDetail): string {
  if (ended_at === null) return `since ${timeText(started_at)}`;
  const took = duration(Date.parse(ended_at) - Date.parse(started_at));
  return `${timeText(started_at)}, ended after ${took}`;
}

function waitingText(waiting: Waiting): string {
  const since = waiting.since === null ? '' : `, since ${timeText(waiting.since)}`;
  switch (waiting.for) {
    case 'approval':
      return `for a person: signalbox approve ${waiting.approval_id}, or reject${since}`;
    case 'tool':
      return `for tool ${waiting.tool}, call ${waiting.call_id}${since}`;
    case 'model':
      return `for the model, asked again at ${timeText(waiting.until)} (${waiting.attempt} failed)`;
    case 'lease':
      return `for its turn with ${waiting.resource}${since}`;
  }
}

function usageText(usage: ExecutionDetail['usage']): string {
  const { model_calls: calls, prompt_tokens: prompt, cache_read_tokens: cached } = usage;
  const fromCache = cached > 0 ? ` (${cached} cached)` : '';
  const tokens = `${prompt}${fromCache} + ${usage.completion_tokens} tokens`;
  const unpriced = usage.unpriced_calls > 0 ? `, ${usage.unpriced_calls} of unknown price` : '';
  const cost = usage.usd > 0 ? `, ${usage.usd.toFixed(4)} US dollars` : '';
  return `${tokens} in ${calls} model ${calls === 1 ? 'call' : 'calls'}${cost}${unpriced}`;
}

function printStep(step: Step, { line, paint, columns }: Terminal): void {
  const head = `${String(step.step).padStart(3)}  ${clockTime(step.started_at)}  `;
  const of =
    step.kind === 'model'
      ? modelText(step)
      : `${step.name} ${JSON.stringify(step.arguments ?? {})}`;
  const status = `  ${step.status}`;
  const room = columns === undefined ? undefined : columns - status.length;
  const what = fitted(oneLine(of), head.length, room);
  line(paint('dim', head) + what + paint(stepTones[step.status] ?? 'dim', status));
  const said = answerText(step);
  const margin = ' '.repeat(head.length);
  if (said) line(margin + paint('dim', fitted(oneLine(said), margin.length, columns)));
}

function modelText({ name, provider, offline }: Step): string {
  return `model ${provider}/${name}${offline && provider !== 'offline' ? ' (offline)' : ''}`;
}

function answerText({ kind, answer, status, code }: Step): string {
  if (answer === null) return '';
  if (kind === 'tool' && status === 'succeeded') return toolAnswer(answer).first;
  return [code, typeof answer === 'string' ? answer : JSON.stringify(answer)]
    .filter(Boolean)
    .join(': ');
}
