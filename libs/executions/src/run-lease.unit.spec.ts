import {
  cancelAgent,
  continueAgent,
  settleAgentTool,
  settleLease,
  startAgent,
  type ToolOutcome,
} from '@signalbox/contracts';
import { newId, type DataOf } from '@signalbox/kernel';
import { specContext } from '@signalbox/testing';
import { Leases } from './lease/leases.ts';
import { LEASE_MS } from './lease/lease.decider.ts';
import {
  crash,
  invocationsOf,
  offerOf,
  Platform,
  planOf,
  type Script,
} from './platform.fixture.spec.ts';

const resource = 'checkout';
const OTHER = newId();
const MINUTE_MS = 60_000;
const plan = (agent: string) => planOf(agent, { resource });
/** Uses the tools one after the other, then ends. */
const uses =
  (...tools: readonly string[]): Script =>
  (_, step) => {
    const tool = tools[step - 1];
    return tool ? { uses: [{ tool, arguments: {} }] } : { text: 'all is well' };
  };

let platform: Platform;
let leases: Leases;
beforeEach(() => {
  platform = new Platform();
  platform.script = uses('mend');
  leases = new Leases(platform.store, platform.clock);
});

/** The lease as somebody else holds it. */
const hold = (id: string) => leases.acquire(resource, id, specContext);
const holder = async () => {
  const { events } = await platform.store.read({ aggregate: 'lease', id: resource });
  return events.at(-1);
};
/** Begins a run, and takes it up to what it waits for. */
const begun = async (agent: string) => {
  const id = await platform.begin(plan(agent));
  await platform.deliver(platform.queue.length - 1);
  return id;
};

it('AGT-4: a run asks for its resource before its first tool call that acts, and gives it up', async () => {
  const id = await platform.begin(plan('a'));
  await platform.drain();
  expect((await platform.types(id)).slice(0, 6)).toEqual([
    'started',
    'activated',
    'model_call_requested',
    'model_answered',
    'lease_observed',
    'tool_requested',
  ]);
  const observed = (await platform.journal(id)).find((e) => e.type === 'execution.lease_observed');
  const token = observed?.data.token;
  expect(invocationsOf(platform)).toMatchObject([{ lease: { resource, token } }]);
  const [granted] = (await platform.store.read({ aggregate: 'lease', id: resource })).events;
  expect(granted?.record.sequence).toBe(token);
  expect(await holder()).toMatchObject({ type: 'lease.released', data: { executionId: id } });
});

it('AGT-4: a run without a tool call asks for nothing', async () => {
  platform.script = uses();
  await platform.begin(plan('a'));
  await platform.drain();
  expect(await holder()).toBeUndefined();
});

it('AGT-4: a run looks around while another one acts, and waits before it acts itself', async () => {
  const first = await begun('a');
  platform.script = uses('look', 'look', 'mend');
  const acting = platform.queue.splice(0);
  const second = await platform.begin(plan('b'));
  await platform.drain();
  expect((await platform.last(second))?.data).toEqual({ resource, heldBy: first });
  const looks = invocationsOf(platform).filter(({ executionId }) => executionId === second);
  expect(looks.map(({ tool, lease }) => [tool, lease])).toEqual([
    ['look', undefined],
    ['look', undefined],
  ]);
  platform.queue.push(...acting);
  await platform.drain();
  expect((await platform.types(second)).at(-1)).toBe('completed');
});

it("AGT-4: a run whose lease has become another run's may still look around", async () => {
  platform.script = uses('mend', 'look');
  const id = await begun('a');
  platform.clock.pass(LEASE_MS + MINUTE_MS);
  await hold(OTHER);
  await platform.drain();
  expect(invocationsOf(platform).map(({ tool, lease }) => [tool, lease !== undefined])).toEqual([
    ['mend', true],
    ['look', false],
  ]);
  expect((await platform.types(id)).at(-1)).toBe('completed');
});

