import type {
  ApprovalEvent,
  ControlEvent,
  conversationContinued,
  deadLetterRedriven,
  ExecutionEvent,
  ProblemEvent,
  SignalEvent,
  signalOverdue,
  ToolcallEvent,
  ToolOutcome,
} from '@signalbox/contracts';
import type { EventOf } from '@signalbox/kernel';
import type { ApiEvent } from '../client/api.ts';
import type { Tone } from '../terminal/terminal.ts';
import { duration } from '../terminal/text.ts';
import { action, call, decided, decidedBy, json, noted, planned } from './phrases.ts';
import { toolAnswer } from './tool-answer.ts';

/** One event in words. */
export interface Line {
  /** What happened, in two or three words. */
  readonly what: string;
  readonly text: string;
  readonly tone: Tone;
  /** What belongs to it and deserves a line of its own. */
  readonly more?: readonly string[];
}

type KnownEvent =
  | SignalEvent
  | EventOf<typeof signalOverdue>
  | EventOf<typeof deadLetterRedriven>
  | EventOf<typeof conversationContinued>
  | ProblemEvent
  | ExecutionEvent
  | ApprovalEvent
  | ToolcallEvent
  | ControlEvent;

/** One entry per event, so that the compiler asks for words when there is a new one. */
type Words = {
  readonly [Type in KnownEvent['type']]: (
    data: Extract<KnownEvent, { type: Type }>['data'],
    event: ApiEvent,
  ) => Line;
};

