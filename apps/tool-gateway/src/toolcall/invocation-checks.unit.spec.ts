import { settleAgentTool, type ToolInvocation } from '@signalbox/contracts';
import { AppError, digestOf, newId, type JsonObject } from '@signalbox/kernel';
import {
  approvalOf,
  commandOf,
  gatewayWith,
  halt,
  requestedCall,
  resume,
  typesOf,
  type ToolUnderTest,
} from './gateway.fixture.spec.ts';
import type { Clause } from './refusal.ts';

type Gateway = ReturnType<typeof gatewayWith>;

/** What became of the call: in the answer, in the audit stream, and for the caller. */
async function invoke(gateway: Gateway, data: ToolInvocation, epoch = 0) {
  const answered = await gateway.handler.handle(commandOf(data, epoch));
  const recorded = await typesOf(gateway.store, data.callId);
  return { answered, recorded, told: gateway.bus.sentOf(settleAgentTool) };
}

function refusalOf({ callId, executionId }: ToolInvocation, clause: Clause) {
  const answered: unknown = expect.objectContaining({ status: 'refused', clause });
  return {
    answered,
    recorded: ['toolcall.refused'],
    told: [{ callId, executionId, outcome: answered }],
  };
}

const runAnyway = () => Promise.reject(new Error('the tool ran'));

function gatewayThatMustNotRun(given: ToolUnderTest = {}) {
  return gatewayWith({ ...given, run: runAnyway });
}

describe('a tool call is refused', () => {
  it('CTL-1: while the kill switch is on', async () => {
    const gateway = gatewayThatMustNotRun();
    const epoch = await halt(gateway.store);
    const data = await requestedCall(gateway.store, gateway.tool);
    expect(await invoke(gateway, data, epoch)).toEqual(refusalOf(data, 'halted'));
  });

  it('CTL-1: when a halt has ended the epoch it was issued under, also after the resume', async () => {
    const gateway = gatewayThatMustNotRun();
    await halt(gateway.store);
    await resume(gateway.store);
    const data = await requestedCall(gateway.store, gateway.tool);
    expect(await invoke(gateway, data, 0)).toEqual(refusalOf(data, 'stale_epoch'));
  });

  it('when there is no such tool', async () => {
    const gateway = gatewayThatMustNotRun();
    const data = await requestedCall(gateway.store, gateway.tool, { tool: 'no tool.*>' });
    expect(await invoke(gateway, data)).toEqual(refusalOf(data, 'unknown_tool'));
  });

  it('GTW-4: when the upstream that brings the tool does not start', async () => {
    const gateway = gatewayThatMustNotRun();
    gateway.source.tools = () =>
      Promise.reject(new AppError({ code: 'down', kind: 'unavailable', message: 'no disk' }));
    const data = await requestedCall(gateway.store, gateway.tool);
    expect(await invoke(gateway, data)).toEqual(refusalOf(data, 'tool_unavailable'));
  });

  it('when the tool is no longer what the caller knew', async () => {
    const gateway = gatewayThatMustNotRun();
    const data = await requestedCall(gateway.store, gateway.tool, {
      definitionDigest: digestOf('older'),
    });
    expect(await invoke(gateway, data)).toEqual(refusalOf(data, 'definition_changed'));
  });

  it.each<[string, JsonObject]>([
    ['a missing argument', {}],
    ['one of another type', { target: 1 }],
    ['one too many', { target: 'a', extra: true }],
    ['__proto__', JSON.parse('{"target":"a","__proto__":{"admin":true}}') as JsonObject],
    ['constructor', JSON.parse('{"target":"a","constructor":{}}') as JsonObject],
    ['a huge text', { target: 'x'.repeat(1_000_000) }],
    ['1 000 levels', { target: JSON.parse('['.repeat(1000) + ']'.repeat(1000)) as JsonObject }],
    ['text that grows in JSON', { target: '\u0000'.repeat(60_000) }],
  ])('GTW-5: when the arguments hold %s', async (_, argumentsGiven) => {
    const gateway = gatewayThatMustNotRun();
    const data = await requestedCall(gateway.store, gateway.tool, { arguments: argumentsGiven });
    expect(await invoke(gateway, data)).toEqual(refusalOf(data, 'invalid_arguments'));
  });

  it('APR-2: when nobody was asked', async () => {
    const gateway = gatewayThatMustNotRun({ approvalRequired: true });
    const data = await requestedCall(gateway.store, gateway.tool);
    expect(await invoke(gateway, data)).toEqual(refusalOf(data, 'approval_missing'));
  });

  it('APR-2: when the approval does not exist', async () => {
    const gateway = gatewayThatMustNotRun({ approvalRequired: true });
    const data = await requestedCall(gateway.store, gateway.tool, { approvalId: newId() });
    expect(await invoke(gateway, data)).toEqual(refusalOf(data, 'approval_missing'));
  });

  it('APR-2: when nobody has answered yet', async () => {
    const gateway = gatewayThatMustNotRun({ approvalRequired: true });
    const data = await requestedCall(gateway.store, gateway.tool);
    const approvalId = await approvalOf(gateway.store, data, { granted: false });
    const asked = { ...data, approvalId };
    expect(await invoke(gateway, asked)).toEqual(refusalOf(asked, 'approval_missing'));
  });

  it.each([
    ['other arguments', { arguments: { target: 'payments' } }],
    ['another call', { callId: newId() }],
    ['another run', { executionId: newId() }],
  ])('APR-2: when the grant is for %s', async (_, other) => {
    const gateway = gatewayThatMustNotRun({ approvalRequired: true });
    const data = await requestedCall(gateway.store, gateway.tool);
    const approvalId = await approvalOf(gateway.store, data, other);
    const asked = { ...data, approvalId };
    expect(await invoke(gateway, asked)).toEqual(refusalOf(asked, 'approval_mismatch'));
  });

  it('GTW-5: when no entry of the policy allows the caller', async () => {
    const gateway = gatewayThatMustNotRun();
    const data = await requestedCall(gateway.store, gateway.tool, { caller: 'take_action' });
    expect(await invoke(gateway, data)).toEqual(refusalOf(data, 'not_allowed'));
  });

  it('GTW-5: when the tool objects to the arguments', async () => {
    const gateway = gatewayThatMustNotRun({ objectionTo: () => 'not that one' });
    const data = await requestedCall(gateway.store, gateway.tool);
    expect(await invoke(gateway, data)).toEqual(refusalOf(data, 'not_allowed'));
  });
});

