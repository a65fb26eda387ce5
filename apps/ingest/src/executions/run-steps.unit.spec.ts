import { childIdOf } from '@signalbox/executions';
import { newId, type DomainEvent } from '@signalbox/kernel';
import type { RunEvents } from './execution-log.ts';
import { begun, delegated, firstStep } from './run.fixture.spec.ts';
import { runSteps } from './run-steps.ts';

const recorded = (events: readonly DomainEvent[]) =>
  events.map((event) => ({ ...event, record: { time: new Date() } })) as unknown as RunEvents;

it('AGT-8: names the run that answers the use of a sub-agent', () => {
  const callId = newId();
  expect(runSteps(recorded(delegated(newId(), callId)))).toMatchObject([
    { kind: 'tool', name: 'agent__helper', child_execution_id: childIdOf(callId) },
  ]);
});

it('AGT-8: names none for the use of a tool', () => {
  const [, call] = runSteps(recorded([begun(newId()), ...firstStep(newId())]));
  expect(call).toMatchObject({ kind: 'tool' });
  expect(call).not.toHaveProperty('child_execution_id');
});
