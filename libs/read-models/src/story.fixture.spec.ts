import {
  approvalGranted,
  approvalAwaited,
  approvalObserved,
  approvalRequested,
  decisionMade,
  executionActivated,
  executionCompleted,
  executionStarted,
  modelAnswered,
  modelCallRequested,
  problemIdOf,
  problemOpened,
  problemRepeated,
  problemResolved,
  signalReceived,
  toolClaimed,
  toolRequested,
  toolSettled,
  toolSucceeded,
  type ToolInvocation,
} from '@signalbox/contracts';
import {
  deriveId,
  idAt,
  type Actor,
  type DomainEvent,
  type EventDefinition,
  type RecordedEvent,
} from '@signalbox/kernel';

const DIGEST = `sha256:${'0'.repeat(64)}`;
const BEGIN = Date.parse('2026-11-01T00:00:00Z');

export interface Append {
  readonly aggregate: string;
  readonly id: string;
  readonly event: DomainEvent;
  readonly actor?: Actor;
  /** Of the cause; a command's that is in no stream when absent. */
  readonly causationId?: string;
  readonly correlationId: string;
}

/** Gives events what an event store would: ids, versions, sequences and times. */
export class Recorder {
  private sequence = 0;
  private readonly versions = new Map<string, number>();

  record(append: Append): RecordedEvent {
    const { aggregate, id, event, correlationId } = append;
    const sequence = ++this.sequence;
    const version = (this.versions.get(`${aggregate}.${id}`) ?? 0) + 1;
    this.versions.set(`${aggregate}.${id}`, version);
    const time = new Date(BEGIN + sequence * 10);
    return {
      ...event,
      record: {
        id: idAt(time, 'event', sequence),
        aggregate,
        aggregateId: id,
        version,
        sequence,
        time,
        correlationId,
        causationId: append.causationId ?? deriveId(id, 'command', version),
        actor: append.actor ?? 'service:test',
        epoch: 0,
      },
    };
  }
}

export interface StoryIds {
  readonly signal: string;
  readonly execution: string;
  readonly lookup: string;
  readonly repair: string;
  readonly approval: string;
}

export function storyIds(n: number): StoryIds {
  const signal = idAt(new Date(BEGIN + n), 'signal', n);
  const execution = deriveId(signal, 'execution');
  const repair = deriveId(execution, 'call', 2);
  return {
    signal,
    execution,
    lookup: deriveId(execution, 'call', 1),
    repair,
    approval: deriveId(repair, 'approval'),
  };
}

/** The whole main job once: a signal, a decision, two tool calls, an approval, an end. */
export function tellStory(recorder: Recorder, n: number): readonly RecordedEvent[] {
  const ids = storyIds(n);
  const told: RecordedEvent[] = [];
  const append = <D extends EventDefinition>(
    id: string,
    definition: D,
    data: Parameters<D['of']>[0],
    context: Pick<Append, 'actor' | 'causationId' | 'correlationId'> = {
      correlationId: ids.signal,
    },
  ) => {
    const event = definition.of(data);
    const recorded = recorder.record({ aggregate: definition.aggregate, id, event, ...context });
    told.push(recorded);
    return recorded;
  };
  beginning(ids, n, append);
  callTool(ids, 1, append);
  askPerson(ids, append);
  callTool(ids, 2, append);
  append(ids.execution, executionCompleted, { summary: 'Restarted checkout.' });
  return told;
}

type AppendTo = <D extends EventDefinition>(
  id: string,
  definition: D,
  data: Parameters<D['of']>[0],
  context?: Pick<Append, 'actor' | 'causationId' | 'correlationId'>,
) => RecordedEvent;

function beginning(ids: StoryIds, n: number, append: AppendTo): void {
  append(ids.signal, signalReceived, {
    signal: {
      id: ids.signal,
      source: 'alertmanager',
      type: 'HighLatency',
      title: `Checkout p99 latency above 2 s (${n})`,
      severity: 'critical',
      labels: { service: 'checkout', env: 'production' },
      fingerprint: `f${n}`,
      startsAt: '2026-11-01T00:00:00+02:00',
      receivedAt: '2026-11-01T00:00:01Z',
      payload: { p99: 2.4, note: 'it\'s "slow", \\ and {braces}, NULL' },
      raw: { sha256: DIGEST, bytes: 512, contentType: 'application/json', deliveryId: ids.signal },
      signature: 'unsigned',
    },
  });
  append(ids.signal, decisionMade, {
    outcome: 'run',
    by: 'model',
    riskLevel: 'medium',
    target: { kind: 'agent', agent: 'diagnose_repair', objective: 'Find out why.' },
    executionId: ids.execution,
    trace: [],
    message: 'Routed to diagnose_repair.',
  });
  append(ids.execution, executionStarted, {
    executionId: ids.execution,
    signalId: ids.signal,
    objective: 'Find out why.',
    input: { p99: 2.4 },
    riskLevel: 'medium',
    approvalRequired: false,
    source: 'alertmanager',
    plan: {
      kind: 'agent',
      agent: 'diagnose_repair',
      agentVersion: 1,
      role: 'You repair.',
      tools: [],
      stepsMax: 8,
    },
  });
  append(ids.execution, executionActivated, { runner: 'one' });
}