describe('a tool whose server has to be started first', () => {
  const now = performance.now;
  afterEach(() => {
    performance.now = now;
  });
  /** The server takes twelve seconds, in which something happens. */
  function slowly(gateway: Gateway, meanwhile: () => Promise<unknown>) {
    const { source } = gateway;
    const find = source.find.bind(source);
    source.find = async (name) => {
      await meanwhile();
      performance.now = () => now.call(performance) + 12_000;
      return find(name);
    };
  }

  it('GTW-4: is run, though what was looked at before the start is old', async () => {
    const gateway = gatewayWith();
    slowly(gateway, async () => undefined);
    const data = await requestedCall(gateway.store, gateway.tool);
    expect((await invoke(gateway, data)).answered).toMatchObject({ status: 'succeeded' });
  });

  it('CTL-1: is not run when the kill switch was turned meanwhile', async () => {
    const gateway = gatewayThatMustNotRun();
    slowly(gateway, () => halt(gateway.store));
    const data = await requestedCall(gateway.store, gateway.tool);
    expect(await invoke(gateway, data)).toEqual(refusalOf(data, 'halted'));
  });
});

describe('a tool call is run', () => {
  it('APR-2: under a grant of exactly this action', async () => {
    const gateway = gatewayWith({ approvalRequired: true });
    const data = await requestedCall(gateway.store, gateway.tool);
    const approvalId = await approvalOf(gateway.store, data);
    const outcome = await gateway.handler.handle(commandOf({ ...data, approvalId }));
    expect(outcome).toEqual({ status: 'succeeded', result: { done: true } });
  });

  it('CTL-1: when it was issued after the resume', async () => {
    const gateway = gatewayWith();
    await halt(gateway.store);
    const epoch = await resume(gateway.store);
    const outcome = await gateway.handler.handle(
      commandOf(await requestedCall(gateway.store, gateway.tool), epoch),
    );
    expect(outcome.status).toBe('succeeded');
  });
});
