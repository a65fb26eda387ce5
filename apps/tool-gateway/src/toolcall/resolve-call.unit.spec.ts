import { Logger } from '@nestjs/common';
import {
  executionFailed,
  settleAgentTool,
  toolcallResolved,
  type resolveCall,
} from '@signalbox/contracts';
import { Clock, newId, type DataOf, type ReceivedCommand } from '@signalbox/kernel';
import type { ToolResult } from '../ports/tool.port.ts';
import {
  append,
  commandOf,
  context,
  done,
  gatewayOver,
  gatewayWith,
  halt,
  requestedCall,
  resume,
  typesOf,
  type ToolUnderTest,
} from './gateway.fixture.spec.ts';

const lost: ToolResult = { status: 'interrupted', code: 'timeout', message: 'too slow' };

class LaterClock extends Clock {
  laterMs = 0;

  now(): Date {
    return new Date(Date.now() + this.laterMs);
  }
}

beforeAll(() => Logger.overrideLogger(false));

type Verdict = DataOf<typeof resolveCall>['verdict'];

function wordOf(callId: string, verdict: Verdict, epoch = 0) {
  const data = { callId, verdict, note: 'I looked' };
  const by = { ...context(epoch), actor: 'person:ops' } as const;
  return { id: newId(), data, deliveries: 1, ...by } satisfies ReceivedCommand;
}

/** A call whose tool nobody has heard of again; its run has ended by that. */
async function withParked(given: ToolUnderTest = {}, results: readonly ToolResult[] = [done]) {
  let runs = 0;
  const run = async () => [lost, ...results][runs++] ?? lost;
  const gateway = gatewayWith({ ...given, run });
  const { store, handler, tool } = gateway;
  const data = await requestedCall(store, tool);
  const command = commandOf(data);
  expect(await handler.handle(command)).toMatchObject({ status: 'unknown' });
  const ended = executionFailed.of({ reason: 'outcome_unknown', detail: 'too slow' });
  await append(store, ['execution', data.executionId], ended);
  const eventsOf = async () =>
    (await store.read({ aggregate: 'toolcall', id: data.callId })).events;
  return { ...gateway, data, command, runsAgain: () => runs - 1, eventsOf };
}

