import {
  allEvents,
  approvalAwaited,
  approvalGranted,
  approvalObserved,
  approvalRequested,
  decisionMade,
  executionCompleted,
  executionFailed,
  executionHalted,
  executionRejected,
  executionStarted,
  modelAnswered,
  signalReceived,
  signalSchema,
  toolRequested,
  toolSettled,
} from '@signalbox/contracts';
import { deriveId, digestOf, newId, type DomainEvent } from '@signalbox/kernel';
import { InMemoryEventStore, specContext } from '@signalbox/testing';
import { OUTCOME_EVENTS, readOutcome } from './outcome.ts';

const signalId = newId();
const executionId = deriveId(signalId, 'execution');
const callId = deriveId(executionId, 1, 0);
const approvalId = deriveId(callId, 'approval');
const digest = digestOf('d');
const at = '2026-11-01T10:00:00.000Z';

const signal = signalSchema.parse({
  id: signalId,
  source: 'chat',
  type: 'message',
  title: 't',
  fingerprint: 'f',
  startsAt: at,
  receivedAt: at,
  payload: {},
  raw: { sha256: digest, bytes: 1, contentType: 'x', deliveryId: signalId },
  signature: 'unsigned',
});
const begun = {
  executionId,
  signalId,
  objective: 'mend it',
  input: {},
  riskLevel: 'low' as const,
  approvalRequired: false,
};
const plan = { kind: 'automation' as const, workflow: 'w', workflowVersion: 1, steps: [] };
const use = { callId, tool: 'restart', arguments: { service: 'checkout' } };

const decided = (about: object) =>
  decisionMade.of({
    outcome: 'run',
    by: 'model',
    riskLevel: 'low',
    trace: [],
    message: 'said',
    executionId,
    target: { kind: 'agent', agent: 'a', objective: 'mend it' },
    ...about,
  });
const started = executionStarted.of({ ...begun, plan });
const wanted = modelAnswered.of({
  step: 1,
  provider: 'p',
  model: 'm',
  offline: false,
  text: '',
  toolUses: [use],
  promptTokens: 0,
  completionTokens: 0,
});
const requested = toolRequested.of({ step: 1, use, definitionDigest: digest });
const awaited = approvalAwaited.of({ approvalId, callId });
const asked = approvalRequested.of({
  approvalId,
  executionId,
  signalId,
  action: { kind: 'tool', callId, tool: 'restart', arguments: {}, definitionDigest: digest },
  description: 'a wants to use restart',
  riskLevel: 'low',
  replyTo: 'agent-runner',
  actionDigest: digest,
  expiresAt: at,
});
const settled = (outcome: Parameters<typeof toolSettled.of>[0]['outcome']) =>
  toolSettled.of({ step: 1, callId, outcome });

interface Logs {
  readonly signal?: readonly DomainEvent[];
  readonly execution?: readonly DomainEvent[];
  readonly approval?: readonly DomainEvent[];
}

async function storeOf(logs: Logs) {
  const store = new InMemoryEventStore({ definitions: allEvents });
  const ids = { signal: signalId, execution: executionId, approval: approvalId };
  for (const [aggregate, events] of Object.entries(logs) as [keyof Logs, DomainEvent[]][]) {
    const ref = { aggregate, id: ids[aggregate] };
    for (const event of events) {
      await store.append(ref, (await store.read(ref)).head, [event], specContext);
    }
  }
  return store;
}

const received = signalReceived.of({ signal });
const ran = [received, decided({})];

