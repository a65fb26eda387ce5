import {
  approvalExpired,
  approvalWithdrawn,
  decisionMade,
  executionFailed,
  executionHalted,
  executionRejected,
  toolcallResolved,
  toolOutcomeUnknown,
  toolRefused,
} from '@signalbox/contracts';
import type { EventDefinition, RecordedEvent } from '@signalbox/kernel';
import { Recorder, storyIds, tellProblem, tellStory } from '../story.fixture.spec.ts';
import { allProjections } from './all.ts';
import { project } from './projection.ts';

const ids = storyIds(1);

/** The rows of a table after `events`, each batch written as sets in the order the writer does. */
function rowsOf(table: string, batches: readonly (readonly RecordedEvent[])[]) {
  const rows = new Map<string, Record<string, unknown>>();
  for (const batch of batches) {
    for (const changes of project(allProjections, batch).filter((c) => c.table.name === table)) {
      const keyOf = (row: Readonly<Record<string, unknown>>) =>
        changes.table.key.map((column) => row[column]).join();
      for (const row of changes.inserted) rows.set(keyOf(row), row);
      for (const row of changes.updated) {
        const before = rows.get(keyOf(row));
        if (before) rows.set(keyOf(row), { ...before, ...row });
      }
    }
  }
  return [...rows.values()];
}

function after<D extends EventDefinition>(
  count: number,
  definition: D,
  data: Parameters<D['of']>[0],
  id: string,
): readonly RecordedEvent[] {
  const recorder = new Recorder();
  const before = tellStory(recorder, 1).slice(0, count);
  const event = definition.of(data);
  const { aggregate } = definition;
  return [...before, recorder.record({ aggregate, id, event, correlationId: ids.signal })];
}

it('AUD-1: keeps every event, whole', () => {
  const story = tellStory(new Recorder(), 1);
  const rows = rowsOf('audit', [story]);
  expect(rows).toHaveLength(story.length);
  expect(rows[0]).toEqual({
    sequence: 1,
    event_id: story[0]?.record.id,
    type: 'signal.received',
    aggregate: 'signal',
    aggregate_id: ids.signal,
    version: 1,
    schema_version: 1,
    time: story[0]?.record.time,
    actor: 'service:test',
    correlation_id: ids.signal,
    causation_id: story[0]?.record.causationId,
    epoch: 0,
    traceparent: null,
    data: story[0]?.data,
  });
});

it.each([
  'signal',
  'decision',
  'problem',
  'problem_episode',
  'execution',
  'step',
  'tool_call',
  'approval',
  'audit',
])('makes the same rows of %s however the events are cut into batches', (table) => {
  const recorder = new Recorder();
  const story = [...tellStory(recorder, 1), ...tellProblem(recorder, 1)];
  const one = rowsOf(table, [story]);
  expect(one.length).toBeGreaterThan(0);
  expect(
    rowsOf(
      table,
      story.map((event) => [event]),
    ),
  ).toEqual(one);
  for (const cut of [7, story.length - 2]) {
    expect(rowsOf(table, [story.slice(0, cut), story.slice(cut)])).toEqual(one);
  }
});

it.each([
  [2, 'pending'],
  [3, 'pending'],
  [4, 'running'],
  [13, 'awaiting_approval'],
  [16, 'running'],
  [21, 'completed'],
])('an execution after %d events of the main job is %s', (count, status) => {
  const story = tellStory(new Recorder(), 1).slice(0, count);
  expect(rowsOf('execution', [story])).toMatchObject([{ execution_id: ids.execution, status }]);
});

it.each([
  [executionFailed, { reason: 'step_limit', detail: 'of 8' }, 'failed', 'step_limit: of 8'],
  [executionHalted, { epoch: 7, detail: 'kill switch' }, 'halted', 'kill switch'],
  [
    executionRejected,
    { approvalId: ids.approval, outcome: 'expired' as const },
    'rejected',
    'expired',
  ],
])('an execution ends: $type', (definition, data, status, outcome) => {
  const events = after(4, definition, data as never, ids.execution);
  expect(rowsOf('execution', [events])).toMatchObject([
    { status, outcome, ended_at: events.at(-1)?.record.time },
  ]);
});

it('a decision that runs nothing makes no execution', () => {
  const data = {
    outcome: 'reject' as const,
    by: 'rule' as const,
    riskLevel: 'critical' as const,
    rule: { id: ids.lookup, name: 'no rm', action: 'hard_reject', version: 1 },
    trace: [],
    message: 'Refused.',
  };
  const events = after(1, decisionMade, data, ids.signal);
  expect(rowsOf('execution', [events])).toEqual([]);
  expect(rowsOf('decision', [events])).toMatchObject([
    { outcome: 'reject', rule_name: 'no rm', execution_id: null },
  ]);
});

it('a run lists its model and tool calls', () => {
  expect(rowsOf('step', [tellStory(new Recorder(), 1)])).toMatchObject([
    {
      step: 1,
      call_id: '',
      kind: 'model',
      name: 'planner',
      status: 'answered',
      answer: 'Looking.',
    },
    { step: 1, call_id: ids.lookup, kind: 'tool', status: 'succeeded', answer: '{"text":"done"}' },
    { step: 2, call_id: '', kind: 'model', status: 'answered' },
    { step: 2, call_id: ids.repair, kind: 'tool', name: 'execute_remediation' },
  ]);
});

