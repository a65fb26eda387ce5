import {
  toolcallResolved,
  toolClaimed,
  toolFailed,
  toolOutcomeUnknown,
  toolRefused,
  toolSucceeded,
  type ToolcallEvent,
  type ToolInvocation,
} from '@signalbox/contracts';
import { digestOf, fold, newId } from '@signalbox/kernel';
import { specContext, specOf } from '@signalbox/testing';
import {
  statusOf,
  toolcallDecider,
  type SeenToolcallEvent,
  type ToolcallCommand,
} from './toolcall.decider.ts';

const invocation: ToolInvocation = {
  callId: newId(),
  tool: 'execute_remediation',
  arguments: { command: 'restart_service', target: 'checkout' },
  definitionDigest: digestOf({}),
  executionId: newId(),
  caller: 'diagnose_repair',
  replyTo: 'agent-runner',
};
const claim = {
  invocation,
  gateway: 'g1',
  epoch: 7,
  repeatable: false,
  policyDigest: digestOf('the policy'),
};
const refusal = { invocation, clause: 'not_allowed', message: 'no' };
const success = { result: { done: true }, durationMs: 5 };
const failure = { code: 'exit_code', message: 'no', durationMs: 5 };
const doubt = { message: 'nobody knows' };

const claimed = toolClaimed.of(claim);
const ends: readonly ToolcallEvent[] = [
  toolRefused.of(refusal),
  toolSucceeded.of(success),
  toolFailed.of(failure),
  toolOutcomeUnknown.of(doubt),
];

const decide = (given: readonly ToolcallEvent[], command: ToolcallCommand) =>
  toolcallDecider.decide(command, fold(toolcallDecider, given));

describe('toolcall', () => {
  it('is claimed once', () => {
    expect(decide([], { do: 'claim', ...claim })).toEqual([claimed]);
    expect(decide([claimed], { do: 'claim', ...claim })).toEqual([]);
  });

  it.each<[string, readonly ToolcallEvent[], ToolcallCommand, ToolcallEvent]>([
    ['refused unclaimed', [], { do: 'refuse', ...refusal }, toolRefused.of(refusal)],
    [
      'refused between claim and start',
      [claimed],
      { do: 'refuse', ...refusal },
      toolRefused.of(refusal),
    ],
    ['succeeded', [claimed], { do: 'succeed', ...success }, toolSucceeded.of(success)],
    ['failed', [claimed], { do: 'fail', ...failure }, toolFailed.of(failure)],
    ['parked', [claimed], { do: 'park', ...doubt }, toolOutcomeUnknown.of(doubt)],
  ])('ends %s', (_, given, command, expected) => {
    expect(decide(given, command)).toEqual([expected]);
  });

  it.each(ends.map((end) => [end.type, end] as const))('GTW-6: has no end after %s', (_, end) => {
    const commands: readonly ToolcallCommand[] = [
      { do: 'claim', ...claim },
      { do: 'refuse', ...refusal },
      { do: 'succeed', ...success },
      { do: 'fail', ...failure },
      { do: 'park', ...doubt },
    ];
    for (const command of commands) expect(decide([claimed, end], command)).toEqual([]);
  });

  it.each(['succeed', 'fail', 'park'] as const)('cannot %s without a claim', (kind) => {
    const command = { ...success, ...failure, ...doubt, do: kind } as ToolcallCommand;
    expect(() => decide([], command)).toThrow(/never claimed/);
  });

  it('remembers the call, whether it may be repeated, and how it ended', () => {
    expect(fold(toolcallDecider, [claimed])).toEqual({ invocation, repeatable: false });
    expect(fold(toolcallDecider, [claimed, ...ends.slice(1, 2)]).outcome).toEqual({
      status: 'succeeded',
      result: success.result,
    });
    expect(fold(toolcallDecider, ends.slice(0, 1)).outcome).toMatchObject({
      clause: 'not_allowed',
    });
  });
});

describe('GTW-6: a person says of a call', () => {
  const { given } = specOf(toolcallDecider);
  const parked = [claimed, toolOutcomeUnknown.of(doubt)];
  const person = { do: 'resolve', id: newId(), by: 'person:ops', note: 'seen' } as const;
  const verdicts = ['done', 'not_done', 'retry'] as const;
  const resolved = (verdict: (typeof verdicts)[number], causationId = newId()) => {
    const record = { ...specContext, causationId, id: newId(), aggregate: 'toolcall' };
    const place = { aggregateId: invocation.callId, version: 3, sequence: 3, time: new Date(0) };
    const event = toolcallResolved.of({ verdict, note: 'seen' });
    return { ...event, record: { ...record, ...place } } as SeenToolcallEvent;
  };

  it.each(verdicts)('that is parked: %s', (verdict) => {
    given(parked)
      .when({ ...person, verdict })
      .then([toolcallResolved.of({ verdict, note: 'seen' })]);
  });

  it.each(verdicts)('the same again, by the same message: %s', (verdict) => {
    given([...parked, resolved(verdict, person.id)])
      .when({ ...person, verdict })
      .then([]);
  });

  it('nothing, unless it is parked', () => {
    const retry = { ...person, verdict: 'retry' } as const;
    given([]).when(retry).thenThrows('tool_call_not_found');
    given([claimed]).when(retry).thenThrows('tool_call_not_parked');
    for (const end of ends.slice(0, 3)) {
      given([claimed, end]).when(retry).thenThrows('tool_call_not_parked');
    }
    for (const verdict of verdicts) {
      given([...parked, resolved(verdict)])
        .when(retry)
        .thenThrows('tool_call_not_parked');
    }
    const state = fold(toolcallDecider, [...parked, resolved('not_done')]);
    expect(() => toolcallDecider.decide(retry, state)).toThrow(/recorded as failed/);
  });

  it('as nobody else may', () => {
    for (const by of ['agent:diagnose_repair', 'service:router', 'source:datadog'] as const) {
      given(parked)
        .when({ ...person, by, verdict: 'done' })
        .thenThrows('resolver_not_a_person');
    }
  });

  it('once more, when the retry has left it parked again', () => {
    const again = [...parked, resolved('retry'), toolOutcomeUnknown.of(doubt)];
    given(again)
      .when({ ...person, verdict: 'done' })
      .then([toolcallResolved.of({ verdict: 'done', note: 'seen' })]);
  });

  it.each([
    ['done', [], 'succeeded'],
    ['not_done', [], 'failed'],
    ['retry', [], 'claimed'],
    ['retry', [toolSucceeded.of(success)], 'succeeded'],
    ['retry', [toolFailed.of(failure)], 'failed'],
    ['retry', [toolOutcomeUnknown.of(doubt)], 'unknown'],
  ] as const)('%s, and with what follows, %j, it stands as %s', (verdict, then, status) => {
    const state = fold(toolcallDecider, [...parked, resolved(verdict), ...then]);
    expect(statusOf(state)).toBe(status);
  });

  it('that it is done or not, which changes nothing of what the caller was told', () => {
    for (const verdict of ['done', 'not_done'] as const) {
      const { outcome } = fold(toolcallDecider, [...parked, resolved(verdict)]);
      expect(outcome).toEqual({ status: 'unknown', message: doubt.message });
    }
  });
});
