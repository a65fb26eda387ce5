import { allEvents, type DecisionMade, type ExecutionEvent } from '@signalbox/contracts';
import type { RecordedEvent } from '@signalbox/kernel';
import type { ReportBlock, ReportDocument } from './report-document.ts';

/** Of each text in the report; what is longer is in the audit log. */
const TEXT_CHARACTERS_MAX = 4_000;
const LINE_CHARACTERS_MAX = 300;
const EVENTS_MAX = 1_000;
const CALLS_MAX = 200;

type Recorded = RecordedEvent<ExecutionEvent>;
type Of<Type extends ExecutionEvent['type']> = Extract<Recorded, { readonly type: Type }>;

export interface ReportSources {
  /** Of one execution, from its beginning. */
  readonly events: readonly Recorded[];
  /** On the signal that led to it. */
  readonly decision: RecordedEvent<DecisionMade> | undefined;
}

/** What happened in an execution, told from its events, each by its number in the audit log. */
export function executionReport({ events, decision }: ReportSources): ReportDocument {
  const started = only(events, 'execution.started')[0];
  if (!started) throw new Error('the execution has not begun');
  const end = endOf(events);
  const calls = only(events, 'execution.tool_requested');
  const settled = new Map(
    only(events, 'execution.tool_settled').map((event) => [event.data.callId, event]),
  );
  const blocks: ReportBlock[] = [
    { facts: [...factsOf(started, end), ...costOf(events)] },
    ...(end ? [{ heading: 'Outcome' }, { verbatim: cut(end.says) }] : []),
    ...(decision ? [{ heading: 'Decision' }, { facts: decisionFacts(decision) }] : []),
    { heading: 'Tool calls' },
    ...calls.slice(0, CALLS_MAX).flatMap((call) => callBlocks(call, settled)),
    ...(calls.length > CALLS_MAX ? [leftOut(calls.length - CALLS_MAX, 'calls')] : []),
    { heading: 'Timeline' },
    {
      columns: ['Event', 'Time', 'Type', 'What it means'],
      rows: events.slice(0, EVENTS_MAX).map(timelineRow),
    },
    ...(events.length > EVENTS_MAX ? [leftOut(events.length - EVENTS_MAX, 'events')] : []),
  ];
  const { objective } = started.data;
  return { title: `Execution report: ${objective.slice(0, LINE_CHARACTERS_MAX)}`, blocks };
}

export interface ExecutionEnd {
  readonly status: string;
  /** For people. */
  readonly says: string;
  readonly record: Recorded['record'];
}

/** How it ended; absent while it runs. */
export function endOf(events: readonly Recorded[]): ExecutionEnd | undefined {
  const event = events.findLast(({ type }) =>
    /^execution\.(completed|failed|rejected|halted)$/.test(type),
  );
  if (!event) return undefined;
  const status = event.type.replace('execution.', '');
  const { record } = event;
  switch (event.type) {
    case 'execution.completed':
      return { status, says: event.data.summary, record };
    case 'execution.failed':
      return { status, says: `${event.data.reason}: ${event.data.detail}`, record };
    case 'execution.halted':
      return { status, says: event.data.detail, record };
    default:
      return { status, says: 'A person refused, or nobody answered in time.', record };
  }
}

export interface Usage {
  readonly modelCalls: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** US dollars, by list price. */
  readonly usd: number;
  /** Calls of models whose price nobody knows. */
  readonly unpriced: number;
}

export function usageOf(events: readonly Recorded[]): Usage {
  const answers = only(events, 'execution.model_answered').map(({ data }) => data);
  const sum = (of: (answer: (typeof answers)[number]) => number) =>
    answers.reduce((total, answer) => total + of(answer), 0);
  return {
    modelCalls: answers.length,
    promptTokens: sum((answer) => answer.promptTokens),
    completionTokens: sum((answer) => answer.completionTokens),
    usd: sum((answer) => answer.usd ?? 0),
    unpriced: answers.filter((answer) => answer.usd === undefined && !answer.offline).length,
  };
}