it('AGT-4: of two runs the second waits without a worker until the first has ended', async () => {
  const first = await begun('a');
  const second = await begun('b');
  expect((await platform.types(second)).at(-1)).toBe('lease_awaited');
  expect((await platform.last(second))?.data).toEqual({ resource, heldBy: first });
  expect(invocationsOf(platform)).toHaveLength(1);
  await platform.drain();
  expect((await platform.types(first)).at(-1)).toBe('completed');
  expect((await platform.types(second)).at(-1)).toBe('completed');
  const tokens = invocationsOf(platform).map(({ lease }) => lease?.token ?? 0);
  expect(tokens[1]).toBeGreaterThan(tokens[0] ?? 0);
});

it('AGT-4: whoever waits looks again when the time of the holder is up', async () => {
  await hold(OTHER);
  const id = await begun('a');
  expect(platform.timers.scheduled.map(({ at }) => at.getTime())).toEqual([
    platform.clock.time.getTime() + LEASE_MS,
  ]);
  platform.queue.length = 0;
  platform.fire();
  await platform.drain();
  expect((await platform.types(id)).at(-1)).toBe('completed');
});

/** Lets something happen right before the first append of this type. */
function before(type: string, happens: () => Promise<unknown>): void {
  const append = platform.store.append.bind(platform.store);
  platform.store.append = async (ref, head, events, context) => {
    if (events.some((event) => event.type === type)) {
      platform.store.append = append;
      await happens();
    }
    return append(ref, head, events, context);
  };
}

it('AGT-4: a grant between the question and the wait is not missed', async () => {
  await hold(OTHER);
  const id = await platform.begin(plan('a'));
  before('execution.lease_awaited', () => leases.release(resource, OTHER, specContext));
  await platform.deliver();
  const types = await platform.types(id);
  expect(types.slice(-3)).toEqual(['lease_awaited', 'lease_observed', 'tool_requested']);
});

it('AGT-4: a run that ended while its process asked for the lease does not keep it', async () => {
  const id = await platform.begin(plan('a'));
  before('lease.granted', async () => {
    platform.tell(cancelAgent.of({ executionId: id, reason: 'no more' }));
    await platform.deliver();
  });
  await platform.deliver();
  expect((await platform.types(id)).at(-1)).toBe('failed');
  expect(await holder()).toMatchObject({ type: 'lease.released', data: { executionId: id } });
});

it('AGT-4: a step renews what is held for less than half of its time', async () => {
  platform.script = uses('restart', 'mend');
  const id = await begun('a');
  platform.clock.pass(LEASE_MS / 2 + MINUTE_MS);
  await platform.drain();
  const observed = (await platform.journal(id)).filter(
    (event) => event.type === 'execution.lease_observed',
  );
  expect(observed.map(({ data }) => data.token)).toEqual(
    Array.from({ length: 2 }, () => observed[0]?.data.token),
  );
  expect(observed[1]?.data.until).toBe('2026-11-21T10:16:00.000Z');
});

it('AGT-4: a lease that the gateway refuses is forgotten, and asked for anew', async () => {
  platform.script = uses('restart', 'mend');
  const stale: ToolOutcome = { status: 'refused', clause: 'lease_stale', message: 'no' };
  platform.outcomeOf = ({ tool }) =>
    tool === 'restart' ? stale : { status: 'succeeded', result: null };
  const id = await platform.begin(plan('a'));
  await platform.drain();
  const types = await platform.types(id);
  expect(types.filter((type) => type === 'lease_observed')).toHaveLength(2);
  expect(types.at(-1)).toBe('completed');
});

it('AGT-4: whose time is up while it waits asks anew before its next tool call', async () => {
  platform.script = uses('restart', 'mend');
  await begun('a');
  platform.clock.pass(LEASE_MS + MINUTE_MS);
  await hold(OTHER);
  await platform.drain();
  const waiting = invocationsOf(platform);
  expect(waiting).toHaveLength(1);
  await leases.release(resource, OTHER, specContext);
  await platform.settle();
  const tokens = invocationsOf(platform).map(({ lease }) => lease?.token ?? 0);
  expect(tokens).toHaveLength(2);
  expect(tokens[1]).toBeGreaterThan(tokens[0] ?? 0);
});

