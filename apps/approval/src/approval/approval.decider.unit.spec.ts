import {
  approvalExpired,
  approvalGranted,
  approvalRejected,
  approvalRequested,
  approvalWithdrawn,
} from '@signalbox/contracts';
import { digestOf, newId, type EventRecord } from '@signalbox/kernel';
import { specOf } from '@signalbox/testing';
import { approvalDecider, type SeenApprovalEvent } from './approval.decider.ts';

const { given } = specOf(approvalDecider);

const now = new Date('2026-11-21T10:00:00.000Z');
const later = new Date('2026-11-21T10:05:00.000Z');
const request = {
  approvalId: newId(now),
  executionId: newId(now),
  signalId: newId(now),
  action: {
    kind: 'tool' as const,
    callId: newId(now),
    tool: 'execute_remediation',
    arguments: { command: 'restart_service', target: 'checkout' },
    definitionDigest: digestOf('definition'),
  },
  description: 'restart checkout',
  riskLevel: 'medium' as const,
  replyTo: 'agent-runner' as const,
};
const actionDigest = digestOf(request.action);
const expiresAt = later.toISOString();
const requested = approvalRequested.of({ ...request, actionDigest, expiresAt });
const granted = approvalGranted.of({ by: 'person:ops', actionDigest });
const rejected = approvalRejected.of({ by: 'person:ops', note: 'not now' });
const expired = approvalExpired.of({ expiresAt });

const withdrawn = approvalWithdrawn.of({ reason: 'The run was cancelled.' });

const ask = { type: 'request' as const, request, now, ttlSeconds: 300 };
const approve = {
  type: 'resolve' as const,
  id: newId(now),
  approved: true,
  by: 'person:ops' as const,
  now,
  haltedAt: 0,
};
const refuse = { ...approve, approved: false, note: 'not now' };
const expire = { type: 'expire' as const, now: later };

const withdraw = { type: 'withdraw' as const, reason: 'The run was cancelled.' };

/** As it stands in the log, appended because of the message with this id. */
const closedBy = (event: SeenApprovalEvent, causationId: string): SeenApprovalEvent => ({
  ...event,
  record: { causationId } as EventRecord,
});

describe('request', () => {
  it('APR-2: asks for the exact action, for as long as people have', () => {
    given([]).when(ask).then([requested]);
  });
  it('does nothing when this was asked for before', () => {
    given([requested]).when(ask).then([]);
    given([requested, granted])
      .when({ ...ask, now: later })
      .then([]);
  });
  it('refuses another action under the same id', () => {
    const action = { ...request.action, arguments: { command: 'restart_service', target: 'db' } };
    given([requested])
      .when({ ...ask, request: { ...request, action } })
      .thenThrows('approval_for_another_action');
  });
});

describe('resolve', () => {
  it('APR-2: grants the digest that was asked for', () => {
    given([requested]).when(approve).then([granted]);
  });
  it('rejects, with the note', () => {
    given([requested]).when(refuse).then([rejected]);
  });
  it('APR-1: an answer after the time is up expires it instead', () => {
    given([requested])
      .when({ ...approve, now: later })
      .then([expired]);
    given([requested])
      .when({ ...refuse, now: later })
      .then([expired]);
  });
  it('CTL-1: a halt since it was asked leaves nothing to grant; refusing stays possible', () => {
    const asked = { ...requested, record: { epoch: 7 } as EventRecord };
    given([asked])
      .when({ ...approve, haltedAt: 9 })
      .thenThrows('approval_stale');
    given([asked])
      .when({ ...refuse, haltedAt: 9 })
      .then([rejected]);
    given([asked])
      .when({ ...approve, haltedAt: 5 })
      .then([granted]);
    given([asked])
      .when({ ...approve, now: later, haltedAt: 9 })
      .then([expired]);
  });
  it('does nothing when this very answer was recorded before', () => {
    given([requested, closedBy(granted, approve.id)])
      .when(approve)
      .then([]);
    given([requested, closedBy(rejected, refuse.id)])
      .when(refuse)
      .then([]);
  });
  it('does nothing once it has expired; the handler says so', () => {
    given([requested, expired]).when(approve).then([]);
  });
  it('refuses a second answer, even the same one', () => {
    const earlier = closedBy(granted, newId(now));
    given([requested, earlier]).when(approve).thenThrows('approval_already_resolved');
    given([requested, earlier]).when(refuse).thenThrows('approval_already_resolved');
  });
  it('refuses when nothing was asked', () => {
    given([]).when(approve).thenThrows('approval_not_found');
  });
  it('APR-4: refuses anyone but a person', () => {
    given([requested])
      .when({ ...approve, by: 'agent:diagnose_repair' })
      .thenThrows('approver_not_a_person');
  });
});

describe('expire', () => {
  it('APR-1: counts as refused once the time is up', () => {
    given([requested]).when(expire).then([expired]);
  });
  it('does nothing when a person was faster, or when it expired before', () => {
    given([requested, granted]).when(expire).then([]);
    given([requested, rejected]).when(expire).then([]);
    given([requested, expired]).when(expire).then([]);
  });
  it('refuses before the time is up', () => {
    given([requested])
      .when({ ...expire, now })
      .thenThrows('approval_not_due');
  });
  it('refuses when nothing was asked', () => {
    given([]).when(expire).thenThrows('approval_not_found');
  });
});

describe('withdraw', () => {
  it('APR-1: ends what nobody waits for any more; an answer then is refused', () => {
    given([requested]).when(withdraw).then([withdrawn]);
    given([requested, withdrawn]).when(approve).thenThrows('approval_withdrawn');
    given([requested, withdrawn]).when(refuse).thenThrows('approval_withdrawn');
  });
  it('APR-1: what is withdrawn before it is asked is not asked any more', () => {
    given([]).when(withdraw).then([withdrawn]);
    given([withdrawn]).when(ask).then([]);
    given([withdrawn]).when(approve).thenThrows('approval_withdrawn');
  });
  it('does nothing when it was withdrawn, answered or expired before', () => {
    for (const end of [withdrawn, granted, rejected, expired]) {
      given([requested, end]).when(withdraw).then([]);
    }
  });
  it('leaves nothing to ask again, or to expire', () => {
    given([requested, withdrawn]).when(ask).then([]);
    given([requested, withdrawn]).when(expire).then([]);
  });
});
