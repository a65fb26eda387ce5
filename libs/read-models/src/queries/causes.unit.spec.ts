import { Recorder, tellStory } from '../story.fixture.spec.ts';
import { allProjections } from '../projections/all.ts';
import { project } from '../projections/projection.ts';
import type { AuditRow } from '../schema/tables.ts';
import { toAuditEntry } from './audit-action.ts';
import { linkCauses } from './causes.ts';

function storyOf(recorder = new Recorder()) {
  const changes = project(allProjections, tellStory(recorder, 1));
  const rows = changes.find(({ table }) => table.name === 'audit')?.inserted ?? [];
  return (rows as readonly AuditRow[]).map(toAuditEntry);
}

it('AUD-3: every event but the first has a cause, which happened before it', () => {
  const linked = linkCauses(storyOf());
  expect(linked[0]?.cause).toBeNull();
  for (const { entry, cause } of linked.slice(1)) {
    expect(cause).not.toBeNull();
    expect(cause).toBeLessThan(entry.sequence);
  }
});

it('AUD-3: leads from an effect through the approval and the decision back to the signal', () => {
  const linked = linkCauses(storyOf());
  const bySequence = new Map(linked.map((link) => [link.entry.sequence, link]));
  const effect = linked.findLast(({ entry }) => entry.type === 'toolcall.succeeded');
  const chain: string[] = [];
  for (let at = effect; at; at = bySequence.get(at.cause ?? 0)) chain.unshift(at.entry.type);
  expect(chain).toEqual([
    'signal.received',
    'decision.made',
    'execution.started',
    'execution.activated',
    'execution.model_call_requested',
    'execution.model_answered',
    'execution.tool_requested',
    'toolcall.claimed',
    'toolcall.succeeded',
    'execution.tool_settled',
    'execution.model_call_requested',
    'execution.model_answered',
    'execution.approval_awaited',
    'approval.requested',
    'approval.granted',
    'execution.approval_observed',
    'execution.tool_requested',
    'toolcall.claimed',
    'toolcall.succeeded',
  ]);
});

it('believes an event that names its cause', () => {
  const [first, , third, ...rest] = storyOf();
  if (!first || !third) throw new Error('the story is too short');
  const linked = linkCauses([first, { ...third, causation_id: first.event_id }, ...rest]);
  expect(linked[1]?.cause).toBe(first.sequence);
});