it('AGT-4: a process that dies right after it was told of the lease loses nobody', async () => {
  await begun('a');
  const second = await begun('b');
  let crashes = 1;
  platform.fault = (what) => {
    const stored = platform.store.log.storedOf({ aggregate: 'execution', id: second });
    const isTold = stored.at(-1)?.type === 'execution.lease_observed';
    if (what === 'after append' && isTold && crashes-- > 0) throw crash();
  };
  await platform.drain();
  expect(crashes).toBe(0);
  expect((await platform.types(second)).at(-1)).toBe('completed');
});

it('AGT-4: a run that is cancelled while it waits leaves the line', async () => {
  const first = await begun('a');
  const second = await begun('b');
  const third = await begun('c');
  platform.tell(cancelAgent.of({ executionId: second, reason: 'no more' }));
  await platform.drain();
  for (const id of [first, third]) {
    expect((await platform.types(id)).at(-1)).toBe('completed');
  }
  expect((await platform.types(second)).at(-1)).toBe('failed');
  expect(await holder()).toMatchObject({ type: 'lease.released', data: { executionId: third } });
});

it('AGT-4: a run that has ended passes on what it is told it holds', async () => {
  platform.script = uses();
  const id = await platform.begin(plan('a'));
  await platform.drain();
  const { resource: held, token, until } = await hold(id);
  platform.tell(settleLease.of({ executionId: id, resource: held, token, until }));
  await platform.drain();
  expect(await holder()).toMatchObject({ type: 'lease.released', data: { executionId: id } });
});

it('AGT-4: a sub-agent on the same resource does not wait for the run that uses it', async () => {
  platform.plans.set('helper', plan('helper'));
  platform.script = ({ plan: own }, step) => {
    const isHelper = own.kind === 'agent' && own.agent === 'helper';
    const tool = (isHelper ? ['mend'] : ['restart', 'agent__helper', 'mend'])[step - 1];
    return tool ? { uses: [{ tool, arguments: {} }] } : { text: 'all is well' };
  };
  const id = await platform.begin(planOf('lead', { resource, agents: [offerOf('helper')] }));
  await platform.drain();
  expect((await platform.types(id)).at(-1)).toBe('completed');
  const [child] = platform.sentOf<DataOf<typeof startAgent>>(startAgent);
  const [a, b, c] = invocationsOf(platform);
  expect([a, b, c].map((call) => call?.executionId)).toEqual([id, child?.executionId, id]);
  expect(new Set([a, b, c].map((call) => call?.lease?.token)).size).toBe(3);
});

