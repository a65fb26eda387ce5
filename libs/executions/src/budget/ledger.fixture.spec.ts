import {
  agentPlan,
  decisionMade,
  executionStarted,
  modelAnswered,
  modelCallRequested,
  modelFailed,
  type ExecutionEvent,
  type Signal,
  type SignalEvent,
  signalSchema,
} from '@signalbox/contracts';
import { newId, type EventRecord, type RecordedEvent } from '@signalbox/kernel';

export const NOON = new Date('2026-11-21T12:00:00Z');
const model = { provider: 'openai', model: 'gpt-4o', offline: false };

export const requested = (tokensReserved: number, usdReserved?: number, step = 1) =>
  modelCallRequested.of({ ...model, step, tokensReserved, usdReserved }) as ExecutionEvent;
export const answered = (tokens: number, usd?: number) =>
  modelAnswered.of({
    ...model,
    step: 1,
    text: 'done',
    toolUses: [],
    promptTokens: tokens,
    completionTokens: 0,
    usd,
  }) as ExecutionEvent;
export const failedWith = (code?: string) =>
  modelFailed.of({ step: 1, attempt: 1, reason: 'r', code }) as ExecutionEvent;
/** An answer of no use, of which it is known what it used. */
export const uselessAfter = (tokensUsed: number, usdUsed?: number) =>
  modelFailed.of({
    step: 1,
    attempt: 1,
    reason: 'r',
    code: 'answer_cut',
    tokensUsed,
    usdUsed,
  }) as ExecutionEvent;
export const decidedBy = (promptTokens: number, usd?: number) =>
  decisionMade.of({
    outcome: 'answer',
    by: 'model',
    riskLevel: 'low',
    trace: [],
    message: 'm',
    model: { ...model, reasoning: 'r', promptTokens, completionTokens: 0, usd },
  }) as SignalEvent;
export const startedBy = (agent: string, source?: string, executionId = newId()) =>
  executionStarted.of({
    executionId,
    signalId: newId(),
    objective: 'mend',
    input: {},
    riskLevel: 'low',
    approvalRequired: false,
    source,
    plan: agentPlan.parse({
      kind: 'agent',
      agent,
      agentVersion: 1,
      role: 'r',
      tools: [],
      stepsMax: 9,
    }),
  }) as ExecutionEvent;

/** Events as they stand in a log, each behind the one before. */
export function recorder(aggregate: 'execution' | 'signal' = 'execution') {
  let sequence = 0;
  return <E extends ExecutionEvent | SignalEvent>(
    event: E,
    about: { readonly id?: string; readonly time?: Date } = {},
  ): RecordedEvent<E> => {
    const { id: aggregateId = 'a', time = NOON } = about;
    sequence++;
    const record: EventRecord = {
      id: newId(),
      aggregate,
      aggregateId,
      version: sequence,
      sequence,
      time,
      correlationId: 'c',
      causationId: 'c',
      actor: 'service:test',
      epoch: 0,
    };
    return { ...event, record };
  };
}

export const someSignal = (source: string): Signal =>
  signalSchema.parse({
    id: newId(),
    source,
    type: 'disk',
    title: 'Disk full',
    labels: {},
    fingerprint: 'f',
    startsAt: NOON.toISOString(),
    receivedAt: NOON.toISOString(),
    payload: {},
    raw: {
      sha256: `sha256:${'0'.repeat(64)}`,
      bytes: 2,
      contentType: 'application/json',
      deliveryId: newId(),
    },
    signature: 'unsigned',
  });
