import { agentDefined, agentDeleted, agentSchema } from '@signalbox/contracts';
import { newId, type EventRecord } from '@signalbox/kernel';
import { specOf } from '@signalbox/testing';
import { agentDecider, type AgentEvent } from './agent.decider.ts';

const { given } = specOf(agentDecider);

const agent = agentSchema.parse({ id: 'a', name: 'A', role: 'r', tools: [], stepsMax: 3 });
const quicker = { ...agent, stepsMax: 2 };
const defined: AgentEvent = agentDefined.of({ agent });
const changed: AgentEvent = agentDefined.of({ agent: quicker });
const deleted: AgentEvent = agentDeleted.of({});

const define = { type: 'define' as const, id: newId(), agent };
const change = { ...define, agent: quicker };
const remove = { type: 'delete' as const, id: newId() };

/** As it stands in the log, appended because of the message with this id. */
const causedBy = (event: AgentEvent, causationId: string): AgentEvent => ({
  ...event,
  record: { causationId } as EventRecord,
});

describe('define', () => {
  it('AGT-1: makes an agent, and changes it', () => {
    given([]).when(define).then([defined]);
    given([defined]).when(change).then([changed]);
  });

  it('AGT-1: nothing changes, so nothing is recorded', () => {
    given([defined]).when(define).then([]);
    given([defined, changed]).when(change).then([]);
  });

  it('AGT-1: the version that was seen must be the one that stands', () => {
    given([defined])
      .when({ ...change, expectedVersion: 1 })
      .then([changed]);
    given([defined, changed])
      .when({ ...define, expectedVersion: 1 })
      .thenThrows('agent_changed_meanwhile');
    given([])
      .when({ ...define, expectedVersion: 1 })
      .thenThrows('agent_changed_meanwhile');
  });

  it('AGT-1: one that must be new is refused where there is one, and may follow a deleted one', () => {
    const make = { ...define, expectedVersion: 0 };
    given([]).when(make).then([defined]);
    given([defined]).when(make).thenThrows('agent_changed_meanwhile');
    given([defined, deleted]).when(make).then([defined]);
  });

  it('a change that has not seen the deletion is refused', () => {
    given([defined, deleted])
      .when({ ...change, expectedVersion: 1 })
      .thenThrows('agent_changed_meanwhile');
  });

  it('delivered again after a later change, it does not undo that', () => {
    given([causedBy(defined, define.id), causedBy(changed, newId())])
      .when(define)
      .then([]);
    given([causedBy(defined, define.id), deleted])
      .when(define)
      .then([]);
  });
});

describe('delete', () => {
  it('AGT-1: ends an agent', () => {
    given([defined]).when(remove).then([deleted]);
    given([defined, changed])
      .when({ ...remove, expectedVersion: 2 })
      .then([deleted]);
  });

  it('refuses what is not there, or has changed', () => {
    given([]).when(remove).thenThrows('agent_not_found');
    given([defined, deleted]).when(remove).thenThrows('agent_not_found');
    given([defined, changed])
      .when({ ...remove, expectedVersion: 1 })
      .thenThrows('agent_changed_meanwhile');
  });

  it('delivered again, it does nothing', () => {
    given([defined, causedBy(deleted, remove.id)])
      .when(remove)
      .then([]);
  });
});
