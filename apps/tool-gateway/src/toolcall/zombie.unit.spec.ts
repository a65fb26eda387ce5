import {
  executionFailed,
  settleAgentTool,
  toolClaimed,
  toolSettled,
  type ToolInvocation,
} from '@signalbox/contracts';
import { Leases } from '@signalbox/executions';
import { Clock, newId } from '@signalbox/kernel';
import {
  append,
  commandOf,
  context,
  done,
  gatewayOver,
  gatewayWith,
  invocationOf,
  policyDigest,
  redelivered,
  request,
  requestedCall,
  typesOf,
  type ToolUnderTest,
} from './gateway.fixture.spec.ts';

/** So late that every lease of before has run out. */
class LateClock extends Clock {
  now(): Date {
    return new Date(Date.now() + 3_600_000);
  }
}

const resource = 'checkout';

function begin(given: ToolUnderTest = {}) {
  let runs = 0;
  const run = async () => {
    runs++;
    return done;
  };
  const gateway = gatewayWith({ ...given, run });
  const { store, bus, leases } = gateway;
  const acquire = (by: Leases, executionId: string) => by.acquire(resource, executionId, context());
  return {
    ...gateway,
    runs: () => runs,
    /** A call of a run that holds the resource. */
    async leased() {
      const executionId = newId();
      const { token } = await acquire(leases, executionId);
      return requestedCall(store, gateway.tool, { executionId, lease: { resource, token } });
    },
    /** The time of the holder is up, and another run holds the resource. */
    moveOn: (executionId = newId()) => acquire(new Leases(store, new LateClock()), executionId),
    end: ({ executionId }: ToolInvocation) =>
      append(
        store,
        ['execution', executionId],
        executionFailed.of({ reason: 'cancelled', detail: 'enough' }),
      ),
    /** By a replica that has heard nothing of the call before. */
    send: (data: ToolInvocation) =>
      gatewayOver(store, bus, gateway.tool).handler.handle(commandOf(data)),
    /** And nobody has settled it yet. */
    sendAgain: (data: ToolInvocation) =>
      gatewayOver(store, bus, gateway.tool).handler.handle(redelivered(data)),
  };
}

describe('AGT-2: a runner that was frozen sends its tool call late', () => {
  const moved = { status: 'refused', clause: 'run_moved_on' };

  it('and its run was ended meanwhile', async () => {
    const { store, bus, tool, send, end, runs } = begin();
    const data = await requestedCall(store, tool);
    await end(data);
    const outcome = await send(data);
    expect(outcome).toMatchObject(moved);
    expect(runs()).toBe(0);
    expect(await typesOf(store, data.callId)).toEqual(['toolcall.refused']);
    expect(bus.sentOf(settleAgentTool)).toMatchObject([{ callId: data.callId, outcome }]);
  });

  it('and its run waits for another call by now', async () => {
    const { store, tool, send, runs } = begin();
    const data = await requestedCall(store, tool);
    const outcome = { status: 'failed', code: 'x', message: 'x' } as const;
    const settled = toolSettled.of({ step: 1, callId: data.callId, outcome });
    await append(store, ['execution', data.executionId], settled);
    expect(await send(data)).toMatchObject(moved);
    await request(store, { ...data, callId: newId() });
    expect(await send({ ...data, callId: newId() })).toMatchObject(moved);
    expect(runs()).toBe(0);
  });

  it('and nobody has heard of its run', async () => {
    const { tool, send, runs } = begin();
    expect(await send(invocationOf(tool))).toMatchObject(moved);
    expect(runs()).toBe(0);
  });
});

describe('AGT-4: a run acts on a resource', () => {
  const stale = { status: 'refused', clause: 'lease_stale' };

  it('while it holds the lease', async () => {
    const { leased, send, runs } = begin();
    expect(await send(await leased())).toEqual(done);
    expect(runs()).toBe(1);
  });

  it('under its newest token, when it was late and had to acquire anew', async () => {
    const { store, leased, send, moveOn } = begin();
    const data = await leased();
    const { token } = await moveOn(data.executionId);
    expect(await send(data)).toMatchObject(stale);
    const next = { ...data, callId: newId(), lease: { resource, token } };
    await request(store, next);
    expect(await send(next)).toEqual(done);
  });

  it('no more, once another run holds it: a zombie changes nothing', async () => {
    const { store, bus, leased, send, moveOn, runs } = begin();
    const data = await leased();
    await moveOn();
    const outcome = await send(data);
    expect(outcome).toMatchObject(stale);
    expect(runs()).toBe(0);
    expect(await typesOf(store, data.callId)).toEqual(['toolcall.refused']);
    expect(bus.sentOf(settleAgentTool)).toMatchObject([{ callId: data.callId, outcome }]);
  });

  it('not under the lease of another run', async () => {
    const { store, tool, leased, send } = begin();
    const { lease } = await leased();
    if (!lease) throw new Error('no lease');
    const thief = await requestedCall(store, tool, { lease });
    expect(await send(thief)).toMatchObject(stale);
  });

  it('which is not looked at when the run shows no lease', async () => {
    const { store, tool, leased, send, moveOn } = begin();
    await leased();
    await moveOn();
    expect(await send(await requestedCall(store, tool))).toEqual(done);
  });
});

describe('GTW-6: a call that was claimed before is its gateways’ to finish', () => {
  it('is answered from the log when the run has gone on since', async () => {
    const { leased, send, sendAgain, moveOn, end, runs } = begin();
    const data = await leased();
    expect(await send(data)).toEqual(done);
    await end(data);
    await moveOn();
    expect(await send(data)).toEqual(done);
    expect(await sendAgain(data)).toEqual(done);
    expect(runs()).toBe(1);
  });

  it.each([
    [true, 1, 'succeeded'],
    [false, 0, 'unknown'],
  ])('repeatable: %s: is run %i times more, and %s', async (repeatable, times, status) => {
    const { store, leased, sendAgain, moveOn, end, runs } = begin({ repeatable });
    const invocation = await leased();
    const claim = { invocation, gateway: 'g0', epoch: 0, repeatable, policyDigest };
    await append(store, ['toolcall', invocation.callId], toolClaimed.of(claim));
    await end(invocation);
    await moveOn();
    expect(await sendAgain(invocation)).toMatchObject({ status });
    expect(runs()).toBe(times);
  });
});
