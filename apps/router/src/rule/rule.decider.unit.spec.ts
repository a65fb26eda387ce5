import { ruleDefined, ruleDeleted, ruleSchema } from '@signalbox/contracts';
import { newId, type EventRecord } from '@signalbox/kernel';
import { specOf } from '@signalbox/testing';
import { ruleDecider, type SeenRuleEvent } from './rule.decider.ts';

const { given } = specOf(ruleDecider);

const rule = ruleSchema.parse({ id: newId(), name: 'r', pattern: 'cpu', action: 'hard_reject' });
const lower = { ...rule, priority: 5 };
const defined = ruleDefined.of({ rule }) as SeenRuleEvent;
const changed = ruleDefined.of({ rule: lower }) as SeenRuleEvent;
const deleted = ruleDeleted.of({}) as SeenRuleEvent;

const define = { type: 'define' as const, id: newId(), rule };
const change = { ...define, rule: lower };
const remove = { type: 'delete' as const, id: newId() };

/** As it stands in the log, appended because of the message with this id. */
const causedBy = (event: SeenRuleEvent, causationId: string): SeenRuleEvent => ({
  ...event,
  record: { causationId } as EventRecord,
});

describe('define', () => {
  it('RUL-2: makes a rule, and changes it', () => {
    given([]).when(define).then([defined]);
    given([defined]).when(change).then([changed]);
  });

  it('RUL-2: nothing changes, so nothing is recorded', () => {
    given([defined]).when(define).then([]);
    given([defined, changed]).when(change).then([]);
  });

  it('RUL-2: the version that was seen must be the one that stands', () => {
    given([defined])
      .when({ ...change, expectedVersion: 1 })
      .then([changed]);
    given([defined, changed])
      .when({ ...define, expectedVersion: 1 })
      .thenThrows('rule_changed_meanwhile');
    given([defined])
      .when({ ...change, expectedVersion: 0 })
      .thenThrows('rule_changed_meanwhile');
    given([])
      .when({ ...define, expectedVersion: 0 })
      .then([defined]);
    given([])
      .when({ ...define, expectedVersion: 1 })
      .thenThrows('rule_changed_meanwhile');
  });

  it('does not bring a deleted rule back', () => {
    given([defined, deleted]).when(change).thenThrows('rule_not_found');
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
  it('RUL-2: ends a rule', () => {
    given([defined]).when(remove).then([deleted]);
    given([defined, changed])
      .when({ ...remove, expectedVersion: 2 })
      .then([deleted]);
  });

  it('refuses what is not there, or has changed', () => {
    given([]).when(remove).thenThrows('rule_not_found');
    given([defined, deleted]).when(remove).thenThrows('rule_not_found');
    given([defined, changed])
      .when({ ...remove, expectedVersion: 1 })
      .thenThrows('rule_changed_meanwhile');
  });

  it('delivered again, it does nothing', () => {
    given([defined, causedBy(deleted, remove.id)])
      .when(remove)
      .then([]);
  });
});