describe('readOutcome', () => {
  it.each<[string, Logs, object]>([
    ['is not there yet', {}, { status: 'running', message: '' }],
    ['was only received', { signal: [received] }, { status: 'running', signal }],
    ['will run', { signal: ran }, { status: 'running', message: '' }],
    ['runs', { signal: ran, execution: [started] }, { status: 'running' }],
    [
      'ran',
      { signal: ran, execution: [started, executionCompleted.of({ summary: 'mended' })] },
      { status: 'completed', message: 'mended' },
    ],
    [
      'failed',
      {
        signal: ran,
        execution: [started, executionFailed.of({ reason: 'step_limit', detail: 'd' })],
      },
      { status: 'failed', message: 'd' },
    ],
    [
      'could not run',
      {
        signal: ran,
        execution: [started, executionFailed.of({ reason: 'unknown_target', detail: 'd' })],
      },
      { status: 'error', message: 'd' },
    ],
    [
      'was halted',
      { signal: ran, execution: [started, executionHalted.of({ epoch: 1, detail: 'd' })] },
      { status: 'halted', message: 'd' },
    ],
    [
      'was refused by a person',
      {
        signal: ran,
        execution: [
          started,
          awaited,
          approvalObserved.of({ approvalId, outcome: 'rejected', note: 'not now' }),
          executionRejected.of({ approvalId, outcome: 'rejected' }),
        ],
      },
      { status: 'rejected', message: 'A person refused: not now' },
    ],
    [
      'was agreed to by nobody',
      {
        signal: ran,
        execution: [started, awaited, executionRejected.of({ approvalId, outcome: 'expired' })],
      },
      { status: 'rejected', message: 'Nobody agreed in time.' },
    ],
  ])('says of a signal that %s', async (_, logs, expected) => {
    expect(await readOutcome(await storeOf(logs), signalId)).toMatchObject(expected);
  });

  it.each([
    ['answer', 'completed'],
    ['needs_info', 'needs_info'],
    ['reject', 'rejected'],
    ['halted', 'halted'],
  ])('a decision to %s is %s, with what was said', async (outcome, status) => {
    const decision = decided({ outcome, executionId: undefined, target: undefined });
    const store = await storeOf({ signal: [received, decision] });
    expect(await readOutcome(store, signalId)).toEqual({
      status,
      message: 'said',
      signal,
      decision: decision.data,
      steps: [],
    });
  });

  it('waits for a person only from when the approval can be found until it is answered', async () => {
    const run = { signal: ran, execution: [started, wanted, awaited] };
    const statusWith = async (...approval: DomainEvent[]) =>
      (await readOutcome(await storeOf({ ...run, approval }), signalId)).status;
    expect(await statusWith()).toBe('running');
    expect(await readOutcome(await storeOf({ ...run, approval: [asked] }), signalId)).toMatchObject(
      {
        status: 'awaiting_approval',
        approvalId,
        message: 'A person has to agree first: a wants to use restart',
      },
    );
    const action = {
      kind: 'start',
      target: 'a',
      objective: 'mend it',
      planDigest: digest,
    } as const;
    const toStart = approvalRequested.of({
      ...asked.data,
      action,
      description: 'Start a: mend it',
    });
    expect(
      await readOutcome(await storeOf({ ...run, approval: [toStart] }), signalId),
    ).toMatchObject({ message: 'A person has to agree first: Start a: mend it\nsaid' });
    const granted = approvalGranted.of({ by: 'person:a', actionDigest: digest });
    expect(await statusWith(asked, granted)).toBe('running');
  });

  it.each([
    ['under way', [requested], { status: 'running' }],
    [
      'done',
      [requested, settled({ status: 'succeeded', result: { ok: true } })],
      { status: 'succeeded', result: '{"ok":true}' },
    ],
    [
      'refused',
      [settled({ status: 'refused', clause: 'unknown_tool', message: 'There is none.' })],
      { status: 'refused', result: 'There is none.' },
    ],
    [
      'done with much to say',
      [requested, settled({ status: 'succeeded', result: 'x'.repeat(10_000) })],
      { status: 'succeeded', result: `${'x'.repeat(499)}…` },
    ],
  ])('tells of a tool use that is %s', async (_, events, expected) => {
    const store = await storeOf({ signal: ran, execution: [started, wanted, ...events] });
    const { steps } = await readOutcome(store, signalId);
    expect(steps).toEqual([
      { step: 1, tool: 'restart', arguments: { service: 'checkout' }, ...expected },
    ]);
  });

  it('tells how it stood before an event', async () => {
    const store = await storeOf({
      signal: ran,
      execution: [started, executionCompleted.of({ summary: 'mended' })],
    });
    const statuses = await Promise.all(
      [1, 2, 3, 4, 5].map(async (before) => (await readOutcome(store, signalId, before)).status),
    );
    expect(statuses).toEqual(['running', 'running', 'running', 'running', 'completed']);
  });

  it('changes with the events that it names, and with no other', () => {
    expect([...OUTCOME_EVENTS].filter((type) => !allEvents.some((e) => e.type === type))).toEqual(
      [],
    );
    expect(OUTCOME_EVENTS.has('execution.tool_settled')).toBe(false);
  });
});