const words: Words = {
  'signal.received': ({ signal }) => ({
    what: 'signal',
    text: signal.title,
    tone: 'bold',
    more: [
      [signal.source, signal.type, signal.severity, signal.status].filter(Boolean).join(' · '),
      json(signal.labels),
      json(signal.payload),
    ].filter((line) => line !== '{}'),
  }),
  'conversation.continued': (_data, { actor }) => dim('said', `in a conversation, by ${actor}`),
  'decision.made': (data) => ({
    what: 'decision',
    text: `${decided(data)}, by ${decidedBy(data)}`,
    tone: ['run', 'answer', 'grouped'].includes(data.outcome) ? 'plain' : 'bad',
    more: [
      ...data.trace.map((t) => `${t.matched ? '✓' : '·'} rule ${t.ruleName}: ${t.reason}`),
      ...(data.model
        ? [`model ${data.model.provider}/${data.model.model}: ${data.model.reasoning}`]
        : []),
      ...(data.message && data.message !== data.model?.reasoning ? [data.message] : []),
    ],
  }),
  'signal.overdue': ({ ageMs }) => ({
    what: 'overdue',
    text: `no decision after ${duration(ageMs)}`,
    tone: 'bad',
  }),
  'dead_letter.redriven': ({ sequence, code, reason }, { actor }) =>
    dim('put back', `dead letter ${sequence} (${code}: ${reason}), by ${actor}`),
  'problem.opened': ({ source, fingerprint }) =>
    dim('problem opened', `${source} reports ${fingerprint}`),
  'problem.repeated': ({ count, seenAt }) =>
    dim('reported again', `${count} times by now, last at ${seenAt}`),
  'problem.resolved': ({ seenAt }) => dim('problem over', `since ${seenAt}`),
  'execution.started': ({ plan, objective }) => ({
    what: 'execution',
    text: `${planned(plan)}: ${objective}`,
    tone: 'plain',
  }),
  'execution.activated': ({ runner }) => dim('activated', `by ${runner}`),
  'execution.model_call_requested': ({ step, provider, model }) =>
    dim('model asked', `step ${step}, ${provider}/${model}`),
  'execution.model_answered': ({ step, text, toolUses }) => ({
    what: 'model answered',
    text: `step ${step}${text ? `: ${text}` : ''}`,
    tone: 'plain',
    more: toolUses.map((use) => `wants ${call(use.tool, use.arguments)}`),
  }),
  'execution.model_failed': ({ step, attempt, reason }) => ({
    what: 'model failed',
    text: `step ${step}, attempt ${attempt}: ${reason}`,
    tone: 'bad',
  }),
  'execution.tool_requested': ({ step, use }) => ({
    what: 'tool call',
    text: `step ${step}: ${call(use.tool, use.arguments)}`,
    tone: 'plain',
  }),
  'execution.tool_settled': ({ step, outcome }) => ({
    ...outcomeOf(outcome),
    what: 'tool answered',
    text: `step ${step}: ${outcomeOf(outcome).text}`,
  }),
  'execution.approval_awaited': () => dim('waiting', 'for a person'),
  'execution.approval_observed': ({ outcome, note }) =>
    dim('went on', `approval ${outcome}${noted(note)}`),
  'execution.completed': ({ summary }) => ({ what: 'completed', text: summary, tone: 'good' }),
  'execution.failed': ({ reason, detail }) => ({
    what: 'failed',
    text: `${reason}: ${detail}`,
    tone: 'bad',
  }),
  'execution.rejected': ({ outcome }) => ({
    what: 'rejected',
    text: outcome === 'expired' ? 'nobody approved it in time' : 'a person refused',
    tone: 'bad',
  }),
  'execution.halted': ({ detail }) => ({ what: 'halted', text: detail, tone: 'bad' }),
  'approval.requested': (data, event) => ({
    what: 'approval asked',
    text: data.description,
    tone: 'waiting',
    more: [
      `approval ${event.aggregate_id}, ${data.riskLevel} risk, until ${data.expiresAt}`,
      action(data.action),
    ],
  }),
  'approval.granted': ({ by, note }) => ({
    what: 'approved',
    text: `by ${by}${noted(note)}`,
    tone: 'good',
  }),
  'approval.rejected': ({ by, note }) => ({
    what: 'refused',
    text: `by ${by}${noted(note)}`,
    tone: 'bad',
  }),
  'approval.expired': ({ expiresAt }) => ({
    what: 'expired',
    text: `nobody answered until ${expiresAt}`,
    tone: 'bad',
  }),
  'toolcall.claimed': ({ invocation, gateway }) =>
    dim('claimed', `${invocation.tool}, by gateway ${gateway}`),
  'toolcall.refused': ({ clause, message }) => ({
    what: 'refused',
    text: `${clause}: ${message}`,
    tone: 'bad',
  }),
  'toolcall.succeeded': ({ result, durationMs }) => {
    const { first, more } = toolAnswer(result);
    const text = `in ${Math.round(durationMs)} ms: ${first}`;
    return { what: 'succeeded', text, tone: 'good', more };
  },
  'toolcall.failed': ({ code, message, durationMs }) => ({
    what: 'failed',
    text: `after ${Math.round(durationMs)} ms: ${code}: ${message}`,
    tone: 'bad',
  }),
  'toolcall.unknown': ({ message }) => ({ what: 'unknown', text: message, tone: 'bad' }),
  'control.halted': ({ reason }) => ({ what: 'HALTED', text: reason, tone: 'bad' }),
  'control.resumed': ({ reason }) => ({ what: 'resumed', text: reason, tone: 'good' }),
};

/** Any event in words; one that this version does not know by its type and data. */
export function describe(event: ApiEvent): Line {
  const known = (words as Partial<Record<string, (data: unknown, event: ApiEvent) => Line>>)[
    event.type
  ];
  return known?.(event.data, event) ?? dim(event.type, json(event.data));
}

function outcomeOf(outcome: ToolOutcome): Line {
  switch (outcome.status) {
    case 'succeeded':
      return { what: outcome.status, text: toolAnswer(outcome.result).first, tone: 'plain' };
    case 'failed':
      return { what: outcome.status, text: `${outcome.code}: ${outcome.message}`, tone: 'bad' };
    case 'refused':
      return { what: outcome.status, text: `${outcome.clause}: ${outcome.message}`, tone: 'bad' };
    case 'unknown':
      return { what: outcome.status, text: outcome.message, tone: 'bad' };
  }
}

function dim(what: string, text: string): Line {
  return { what, text, tone: 'dim' };
}
