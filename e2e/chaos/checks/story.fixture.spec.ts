import type { DomainEvent, EventRecord } from '@signalbox/kernel';
import type { AuditEvent } from '../../fleet/audit-log.ts';
import type { Evidence } from './evidence.ts';

interface Told {
  readonly aggregate: string;
  readonly id: string;
  readonly causationId: string;
  readonly type: string;
  readonly data: unknown;
}

/** Recorded events in the order in which they are told, each aggregate's versions counted up. */
export function recorded(told: readonly Told[]): AuditEvent[] {
  const versions = new Map<string, number>();
  return told.map(({ aggregate, id, causationId, type, data }, index) => {
    const version = (versions.get(`${aggregate}/${id}`) ?? 0) + 1;
    versions.set(`${aggregate}/${id}`, version);
    const record: EventRecord = {
      id: `E${index}`,
      aggregate,
      aggregateId: id,
      version,
      sequence: index + 1,
      time: new Date(index),
      correlationId: 'C',
      causationId,
      actor: 'service:agent-runner',
      epoch: 0,
    };
    const event: DomainEvent = { type, schemaVersion: 1, data };
    return { ...event, record } as AuditEvent;
  });
}

export const signal = (type: string, data: object = {}): Told => ({
  aggregate: 'signal',
  id: 'S',
  causationId: 'S',
  type,
  data,
});

export const run = (type: string, causationId: string, data: object = {}): Told => ({
  aggregate: 'execution',
  id: 'X',
  causationId,
  type: `execution.${type}`,
  data,
});

export const call = (type: string, data: object = {}): Told => ({
  aggregate: 'toolcall',
  id: 'T',
  causationId: 'T',
  type: `toolcall.${type}`,
  data,
});

export const activated = (by: string): Told => run('activated', by, { runner: `p1/${by}/1` });
export const claimed = call('claimed', { invocation: { callId: 'T' }, repeatable: false });
export const settled = run('tool_settled', 'settle', {
  step: 1,
  callId: 'T',
  outcome: { status: 'succeeded', result: {} },
});

/** A signal, its run of one tool call, and the effect of that. */
export const goodStory: readonly Told[] = [
  signal('signal.received'),
  signal('decision.made', { outcome: 'run', executionId: 'X' }),
  run('started', 'start'),
  activated('start'),
  run('model_call_requested', 'start', { step: 1 }),
  run('model_answered', 'start', { step: 1 }),
  run('tool_requested', 'start', { step: 1, use: { callId: 'T' } }),
  claimed,
  call('succeeded'),
  settled,
  activated('settle'),
  run('model_call_requested', 'settle', { step: 2 }),
  run('model_answered', 'settle', { step: 2 }),
  run('completed', 'settle'),
];

export const evidenceOf = (told: readonly Told[], rest: Partial<Evidence> = {}): Evidence => ({
  events: recorded(told),
  accepted: ['S'],
  effects: new Map([['T', 1]]),
  deadLetters: [],
  commandsLeft: 0,
  ...rest,
});