function only<Type extends ExecutionEvent['type']>(events: readonly Recorded[], type: Type) {
  return events.filter((event): event is Of<Type> => event.type === type);
}

function factsOf(started: Of<'execution.started'>, end: ExecutionEnd | undefined) {
  const { executionId, signalId, plan, riskLevel } = started.data;
  const who =
    plan.kind === 'agent'
      ? `agent ${plan.agent}, version ${plan.agentVersion}`
      : `workflow ${plan.workflow}, version ${plan.workflowVersion}`;
  return [
    ['Execution', executionId],
    ['Signal', signalId],
    ['Run by', who],
    ['Risk', riskLevel],
    ['Status', end?.status ?? 'running'],
    ['Began', started.record.time.toISOString()],
    ...(end ? [['Ended', end.record.time.toISOString()] as const] : []),
  ] as const;
}

function costOf(events: readonly Recorded[]) {
  const { modelCalls, promptTokens, completionTokens, usd, unpriced } = usageOf(events);
  if (modelCalls === 0) return [];
  const models = new Set(
    only(events, 'execution.model_answered').map(({ data }) => `${data.provider}/${data.model}`),
  );
  const unknown = unpriced > 0 ? `, and ${unpriced} calls of unknown price` : '';
  return [
    ['Models', [...models].join(', ')],
    ['Model calls', `${modelCalls}`],
    ['Tokens', `${promptTokens} read, ${completionTokens} written`],
    ['Cost', `${usd.toFixed(4)} USD by list price${unknown}`],
  ] as const;
}

function decisionFacts({ data, record }: RecordedEvent<DecisionMade>) {
  const rule = data.rule
    ? ([['Rule', `${data.rule.name}, version ${data.rule.version}`]] as const)
    : [];
  return [
    ['Event', `${record.sequence}`],
    ['Decided', `${data.outcome}, by ${data.by}`],
    ...rule,
    ['Risk', data.riskLevel],
    ['Says', data.message.slice(0, TEXT_CHARACTERS_MAX)],
  ] as const;
}

function callBlocks(
  { data, record }: Of<'execution.tool_requested'>,
  ends: ReadonlyMap<string, Of<'execution.tool_settled'>>,
) {
  const { callId, tool, arguments: given } = data.use;
  const settled = ends.get(callId);
  const outcome = settled?.data.outcome;
  const facts = [
    ['Tool', tool],
    ['Call', callId],
    ['Asked', `${record.time.toISOString()}, event ${record.sequence}`],
    ['Outcome', outcome?.status ?? 'not known yet'],
    ...(settled ? [['Settled', `event ${settled.record.sequence}`] as const] : []),
  ] as const;
  const blocks: ReportBlock[] = [{ facts }, { verbatim: cut(JSON.stringify(given, null, 2)) }];
  return outcome ? [...blocks, { verbatim: cut(saidBy(outcome)) }] : blocks;
}

function saidBy(outcome: Of<'execution.tool_settled'>['data']['outcome']): string {
  switch (outcome.status) {
    case 'succeeded':
      return JSON.stringify(outcome.result, null, 2);
    case 'failed':
      return `${outcome.code}: ${outcome.message}`;
    case 'refused':
      return `${outcome.clause}: ${outcome.message}`;
    case 'unknown':
      return outcome.message;
  }
}

const meanings = new Map<string, string>(allEvents.map(({ type, summary }) => [type, summary]));

function timelineRow({ type, record }: Recorded): readonly string[] {
  return [`${record.sequence}`, record.time.toISOString(), type, meanings.get(type) ?? ''];
}

const leftOut = (count: number, what: string): ReportBlock => ({
  facts: [['Left out', `${count} more ${what}, which are in the audit log.`]],
});

const cut = (text: string) =>
  text.length > TEXT_CHARACTERS_MAX
    ? `${text.slice(0, TEXT_CHARACTERS_MAX)}…\n(${text.length} characters in the audit log)`
    : text;
