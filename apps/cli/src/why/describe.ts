import type {
  ApprovalEvent,
  ControlEvent,
  conversationContinued,
  deadLetterRedriven,
  ExecutionEvent,
  LeaseEvent,
  ProblemEvent,
  ProgramsUnsandboxed,
  RuleTrial,
  SignalEvent,
  signalOverdue,
  ToolcallEvent,
} from '@signalbox/contracts';
import type { EventOf } from '@signalbox/kernel';
import type { ApiEvent } from '../client/api.ts';
import { duration } from '../terminal/text.ts';
import { executionWords } from './execution-words.ts';
import { dim, type Line, type WordsFor } from './line.ts';
import { action, decided, decidedBy, json, noted } from './phrases.ts';
import { toolAnswer } from './tool-answer.ts';
import { shownTrials, type Detail } from './trials.ts';

type KnownEvent =
  | SignalEvent
  | EventOf<typeof signalOverdue>
  | EventOf<typeof deadLetterRedriven>
  | EventOf<typeof conversationContinued>
  | ProblemEvent
  | ExecutionEvent
  | LeaseEvent
  | ApprovalEvent
  | ToolcallEvent
  | ProgramsUnsandboxed
  | ControlEvent;

const words: WordsFor<KnownEvent> = {
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
  'decision.made': (data, _event, detail) => ({
    what: 'decision',
    text: `${decided(data)}, by ${decidedBy(data)}`,
    tone: ['run', 'answer', 'grouped'].includes(data.outcome) ? 'plain' : 'bad',
    more: [
      ...rulesTried(data.trace, detail),
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
  ...executionWords,
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
  'approval.withdrawn': ({ reason }) => dim('withdrawn', reason),
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
  'toolcall.resolved': ({ verdict, note }, { actor }) =>
    dim('settled', `as ${verdict} by ${actor}${noted(note)}`),
  'gateway.programs_unsandboxed': ({ programs }) =>
    dim('no sandbox', programs.join(', ') || 'no program runs without one any more'),
  'control.halted': ({ reason }) => ({ what: 'HALTED', text: reason, tone: 'bad' }),
  'control.resumed': ({ reason }) => ({ what: 'resumed', text: reason, tone: 'good' }),
};

/** Any event in words; one that this version does not know by its type and data. */
export function describe(event: ApiEvent, detail: Detail = {}): Line {
  const known = (words as Partial<Record<string, Words>>)[event.type];
  return known?.(event.data, event, detail) ?? dim(event.type, json(event.data));
}

type Words = (data: unknown, event: ApiEvent, detail: Detail) => Line;

function rulesTried(trace: readonly RuleTrial[], detail: Detail): readonly string[] {
  const trials = trace.map((trial) => ({ ...trial, name: trial.ruleName }));
  const { shown, more } = shownTrials(trials, detail);
  const lines = shown.map((t) => `${t.matched ? '✓' : '·'} rule ${t.name}: ${t.reason}`);
  return more === undefined ? lines : [...lines, more];
}
