import {
  decisionMade,
  executionCompleted,
  executionStarted,
  signalReceived,
  toolClaimed,
  toolRequested,
  toolSettled,
  toolSucceeded,
} from '@signalbox/contracts';
import { deriveId, newId, type DomainEvent, type MessageContext } from '@signalbox/kernel';
import { NO_EVENTS, type AggregateRef, type EventStore } from '@signalbox/messaging';

const DIGEST = `sha256:${'0'.repeat(64)}`;

/** Events of one story of `tellStory`. */
export const STORY_EVENTS = 8;

/**
 * The main job once, in little: a signal, its decision, a run with one tool call, its end; each
 * event an append of its own.
 * @returns the audit sequence of the last one, which is on disk.
 */
export async function tellStory(store: EventStore): Promise<number> {
  const signalId = newId();
  const executionId = deriveId(signalId, 'execution');
  const callId = deriveId(executionId, 'call');
  const ids = { signalId, executionId, callId };
  const context: MessageContext = {
    correlationId: signalId,
    causationId: signalId,
    actor: 'service:bench',
    epoch: 0,
  };
  const append = async (ref: AggregateRef, events: readonly DomainEvent[], from = NO_EVENTS) => {
    let head = from;
    for (const event of events) ({ head } = await store.append(ref, head, [event], context));
    return head;
  };
  const execution = { aggregate: 'execution', id: executionId };
  await append({ aggregate: 'signal', id: signalId }, decidedSignal(ids));
  const requested = await append(execution, beginning(ids));
  await append({ aggregate: 'toolcall', id: callId }, toolCall(ids));
  const { sequence } = await append(execution, ending(ids), requested);
  return sequence;
}

interface StoryIds {
  readonly signalId: string;
  readonly executionId: string;
  readonly callId: string;
}

function decidedSignal({ signalId: id, executionId }: StoryIds): readonly DomainEvent[] {
  const at = new Date().toISOString();
  return [
    signalReceived.of({
      signal: {
        id,
        source: 'bench',
        type: 'HighLatency',
        title: 'Checkout p99 latency above 2 s',
        severity: 'critical',
        labels: { service: 'checkout', env: 'production' },
        fingerprint: id,
        startsAt: at,
        receivedAt: at,
        payload: { p99: 2.4, note: 'It rose right after the deployment.' },
        raw: { sha256: DIGEST, bytes: 512, contentType: 'application/json', deliveryId: id },
        signature: 'unsigned',
      },
    }),
    decisionMade.of({
      outcome: 'run',
      by: 'model',
      riskLevel: 'medium',
      target: { kind: 'agent', agent: 'diagnose_repair', objective: 'Find out why.' },
      executionId,
      trace: [],
      message: 'Routed to diagnose_repair.',
    }),
  ];
}

const use = (callId: string) => ({
  callId,
  tool: 'runbooks__read_text_file',
  arguments: { path: 'checkout.md' },
});

function beginning({ signalId, executionId, callId }: StoryIds): readonly DomainEvent[] {
  return [
    executionStarted.of({
      executionId,
      signalId,
      objective: 'Find out why.',
      input: { p99: 2.4 },
      riskLevel: 'medium',
      approvalRequired: false,
      plan: {
        kind: 'agent',
        agent: 'diagnose_repair',
        agentVersion: 1,
        role: 'You repair.',
        tools: [],
        stepsMax: 8,
      },
    }),
    toolRequested.of({ step: 1, use: use(callId), definitionDigest: DIGEST }),
  ];
}

function toolCall({ executionId, callId }: StoryIds): readonly DomainEvent[] {
  const invocation = {
    ...use(callId),
    definitionDigest: DIGEST,
    executionId,
    caller: 'diagnose_repair',
    replyTo: 'agent-runner' as const,
  };
  return [
    toolClaimed.of({ invocation, gateway: 'bench', epoch: 0, repeatable: true }),
    toolSucceeded.of({ result: { text: 'Restart it.' }, durationMs: 12.5 }),
  ];
}

function ending({ callId }: StoryIds): readonly DomainEvent[] {
  const outcome = { status: 'succeeded' as const, result: { text: 'Restart it.' } };
  return [
    toolSettled.of({ step: 1, callId, outcome }),
    executionCompleted.of({ summary: 'Restarted checkout.' }),
  ];
}