describe('GTW-6: a person says of a parked call', () => {
  const begun = ['toolcall.claimed', 'toolcall.unknown', 'toolcall.resolved'];

  it.each([
    ['done', 'succeeded'],
    ['not_done', 'failed'],
  ] as const)('that it is %s: it stands as %s, and nothing is run', async (verdict, status) => {
    const { resolver, data, command, bus, eventsOf, runsAgain } = await withParked();
    const word = wordOf(data.callId, verdict);
    expect(await resolver.handle(word)).toEqual({ call_id: data.callId, status });
    const events = await eventsOf();
    expect(events.map(({ type }) => type)).toEqual(begun);
    expect(events.at(-1)).toMatchObject({
      data: { verdict, note: 'I looked' },
      record: { actor: 'person:ops', causationId: word.id, correlationId: command.correlationId },
    });
    expect(runsAgain()).toBe(0);
    const [, told] = bus.sentOf(settleAgentTool);
    expect(told).toMatchObject({
      executionId: data.executionId,
      callId: data.callId,
      outcome: { status },
    });
    expect(bus.sentOf(settleAgentTool)).toHaveLength(2);
  });

  it.each<[string, ToolResult, object, string]>([
    ['succeeds', done, { status: 'succeeded' }, 'toolcall.succeeded'],
    [
      'fails',
      { status: 'failed', code: 'exit_code', message: 'no' },
      { status: 'failed', message: expect.stringMatching(/^no\. It may have taken effect/) },
      'toolcall.failed',
    ],
    ['is lost', lost, { status: 'unknown', message: 'timeout: too slow' }, 'toolcall.unknown'],
  ])('that it be run once more, which %s', async (_, result, answer, last) => {
    const parked = await withParked({}, [result]);
    const { resolver, store, data, command, bus, eventsOf, runsAgain } = parked;
    const word = wordOf(data.callId, 'retry');
    const answered = { call_id: data.callId, ...answer };
    expect(await resolver.handle(word)).toEqual(answered);
    expect(await typesOf(store, data.callId)).toEqual([...begun, last]);
    expect((await eventsOf()).at(-1)?.record).toMatchObject({
      actor: 'service:tool-gateway',
      correlationId: command.correlationId,
    });
    expect(await resolver.handle({ ...word, deliveries: 2 })).toEqual(answered);
    expect(runsAgain()).toBe(1);
    // The run that asked, under one id however often.
    const told = bus.sentOf(settleAgentTool).map(({ outcome }) => outcome.status);
    const isKnown = last !== 'toolcall.unknown';
    expect(told).toEqual(isKnown ? ['unknown', last.replace('toolcall.', '')] : ['unknown']);
  });

  it('that it be run once more, as often as it is parked', async () => {
    const { resolver, data, runsAgain } = await withParked({}, [lost, done]);
    expect(await resolver.handle(wordOf(data.callId, 'retry'))).toMatchObject({
      status: 'unknown',
    });
    expect(await resolver.handle(wordOf(data.callId, 'retry'))).toMatchObject({
      status: 'succeeded',
    });
    expect(runsAgain()).toBe(2);
  });

  it('the effect key of the retry is that of the call', async () => {
    const keys: string[] = [];
    const { store, bus, tool, data, resolver } = await withParked();
    const noted = gatewayOver(store, bus, {
      ...tool,
      run: async (_, { callId }) => {
        keys.push(callId);
        return done;
      },
    });
    await noted.resolver.handle(wordOf(data.callId, 'retry'));
    expect(keys).toEqual([data.callId]);
    await expect(resolver.handle(wordOf(data.callId, 'retry'))).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('succeeded'),
    });
  });
});

describe('GTW-6: a person’s word is refused', () => {
  it('when there is no such call', async () => {
    const { resolver } = gatewayWith();
    await expect(resolver.handle(wordOf(newId(), 'done'))).rejects.toMatchObject({
      code: 'tool_call_not_found',
      kind: 'missing',
    });
  });

  it('when it is no person’s', async () => {
    const { resolver, data, eventsOf } = await withParked();
    const word = { ...wordOf(data.callId, 'done'), actor: 'agent:diagnose_repair' } as const;
    await expect(resolver.handle(word)).rejects.toMatchObject({
      code: 'resolver_not_a_person',
      kind: 'forbidden',
    });
    expect(await eventsOf()).toHaveLength(2);
  });

  it('when another person was faster, with how it stands', async () => {
    const { resolver, data, runsAgain } = await withParked();
    await resolver.handle(wordOf(data.callId, 'not_done'));
    await expect(resolver.handle(wordOf(data.callId, 'retry'))).rejects.toMatchObject({
      code: 'tool_call_not_parked',
      kind: 'conflict',
      message: expect.stringContaining('failed'),
    });
    expect(runsAgain()).toBe(0);
  });

  it.each<[string, (parked: Awaited<ReturnType<typeof withParked>>) => Promise<unknown>, RegExp]>([
    ['while the kill switch is on', ({ store }) => halt(store), /halted/],
    [
      'that was given before a halt',
      ({ store }) => halt(store).then(() => resume(store)),
      /stale_epoch/,
    ],
    [
      'when the tool is gone',
      async ({ source }) => void (source.tools = async () => []),
      /unknown_tool/,
    ],
  ])('a retry %s, and the call stays parked', async (_, change, why) => {
    const parked = await withParked();
    await change(parked);
    const { resolver, data, eventsOf, runsAgain } = parked;
    await expect(resolver.handle(wordOf(data.callId, 'retry'))).rejects.toMatchObject({
      code: 'retry_refused',
      kind: 'conflict',
      message: expect.stringMatching(why),
    });
    expect(await eventsOf()).toHaveLength(2);
    expect(runsAgain()).toBe(0);
    expect(await resolver.handle(wordOf(data.callId, 'done'))).toMatchObject({
      status: 'succeeded',
    });
  });
});