it('GTW-6: a tool call without a known outcome is unknown, and a refused one says why', () => {
  const unknown = after(8, toolOutcomeUnknown, { message: 'no answer' }, ids.lookup);
  expect(rowsOf('tool_call', [unknown])).toMatchObject([
    { call_id: ids.lookup, status: 'unknown', message: 'no answer', repeatable: true },
  ]);
  const refused = after(
    7,
    toolRefused,
    {
      invocation: {
        callId: ids.lookup,
        tool: 'rm',
        arguments: {},
        definitionDigest: `sha256:${'1'.repeat(64)}`,
        executionId: ids.execution,
        caller: 'diagnose_repair',
        replyTo: 'agent-runner',
      },
      clause: 'not_allowed',
      message: 'no',
    },
    ids.lookup,
  );
  expect(rowsOf('tool_call', [refused])).toMatchObject([
    { status: 'refused', code: 'not_allowed', claimed_at: null },
  ]);
});

it.each([
  ['done', 'succeeded'],
  ['not_done', 'failed'],
  ['retry', 'claimed'],
] as const)('GTW-6: a parked call that a person calls %s is %s', (verdict, status) => {
  const parked = after(8, toolOutcomeUnknown, { message: 'no answer' }, ids.lookup);
  const data = { verdict, note: 'seen' };
  const resolved = after(8, toolcallResolved, data, ids.lookup);
  expect(rowsOf('tool_call', [[...parked, ...resolved.slice(-1)]])).toMatchObject([
    { status, message: 'seen' },
  ]);
});

it('an approval is pending, then approved with the name of who did; or expired, or withdrawn', () => {
  const story = tellStory(new Recorder(), 1);
  expect(rowsOf('approval', [story.slice(0, 14)])).toMatchObject([
    { status: 'pending', resolved_by: null },
  ]);
  expect(rowsOf('approval', [story])).toMatchObject([
    { status: 'approved', resolved_by: 'person:ops', note: 'go', action: { callId: ids.repair } },
  ]);
  const expired = after(14, approvalExpired, { expiresAt: '2026-11-01T00:05:00Z' }, ids.approval);
  expect(rowsOf('approval', [expired])).toMatchObject([{ status: 'expired', resolved_by: null }]);
  const withdrawn = after(14, approvalWithdrawn, { reason: 'cancelled' }, ids.approval);
  expect(rowsOf('approval', [withdrawn])).toMatchObject([
    { status: 'withdrawn', resolved_by: null, note: 'cancelled' },
  ]);
  expect(rowsOf('approval', [withdrawn.slice(-1)])).toEqual([]);
});

it('SIG-4: a problem is open, counts its reports, is resolved, and may begin again', () => {
  const told = tellProblem(new Recorder(), 1);
  const signalOf = (at: number) => (told[at]?.data as { signalId: string } | undefined)?.signalId;
  const shown = (count: number) => rowsOf('problem', [told.slice(0, count)]);
  expect(shown(1)).toMatchObject([{ status: 'open', reports: 1, title: 'first', severity: null }]);
  expect(shown(3)).toMatchObject([
    {
      status: 'open',
      reports: 3,
      first_seen: new Date('2026-11-01T00:00:00Z'),
      last_seen: new Date('2026-11-01T00:02:00Z'),
      signal_id: signalOf(0),
      last_signal_id: signalOf(2),
    },
  ]);
  const end = new Date('2026-11-01T00:03:00Z');
  expect(shown(4)).toMatchObject([
    { status: 'resolved', reports: 3, resolved_at: end, last_seen: end, signal_id: signalOf(0) },
  ]);
  expect(shown(5)).toMatchObject([{ status: 'open', reports: 4, signal_id: signalOf(0) }]);
  expect(shown(6)).toMatchObject([{ status: 'resolved', reports: 4 }]);
  expect(shown(7)).toMatchObject([
    { status: 'open', reports: 1, resolved_at: null, title: 'second', signal_id: signalOf(6) },
  ]);
  expect(rowsOf('problem_episode', [told])).toMatchObject([
    { signal_id: signalOf(0) },
    { signal_id: signalOf(6), opened_at: new Date('2026-11-01T00:06:00Z') },
  ]);
});

it('SIG-4: a grouped decision names the signal whose decision stands', () => {
  const data = {
    outcome: 'grouped' as const,
    by: 'problem' as const,
    riskLevel: 'low' as const,
    groupedWith: ids.lookup,
    trace: [],
    message: 'Open already.',
  };
  const events = after(1, decisionMade, data, ids.signal);
  expect(rowsOf('execution', [events])).toEqual([]);
  expect(rowsOf('decision', [events])).toMatchObject([
    { outcome: 'grouped', decided_by: 'problem', grouped_with: ids.lookup, rule_name: null },
  ]);
});
