import { Logger } from '@nestjs/common';
import { settleAgentTool, settleWorkflowTool, toolClaimed } from '@signalbox/contracts';
import { AppError, deriveId, newId } from '@signalbox/kernel';
import type { AggregateRef } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import { MissingCredential } from '../secrets/secret-reference.ts';
import {
  append,
  approvalOf,
  commandOf,
  context,
  done,
  gatewayOver,
  gatewayWith,
  policyDigest,
  redelivered,
  requestedCall,
  typesOf,
} from './gateway.fixture.spec.ts';

const interrupted = { status: 'interrupted', code: 'timeout', message: 'too slow' } as const;

async function withClaimOfTheDead(gateway: ReturnType<typeof gatewayWith>) {
  const invocation = await requestedCall(gateway.store, gateway.tool);
  const { repeatable } = gateway.tool;
  const claim = toolClaimed.of({ invocation, gateway: 'g0', epoch: 0, repeatable, policyDigest });
  await append(gateway.store, ['toolcall', invocation.callId], claim);
  return invocation;
}

beforeAll(() => Logger.overrideLogger(false));

describe('invoke-tool', () => {
  it('claims, runs, records and tells the caller', async () => {
    const { handler, store, bus, tool } = gatewayWith();
    const data = await requestedCall(store, tool);
    const outcome = await handler.handle(commandOf(data));
    expect(outcome).toEqual(done);
    const { callId, executionId } = data;
    const { events } = await store.read({ aggregate: 'toolcall', id: callId });
    expect(events).toMatchObject([
      { type: 'toolcall.claimed', data: { invocation: data, gateway: 'g1', policyDigest } },
      { type: 'toolcall.succeeded', data: { result: { done: true } } },
    ]);
    expect(bus.sentOf(settleAgentTool)).toEqual([{ callId, executionId, outcome }]);
    expect(bus.sent[0]?.id).toBe(deriveId(callId, 'settle'));
  });

  it('asks the leader once, for all at once, before it claims what is new', async () => {
    const { store, bus, tool, leases } = gatewayWith({ approvalRequired: true });
    const executionId = newId();
    const resource = 'checkout';
    const { token } = await leases.acquire(resource, executionId, context());
    const data = await requestedCall(store, tool, { executionId, lease: { resource, token } });
    const command = commandOf({ ...data, approvalId: await approvalOf(store, data) });
    const asked: string[] = [];
    const noted =
      <A extends readonly unknown[], R>(ask: (ref: AggregateRef, ...rest: A) => Promise<R>) =>
      async (ref: AggregateRef, ...rest: A): Promise<R> => {
        asked.push(ref.aggregate);
        // Who asks for one behind the other never gets an answer to the first.
        await eventually(() => asked.length >= 4);
        return ask(ref, ...rest);
      };
    store.read = noted(store.read.bind(store));
    store.last = noted(store.last.bind(store));
    expect(await gatewayOver(store, bus, tool).handler.handle(command)).toEqual(done);
    expect(asked.toSorted()).toEqual(['approval', 'control', 'execution', 'lease']);
  });

  it('tells the workflow when a workflow asked', async () => {
    const { handler, store, bus, tool } = gatewayWith();
    await handler.handle(commandOf(await requestedCall(store, tool, { replyTo: 'automation' })));
    expect(bus.sentOf(settleWorkflowTool)).toHaveLength(1);
    expect(bus.sentOf(settleAgentTool)).toHaveLength(0);
  });

  it.each([false, true])(
    'GTW-6: runs once when asked twice (repeatable: %s)',
    async (repeatable) => {
      let runs = 0;
      const run = async () => {
        runs++;
        return done;
      };
      const { handler, store, bus, tool } = gatewayWith({ run, repeatable });
      const command = commandOf(await requestedCall(store, tool));
      await handler.handle(command);
      const again = [command, redelivered(command.data)];
      for (const copy of again) expect(await handler.handle(copy)).toEqual(done);
      expect(runs).toBe(1);
      expect([bus.attempts.length, bus.sent.length]).toEqual([3, 1]);
    },
  );

  it('GTW-6: waits for the call that still runs when asked again meanwhile', async () => {
    let runs = 0;
    const run = async () => {
      runs++;
      await new Promise(setImmediate);
      return done;
    };
    const { handler, store, tool } = gatewayWith({ run });
    const command = commandOf(await requestedCall(store, tool));
    const both = await Promise.all([handler.handle(command), handler.handle(command)]);
    expect(both).toEqual([done, done]);
    expect(runs).toBe(1);
    expect(await typesOf(store, command.data.callId)).toHaveLength(2);
  });

  it('GTW-6: parks the claim of a gateway that died', async () => {
    const gateway = gatewayWith({ run: () => Promise.reject(new Error('the tool ran')) });
    const data = await withClaimOfTheDead(gateway);
    const outcome = await gateway.handler.handle(redelivered(data));
    expect(outcome.status).toBe('unknown');
    expect(gateway.bus.sentOf(settleAgentTool)).toMatchObject([{ outcome }]);
  });

  it('GTW-6: runs it again when that does no harm', async () => {
    const gateway = gatewayWith({ repeatable: true });
    const data = await withClaimOfTheDead(gateway);
    expect(await gateway.handler.handle(redelivered(data))).toEqual(done);
  });

  it.each([
    [true, false],
    [false, true],
  ])('GTW-6: parks it when it was claimed as repeatable: %s, and now is: %s', async (was, is) => {
    const { store, bus, tool, ...before } = gatewayWith({ repeatable: was });
    const data = await withClaimOfTheDead({ store, bus, tool, ...before });
    const now = { ...tool, repeatable: is, run: () => Promise.reject(new Error('the tool ran')) };
    const { handler } = gatewayOver(store, bus, now);
    expect(await handler.handle(redelivered(data))).toEqual({
      status: 'unknown',
      message: expect.stringContaining('nobody recorded'),
    });
  });

  it.each([
    ['parks', false, { status: 'unknown', message: 'timeout: too slow' }],
    [
      'fails',
      true,
      { status: 'failed', code: 'timeout', message: expect.stringMatching(/^too slow/) },
    ],
  ])('GTW-6: %s a call that was interrupted (repeatable: %s)', async (_, repeatable, expected) => {
    const { handler, store, tool } = gatewayWith({ repeatable, run: async () => interrupted });
    expect(await handler.handle(commandOf(await requestedCall(store, tool)))).toEqual(expected);
  });

  it('parks a call whose tool crashes', async () => {
    const { handler, store, tool } = gatewayWith({ run: () => Promise.reject(new Error('ouch')) });
    const outcome = await handler.handle(commandOf(await requestedCall(store, tool)));
    expect(outcome).toMatchObject({ status: 'unknown', message: expect.stringMatching(/ouch/) });
  });

  it.each([false, true])(
    'GTW-6: has done a call whose answer nests without end (repeatable: %s)',
    async (repeatable) => {
      const result = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000));
      const run = async () => ({ status: 'succeeded' as const, result });
      const { handler, store, tool } = gatewayWith({ repeatable, run });
      const outcome = await handler.handle(commandOf(await requestedCall(store, tool)));
      const notice = expect.stringMatching(/^output_too_deep: The tool ran and succeeded/);
      expect(outcome).toEqual({ status: 'succeeded', result: notice });
    },
  );

  it('CTL-1: does not start what a halt overtook, and stops what it can', async () => {
    const started = Promise.withResolvers<void>();
    const { handler, store, running, tool } = gatewayWith({
      run: (_, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ ...interrupted, code: 'cancelled' }));
          started.resolve();
        }),
    });
    const early = handler.handle(commandOf(await requestedCall(store, tool)));
    running.abortAll('halted');
    expect(await early).toMatchObject({ status: 'refused', clause: 'halted' });

    const late = handler.handle(commandOf(await requestedCall(store, tool)));
    await started.promise;
    running.abortAll('halted');
    expect(await late).toMatchObject({ status: 'unknown', message: 'cancelled: too slow' });
  });

  it('leaves a call alone that was parked while this gateway was frozen', async () => {
    const { store, bus, tool } = gatewayWith();
    const frozen = Promise.withResolvers<void>();
    const awake = Promise.withResolvers<void>();
    const run = async () => {
      frozen.resolve();
      await awake.promise;
      return done;
    };
    const command = commandOf(await requestedCall(store, tool));
    const first = gatewayOver(store, bus, { ...tool, run }).handler.handle(command);
    await frozen.promise;
    const second = await gatewayOver(store, bus, tool).handler.handle(redelivered(command.data));
    awake.resolve();
    expect(second.status).toBe('unknown');
    expect(await first).toEqual(second);
    expect(await typesOf(store, command.data.callId)).toEqual([
      'toolcall.claimed',
      'toolcall.unknown',
    ]);
  });

  it('GTW-6, CTL-1: does not start a tool when it was frozen since its checks', async () => {
    let runs = 0;
    const run = async () => {
      runs++;
      return done;
    };
    const { store, bus, tool } = gatewayWith({ run });
    const command = commandOf(await requestedCall(store, tool));
    const appendForReal = store.append.bind(store);
    const asleep = Promise.withResolvers<void>();
    const awake = Promise.withResolvers<void>();
    store.append = async (...given) => {
      const history = await appendForReal(...given);
      asleep.resolve();
      await awake.promise;
      return history;
    };
    const first = gatewayOver(store, bus, tool).handler.handle(command);
    await asleep.promise;
    store.append = appendForReal;
    const second = await gatewayOver(store, bus, tool).handler.handle(redelivered(command.data));
    const woken = performance.now() + 60_000;
    const now = performance.now;
    performance.now = () => woken;
    awake.resolve();
    expect(second.status).toBe('unknown');
    const outcome = await first.finally(() => (performance.now = now));
    expect(outcome).toEqual(second);
    expect(runs).toBe(0);
  });

  it('GTW-6: leaves a call alone that another gateway has claimed, until it is delivered again', async () => {
    const gateway = gatewayWith({ repeatable: true });
    const data = await withClaimOfTheDead(gateway);
    await expect(gateway.handler.handle(commandOf(data))).rejects.toMatchObject({
      code: 'claimed_elsewhere',
      kind: 'unavailable',
    });
    expect(await typesOf(gateway.store, data.callId)).toEqual(['toolcall.claimed']);
    expect(await gateway.handler.handle(redelivered(data))).toEqual(done);
  });

  it('leaves a call to the gateway that claims it first', async () => {
    const { store, bus, tool } = gatewayWith();
    const command = commandOf(await requestedCall(store, tool));
    const both = await Promise.allSettled(
      [1, 2].map(() => gatewayOver(store, bus, tool).handler.handle(command)),
    );
    const [lost] = both.flatMap((one) =>
      one.status === 'rejected' ? [one.reason as unknown] : [],
    );
    expect(lost).toMatchObject({ kind: 'unavailable' });
    expect(await typesOf(store, command.data.callId)).toEqual([
      'toolcall.claimed',
      'toolcall.succeeded',
    ]);
  });

  it('waits for a store that is away when the outcome must be recorded', async () => {
    const { store, tool, bus } = gatewayWith();
    const appendForReal = store.append.bind(store);
    let timesAway = 1;
    store.append = async (ref, head, events, ofEvents) => {
      if (events[0]?.type === 'toolcall.succeeded' && timesAway > 0) {
        timesAway--;
        throw new AppError({ code: 'away', kind: 'unavailable', message: 'away' });
      }
      return appendForReal(ref, head, events, ofEvents);
    };
    const outcome = await gatewayOver(store, bus, tool).handler.handle(
      commandOf(await requestedCall(store, tool)),
    );
    expect(outcome).toEqual(done);
    expect(timesAway).toBe(0);
  });

  it('does not take an effect key for two calls', async () => {
    const { handler, store, tool } = gatewayWith();
    const data = await requestedCall(store, tool);
    await handler.handle(commandOf(data));
    const other = { ...data, arguments: { target: 'payments' } };
    for (const command of [commandOf(other), redelivered(other)]) {
      await expect(handler.handle(command)).rejects.toMatchObject({
        code: 'call_id_reused',
        kind: 'invalid',
      });
    }
  });

  it.each([
    ['a result', { status: 'succeeded', result: { a: ['Bearer the-token-itself'] } }],
    ['a failure', { status: 'failed', code: 'x', message: 'no: Bearer the-token-itself' }],
    ['what is parked', { status: 'interrupted', code: 'x', message: 'Bearer the-token-itself' }],
  ] as const)('GTW-8: leaves no secret in %s, told or recorded', async (_, result) => {
    const { handler, store, tool, redactor } = gatewayWith({ run: async () => result });
    redactor.register('the-token-itself');
    const data = await requestedCall(store, tool);
    const outcome = await handler.handle(commandOf(data));
    const { events } = await store.read({ aggregate: 'toolcall', id: data.callId });
    const said = JSON.stringify([outcome, events]);
    expect(said).not.toContain('the-token-itself');
    expect(JSON.stringify(outcome)).toContain('Bearer [redacted]');
  });

  it.each([true, false])(
    'GTW-8: leaves no secret in a code (repeatable: %s)',
    async (repeatable) => {
      const run = async () =>
        ({ status: 'interrupted', code: 'the-token-itself', message: 'x' }) as const;
      const { handler, store, tool, redactor } = gatewayWith({ repeatable, run });
      redactor.register('the-token-itself');
      const command = commandOf(await requestedCall(store, tool));
      await handler.handle(command);
      const { events } = await store.read({ aggregate: 'toolcall', id: command.data.callId });
      expect(JSON.stringify(events)).toContain('[redacted]');
      expect(JSON.stringify(events)).not.toContain('the-token-itself');
    },
  );

  it('GTW-8: leaves no secret in a refusal', async () => {
    const objectionTo = () => 'not with the-token-itself';
    const { handler, store, tool, redactor } = gatewayWith({ objectionTo });
    redactor.register('the-token-itself');
    expect(await handler.handle(commandOf(await requestedCall(store, tool)))).toMatchObject({
      status: 'refused',
      message: 'not with [redacted]',
    });
  });

  it('GTW-8: a credential that is not there is a failure, nothing to be parked', async () => {
    const run = () => Promise.reject(new MissingCredential('The credential env:A is not there.'));
    const { handler, store, tool } = gatewayWith({ run });
    expect(await handler.handle(commandOf(await requestedCall(store, tool)))).toEqual({
      status: 'failed',
      code: 'missing_credential',
      message: expect.stringMatching(/^The credential env:A is not there\. Nothing was done\./),
    });
  });
});
