import {
  toolClaimed,
  toolFailed,
  toolOutcomeUnknown,
  toolRefused,
  toolSucceeded,
  type ToolcallEvent,
  type ToolInvocation,
} from '@signalbox/contracts';
import { digestOf, fold, newId } from '@signalbox/kernel';
import { toolcallDecider, type ToolcallCommand } from './toolcall.decider.ts';

const invocation: ToolInvocation = {
  callId: newId(),
  tool: 'execute_remediation',
  arguments: { command: 'restart_service', target: 'checkout' },
  definitionDigest: digestOf({}),
  executionId: newId(),
  caller: 'diagnose_repair',
  replyTo: 'agent-runner',
};
const claim = { invocation, gateway: 'g1', epoch: 7, repeatable: false };
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