describe('AGT-4: a retry of a call that carried a lease', () => {
  const resource = 'checkout';
  /** A parked call of a run that held the resource, and the clock by which leases run out. */
  async function withLeased() {
    const clock = new LaterClock();
    let runs = 0;
    const run = async () => [lost, done][runs++] ?? lost;
    const gateway = gatewayWith({ run }, clock);
    const { store, handler, tool, leases } = gateway;
    const executionId = newId();
    const { token } = await leases.acquire(resource, executionId, context());
    const given = { executionId, lease: { resource, token } };
    const data = await requestedCall(store, tool, given);
    expect(await handler.handle(commandOf(data))).toMatchObject({ status: 'unknown' });
    return { ...gateway, data, clock, runsAgain: () => runs - 1 };
  }

  it.each(['of the run itself', 'of nobody'])('is run while the resource is %s', async (whose) => {
    const { resolver, data, leases } = await withLeased();
    if (whose === 'of nobody') await leases.release(resource, data.executionId, context());
    expect(await resolver.handle(wordOf(data.callId, 'retry'))).toMatchObject({
      status: 'succeeded',
    });
  });

  it('is refused while another run holds the resource, by its name, and run after', async () => {
    const { resolver, data, leases, clock, runsAgain } = await withLeased();
    const other = newId();
    await leases.release(resource, data.executionId, context());
    const { until } = await leases.acquire(resource, other, context());
    await expect(resolver.handle(wordOf(data.callId, 'retry'))).rejects.toMatchObject({
      code: 'retry_refused',
      kind: 'conflict',
      message: expect.stringMatching(new RegExp(`lease_held: .*'${resource}'.*${other}`)),
    });
    expect(runsAgain()).toBe(0);
    clock.laterMs = Date.parse(until) - Date.now();
    expect(await resolver.handle(wordOf(data.callId, 'retry'))).toMatchObject({
      status: 'succeeded',
    });
  });
});

describe('GTW-6: a gateway dies while it runs a call once more', () => {
  async function withRetryOfTheDead() {
    const parked = await withParked();
    const word = wordOf(parked.data.callId, 'retry');
    const { store, data } = parked;
    const ref = { aggregate: 'toolcall', id: data.callId };
    const { head } = await store.read(ref);
    const retried = toolcallResolved.of({ verdict: 'retry' });
    await store.append(ref, head, [retried], { ...context(), causationId: word.id });
    return { ...parked, word };
  }

  it('and its command is delivered again: the call is parked again', async () => {
    const { resolver, word, data, store, runsAgain } = await withRetryOfTheDead();
    expect(await resolver.handle({ ...word, deliveries: 2 })).toMatchObject({
      call_id: data.callId,
      status: 'unknown',
      message: expect.stringContaining('nobody recorded'),
    });
    expect((await typesOf(store, data.callId)).at(-1)).toBe('toolcall.unknown');
    expect(runsAgain()).toBe(0);
    expect(await resolver.handle(wordOf(data.callId, 'retry'))).toMatchObject({
      status: 'succeeded',
    });
  });

  it('another person has to wait until that is known', async () => {
    const { resolver, data } = await withRetryOfTheDead();
    await expect(resolver.handle(wordOf(data.callId, 'done'))).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('claimed'),
    });
  });
});

it('GTW-6: a command that comes again is told what it was told, whatever a person says since', async () => {
  const { handler, resolver, command, data, bus } = await withParked();
  await resolver.handle(wordOf(data.callId, 'done'));
  expect(await handler.handle({ ...command, deliveries: 2 })).toMatchObject({
    status: 'unknown',
  });
  const told = bus.sentOf(settleAgentTool).map(({ outcome }) => outcome.status);
  expect(told).toEqual(['unknown', 'succeeded']);
});