describe('AGT-4: a run that ends while a call of its own is under way', () => {
  const succeeded: ToolOutcome = { status: 'succeeded', result: 'ok' };
  const unknown: ToolOutcome = { status: 'unknown', message: 'nobody knows' };
  const cancel = async (executionId: string) => {
    platform.tell(cancelAgent.of({ executionId, reason: 'no more' }));
    await platform.deliver(platform.queue.length - 1);
  };
  /** The effect goes on; its outcome comes when the call is put back. */
  const underWay = async () => {
    const first = await begun('a');
    const call = platform.queue.splice(0);
    const second = await begun('b');
    return { first, second, call };
  };
  const lastOf = async (id: string) => (await platform.types(id)).at(-1);

  it('holds its resource until the outcome of the call has come', async () => {
    const { first, second, call } = await underWay();
    await cancel(first);
    expect([await lastOf(first), await lastOf(second)]).toEqual(['failed', 'lease_awaited']);
    const { resource: held, token, until } = await hold(first);
    platform.tell(settleLease.of({ executionId: first, resource: held, token, until }));
    await platform.drain();
    expect(await lastOf(second)).toBe('lease_awaited');

    platform.queue.push(...call);
    await platform.drain();
    expect(await lastOf(second)).toBe('completed');
    expect((await platform.types(first)).filter((type) => type === 'tool_settled')).toEqual([]);
  });

  it('and by its deadline, no less', async () => {
    const first = await platform.begin(planOf('a', { resource, deadlineMs: MINUTE_MS }));
    await platform.deliver();
    const call = platform.queue.splice(0);
    platform.clock.pass(MINUTE_MS);
    platform.tell(continueAgent.of({ executionId: first }));
    await platform.drain();
    expect(await platform.last(first)).toMatchObject({ data: { reason: 'deadline' } });
    expect(await holder()).toMatchObject({ type: 'lease.granted', data: { executionId: first } });
    platform.queue.push(...call);
    await platform.drain();
    expect(await holder()).toMatchObject({ type: 'lease.released', data: { executionId: first } });
  });

  it('or until its time is up, when no outcome comes', async () => {
    const { first, second } = await underWay();
    await cancel(first);
    await platform.drain();
    expect(await lastOf(second)).toBe('lease_awaited');
    const asked = platform.clock.time.getTime();
    await platform.settle();
    expect(await lastOf(second)).toBe('completed');
    expect(platform.clock.time.getTime()).toBe(asked + LEASE_MS);
  });

  it.each([
    ['the run has ended', true],
    ['the run ends by that', false],
  ])('or until its time is up, when nobody knows the outcome and %s', async (_, isCancelled) => {
    const { first, second, call } = await underWay();
    if (isCancelled) await cancel(first);
    platform.outcomeOf = ({ executionId }) => (executionId === first ? unknown : succeeded);
    platform.queue.push(...call);
    await platform.drain();
    const reason = isCancelled ? 'cancelled' : 'outcome_unknown';
    expect(await platform.last(first)).toMatchObject({ data: { reason } });
    expect(await lastOf(second)).toBe('lease_awaited');
    await platform.settle();
    expect(await lastOf(second)).toBe('completed');
  });

  it.each([
    ['the run failed by that', false],
    ['the run was cancelled meanwhile', true],
  ])('or until a person knows it, when %s', async (_, isCancelled) => {
    const { first, second, call } = await underWay();
    if (isCancelled) await cancel(first);
    platform.outcomeOf = ({ executionId }) => (executionId === first ? unknown : succeeded);
    platform.queue.push(...call);
    await platform.drain();
    const [callId = ''] = invocationsOf(platform).map((invocation) => invocation.callId);
    const tell = async (of: string, outcome: ToolOutcome) => {
      platform.tell(settleAgentTool.of({ executionId: first, callId: of, outcome }));
      await platform.drain();
    };
    await tell(callId, unknown);
    await tell(newId(), succeeded);
    expect(await lastOf(second)).toBe('lease_awaited');
    await tell(callId, { status: 'failed', code: 'not_done', message: 'I looked' });
    expect(await lastOf(second)).toBe('completed');
  });

  it('holds nothing for a call that only looks', async () => {
    platform.script = uses('mend', 'look');
    const first = await begun('a');
    await platform.deliver();
    await platform.deliver();
    platform.queue.length = 0;
    expect(invocationsOf(platform).map(({ tool }) => tool)).toEqual(['mend', 'look']);
    await cancel(first);
    expect(await holder()).toMatchObject({ type: 'lease.released', data: { executionId: first } });
  });

  it('gives up what it was granted later than the lease of that call', async () => {
    const id = await begun('a');
    platform.queue.length = 0;
    await cancel(id);
    platform.clock.pass(LEASE_MS);
    const { resource: held, token, until } = await hold(id);
    platform.tell(settleLease.of({ executionId: id, resource: held, token, until }));
    await platform.drain();
    expect(await holder()).toMatchObject({ type: 'lease.released', data: { executionId: id } });
  });
});