function callTool(ids: StoryIds, step: 1 | 2, append: AppendTo): void {
  const use =
    step === 1
      ? { callId: ids.lookup, tool: 'runbooks__read_text_file', arguments: { path: 'checkout.md' } }
      : {
          callId: ids.repair,
          tool: 'execute_remediation',
          arguments: { command: 'restart_service', target: 'checkout' },
        };
  const invocation: ToolInvocation = {
    ...use,
    definitionDigest: DIGEST,
    executionId: ids.execution,
    caller: 'diagnose_repair',
    replyTo: 'agent-runner',
    ...(step === 2 ? { approvalId: ids.approval } : {}),
  };
  if (step === 1) askModel(ids, { step, toolUses: [use] }, append);
  append(ids.execution, toolRequested, { step, use, definitionDigest: DIGEST });
  append(use.callId, toolClaimed, { invocation, gateway: 'one', epoch: 0, repeatable: step === 1 });
  append(use.callId, toolSucceeded, { result: { text: 'done' }, durationMs: 12.5 });
  append(ids.execution, toolSettled, {
    step,
    callId: use.callId,
    outcome: { status: 'succeeded', result: { text: 'done' } },
  });
}

function askModel(
  ids: StoryIds,
  { step, toolUses }: { step: number; toolUses: { callId: string; tool: string; arguments: {} }[] },
  append: AppendTo,
): void {
  const model = { step, provider: 'offline', model: 'planner', offline: true };
  append(ids.execution, modelCallRequested, model);
  append(ids.execution, modelAnswered, {
    ...model,
    text: 'Looking.',
    toolUses,
    promptTokens: 10,
    completionTokens: 5,
  });
}

function askPerson(ids: StoryIds, append: AppendTo): void {
  askModel(ids, { step: 2, toolUses: [] }, append);
  append(ids.execution, approvalAwaited, { approvalId: ids.approval, callId: ids.repair });
  append(ids.approval, approvalRequested, {
    approvalId: ids.approval,
    executionId: ids.execution,
    signalId: ids.signal,
    action: {
      kind: 'tool',
      callId: ids.repair,
      tool: 'execute_remediation',
      arguments: { command: 'restart_service', target: 'checkout' },
      definitionDigest: DIGEST,
    },
    description: 'Restart checkout',
    riskLevel: 'medium',
    replyTo: 'agent-runner',
    actionDigest: DIGEST,
    expiresAt: '2026-11-01T00:05:00Z',
  });
  append(
    ids.approval,
    approvalGranted,
    { by: 'person:ops', note: 'go', actionDigest: DIGEST },
    { actor: 'person:ops', correlationId: deriveId(ids.approval, 'answer') },
  );
  append(ids.execution, approvalObserved, { approvalId: ids.approval, outcome: 'granted' });
}

/** A problem that is opened, reported again and over, and begins a second time. */
export function tellProblem(recorder: Recorder, n: number): readonly RecordedEvent[] {
  const aggregateId = problemIdOf('alertmanager', `f${n}`);
  const signalOf = (name: string) => deriveId(storyIds(n).signal, name);
  const record = (event: DomainEvent, signalId: string) =>
    recorder.record({ aggregate: 'problem', id: aggregateId, event, correlationId: signalId });
  const report = (name: string, minute: number) => ({
    signalId: signalOf(name),
    deliveryId: deriveId(storyIds(n).signal, 'delivery', minute),
    seenAt: new Date(BEGIN + minute * 60_000).toISOString(),
  });
  const opened = (name: string, minute: number) => {
    const { signalId, deliveryId, seenAt } = report(name, minute);
    const about = {
      source: 'alertmanager',
      fingerprint: `f${n}`,
      type: 'HighLatency',
      title: name,
    };
    return problemOpened.of({ ...about, startsAt: seenAt, signalId, deliveryId, seenAt });
  };
  return [
    record(opened('first', 0), signalOf('first')),
    record(problemRepeated.of({ ...report('first', 1), count: 2 }), signalOf('first')),
    record(problemRepeated.of({ ...report('other', 2), count: 3 }), signalOf('other')),
    record(problemResolved.of(report('end', 3)), signalOf('end')),
    record(problemRepeated.of({ ...report('first', 4), count: 4 }), signalOf('first')),
    record(problemResolved.of(report('end', 5)), signalOf('end')),
    record(opened('second', 6), signalOf('second')),
  ];
}
