import {
  cancelAgent,
  continueAgent,
  requestApproval,
  settleAgentApproval,
  startAgent,
  type ToolOutcome,
  withdrawApproval,
} from '@signalbox/contracts';
import { AppError, newId } from '@signalbox/kernel';
import { invocationsOf, offerOf, Platform, planOf, type Said } from './platform.fixture.spec.ts';
import { childIdOf } from './sub-agents.ts';

const MINUTE_MS = 60_000;
const look: Said = { uses: [{ tool: 'look', arguments: {} }] };
const delegate: Said = { uses: [{ tool: 'agent__helper', arguments: { objective: 'find out' } }] };
const cancel = (executionId: string) => cancelAgent.of({ executionId, reason: 'the wrong one' });
const cancelled = { reason: 'cancelled', detail: 'the wrong one' };

/** Answers nothing until it is aborted. */
const silent = (_run: unknown, _step: number, signal: AbortSignal): Promise<Said> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  });

let platform: Platform;
beforeEach(() => {
  platform = new Platform();
});

describe('AGT-3: cancel', () => {
  it('ends a run that waits, by the word of who asked for it', async () => {
    platform.script = () => look;
    platform.outcomeOf = () => {
      throw new AppError({ code: 'slow', kind: 'unavailable', message: 'still at it' });
    };
    const id = await platform.begin(planOf('a'));
    await platform.deliver();
    platform.queue.length = 0;
    platform.tell(cancel(id));
    await platform.drain();
    const last = await platform.last(id);
    expect(last).toMatchObject({ type: 'execution.failed', data: cancelled });
    expect(last?.record.actor).toBe('person:ann');
  });

  it('gives up the model call under way in this process, and records no more', async () => {
    platform.script = silent;
    platform.process = platform.newProcess();
    const id = await platform.begin(planOf('a'));
    const asking = platform.deliver();
    await new Promise(setImmediate);
    platform.tell(cancel(id));
    await platform.deliver();
    await asking;
    const types = ['started', 'activated', 'model_call_requested', 'failed'];
    expect(await platform.types(id)).toEqual(types);
    expect(platform.queue).toEqual([]);
  });

  it('gives up the model call under way in another process', async () => {
    platform.script = silent;
    const id = await platform.begin(planOf('a'));
    platform.listening.push((platform.process = platform.newProcess()));
    const asking = platform.deliver();
    await new Promise(setImmediate);
    platform.process = platform.newProcess();
    platform.tell(cancel(id));
    await platform.deliver();
    await asking;
    const types = ['started', 'activated', 'model_call_requested', 'failed'];
    expect(await platform.types(id)).toEqual(types);
    expect(platform.queue).toEqual([]);
  });

  it('gives up nothing of a run that goes on, whatever it hears', async () => {
    const { promise, resolve } = Promise.withResolvers<Said>();
    let aborted = false;
    platform.script = (_run, _step, signal) => {
      signal.addEventListener('abort', () => (aborted = true));
      return promise;
    };
    const process = (platform.process = platform.newProcess());
    const id = await platform.begin(planOf('a'));
    const asking = platform.deliver();
    await new Promise(setImmediate);
    await process.giveUp(id);
    expect(aborted).toBe(false);
    resolve({ text: 'done' });
    await asking;
    expect((await platform.types(id)).at(-1)).toBe('completed');
  });

  it('APR-1: withdraws what a person was asked, once, and so does the deadline', async () => {
    platform.script = () => look;
    const tools = planOf('a').tools.map((tool) => ({ ...tool, approvalRequired: true }));
    const waiting = await platform.begin(planOf('a', { tools }));
    const late = await platform.begin(planOf('b', { tools, deadlineMs: MINUTE_MS }));
    await platform.drain();
    platform.tell(cancel(waiting));
    platform.tell(cancel(waiting));
    await platform.settle();
    const asked = platform.sentOf<{ approvalId: string }>(requestApproval);
    expect(asked).toHaveLength(2);
    expect(platform.sentOf(withdrawApproval)).toEqual([
      {
        approvalId: asked[0]?.approvalId,
        reason: 'The run has ended, cancelled: the wrong one',
      },
      {
        approvalId: asked[1]?.approvalId,
        reason: expect.stringMatching(/^The run has ended, deadline: /),
      },
    ]);
    expect((await platform.last(late))?.data).toMatchObject({ reason: 'deadline' });
  });

  it('withdraws nothing that was answered', async () => {
    platform.script = () => look;
    const tools = planOf('a').tools.map((tool) => ({ ...tool, approvalRequired: true }));
    const executionId = await platform.begin(planOf('a', { tools }));
    await platform.drain();
    const [asked] = platform.sentOf<{ approvalId: string }>(requestApproval);
    const approvalId = asked?.approvalId ?? '';
    platform.tell(settleAgentApproval.of({ executionId, approvalId, outcome: 'rejected' }));
    platform.tell(cancel(executionId));
    await platform.drain();
    expect((await platform.types(executionId)).at(-1)).toBe('rejected');
    expect(platform.sentOf(withdrawApproval)).toEqual([]);
  });

  it('leaves a run alone that has ended', async () => {
    const id = await platform.begin(planOf('a'));
    await platform.drain();
    platform.tell(cancel(id));
    await platform.drain();
    expect((await platform.types(id)).at(-1)).toBe('completed');
  });

  it('of a run that never began is missing', async () => {
    platform.tell(cancel(newId()));
    await platform.drain();
    expect(platform.deadLetters).toMatchObject([{ code: 'execution_not_found', kind: 'missing' }]);
  });
});

describe('AGT-3: the deadline', () => {
  const plan = planOf('a', { deadlineMs: 10 * MINUTE_MS });

  it('ends a run that waits for a tool, without anybody asking', async () => {
    platform.script = () => look;
    const id = await platform.begin(plan);
    await platform.deliver();
    platform.queue.length = 0;
    expect(platform.timers.scheduled.map(({ at }) => at.toISOString())).toEqual([
      '2026-11-21T10:10:00.000Z',
    ]);
    platform.fire();
    await platform.drain();
    expect(await platform.last(id)).toMatchObject({
      type: 'execution.failed',
      data: {
        reason: 'deadline',
        detail: 'The run had not ended by its deadline, 2026-11-21T10:10:00.000Z.',
      },
    });
  });

  it('has come when its timer has fired, though the clock here is a little behind', async () => {
    platform.script = () => look;
    const id = await platform.begin(plan);
    await platform.deliver();
    platform.queue.length = 0;
    platform.clock.pass(10 * MINUTE_MS - 4_000);
    platform.fire(true);
    await platform.drain();
    expect(await platform.last(id)).toMatchObject({ data: { reason: 'deadline' } });
  });

  it('is looked at before each step, also where its timer is late', async () => {
    platform.script = () => look;
    const id = await platform.begin(plan);
    await platform.deliver();
    platform.clock.pass(11 * MINUTE_MS);
    await platform.drain();
    expect((await platform.types(id)).slice(-3)).toEqual(['tool_settled', 'activated', 'failed']);
    expect(invocationsOf(platform)).toHaveLength(1);
  });

  it('ends the model call under way', async () => {
    const short = planOf('a', { deadlineMs: 20 });
    platform.script = async (...asked) => {
      platform.clock.pass(30);
      return silent(...asked);
    };
    const id = await platform.begin(short);
    await platform.drain();
    expect(await platform.last(id)).toMatchObject({ data: { reason: 'deadline' } });
  });

  it('is scheduled once more when the process died before it was', async () => {
    platform.script = () => look;
    let appends = 0;
    platform.fault = (what) => {
      if (what === 'after append' && ++appends === 1) {
        throw new AppError({ code: 'crashed', kind: 'unavailable', message: '' });
      }
    };
    const id = await platform.begin(plan);
    await platform.deliver();
    expect([await platform.types(id), platform.timers.scheduled]).toEqual([['started'], []]);
    await platform.deliver();
    expect(platform.timers.scheduled).toHaveLength(1);
  });

  it('a wake-up in vain sends nothing again: not for a tool, nor after the end', async () => {
    platform.script = () => look;
    const id = await platform.begin(plan);
    await platform.deliver();
    const { length } = platform.everSent;
    platform.tell(continueAgent.of({ executionId: id }));
    await platform.deliver(1);
    expect(platform.everSent).toHaveLength(length);
    platform.queue.length = 0;
    platform.tell(cancel(id));
    await platform.drain();
    const types = await platform.types(id);
    platform.fire();
    await platform.drain();
    expect([await platform.types(id), platform.everSent.length]).toEqual([types, length]);
  });

  it('a wake-up in vain disturbs nobody who is at work', async () => {
    platform.script = silent;
    const id = await platform.begin(plan);
    void platform.deliver();
    await new Promise(setImmediate);
    const before = await platform.types(id);
    platform.tell(continueAgent.of({ executionId: id }));
    await platform.deliver();
    expect(before.at(-1)).toBe('model_call_requested');
    expect(await platform.types(id)).toEqual(before);
  });
});

describe('AGT-5: a model that is away', () => {
  const away = (retryAfterMs?: number) =>
    Object.assign(
      new AppError({ code: 'model_unavailable', kind: 'unavailable', message: '503' }),
      {
        retryAfterMs,
      },
    );

  it('is asked again by a timer: no command is held, no worker waits', async () => {
    let calls = 0;
    platform.script = () => {
      if (calls++ < 2) throw away();
      return { text: 'all is well' };
    };
    const id = await platform.begin(planOf('a'));
    await platform.drain();
    expect(await platform.last(id)).toMatchObject({
      type: 'execution.model_failed',
      data: {
        attempt: 1,
        code: 'model_unavailable',
        reason: '503',
        retryAt: '2026-11-21T10:00:00.500Z',
      },
    });
    expect(calls).toBe(1);
    await platform.settle();
    const failures = (await platform.journal(id)).filter(
      ({ type }) => type === 'execution.model_failed',
    );
    expect(failures.map(({ data }) => (data as { retryAt?: string }).retryAt)).toEqual([
      '2026-11-21T10:00:00.500Z',
      '2026-11-21T10:00:01.500Z',
    ]);
    expect((await platform.types(id)).at(-1)).toBe('completed');
  });

  it('is asked again when its provider said, not before', async () => {
    let calls = 0;
    platform.script = () => {
      if (calls++ === 0) throw away(20 * MINUTE_MS);
      return { text: 'all is well' };
    };
    const id = await platform.begin(planOf('a'));
    await platform.drain();
    platform.clock.pass(MINUTE_MS);
    platform.tell(continueAgent.of({ executionId: id }));
    await platform.drain();
    expect(calls).toBe(1);
    await platform.settle();
    expect(platform.clock.time.toISOString()).toBe('2026-11-21T10:20:00.000Z');
    expect((await platform.types(id)).at(-1)).toBe('completed');
  });

  it('is given up after thirty tries', async () => {
    let calls = 0;
    platform.script = () => {
      calls++;
      throw away();
    };
    const id = await platform.begin(planOf('a'));
    await platform.settle();
    expect(calls).toBe(30);
    expect(await platform.last(id)).toMatchObject({ data: { reason: 'model_failed' } });
    const minutes = (platform.clock.time.getTime() - Date.parse('2026-11-21T10:00:00Z')) / 60_000;
    expect(Math.round(minutes)).toBe(23);
  });
});

describe('AGT-3: a sub-agent', () => {
  const helper = planOf('helper');
  const lead = planOf('lead', { agents: [offerOf('helper')] });
  const childOf = (id: string) =>
    platform.journal(id).then((events) => {
      const requested = events.find((event) => event.type === 'execution.tool_requested');
      return childIdOf(requested?.data.use.callId ?? '');
    });
  const settledIn = async (id: string): Promise<ToolOutcome | undefined> =>
    (await platform.journal(id)).find((event) => event.type === 'execution.tool_settled')?.data
      .outcome;

  beforeEach(() => {
    platform.plans.set('helper', helper);
    platform.script = ({ plan, settled }) =>
      plan.kind === 'agent' && plan.agent === 'lead' && settled.length === 0
        ? delegate
        : { text: `done by ${plan.kind === 'agent' ? plan.agent : ''}` };
  });

  it('is a run of its own, whose end is the result of the tool', async () => {
    const id = await platform.begin(lead);
    await platform.drain();
    const result = { summary: 'done by helper' };
    expect(await settledIn(id)).toEqual({ status: 'succeeded', result });
    expect((await platform.last(id))?.data).toEqual({ summary: 'done by lead' });
    const [started] = await platform.journal(await childOf(id));
    expect(started?.data).toMatchObject({
      objective: 'find out',
      input: { labels: { service: 'checkout' }, arguments: { objective: 'find out' } },
      parent: { executionId: id, depth: 1 },
    });
  });

  it('that fails is a failure of the tool', async () => {
    platform.plans.delete('helper');
    const id = await platform.begin(lead);
    await platform.drain();
    const message = 'There is no helper.';
    expect(await settledIn(id)).toEqual({ status: 'failed', code: 'unknown_target', message });
    expect((await platform.types(id)).at(-1)).toBe('completed');
  });

  it('is refused arguments that do not fit', async () => {
    const schema = { type: 'object', required: ['service'] };
    const id = await platform.begin({ ...lead, agents: [offerOf('helper', schema)] });
    await platform.drain();
    expect(await settledIn(id)).toMatchObject({ status: 'refused', clause: 'invalid_arguments' });
    expect(platform.sentOf(startAgent)).toEqual([]);
  });

  it('nests three deep and no deeper', async () => {
    platform.plans.set('helper', { ...helper, agents: [offerOf('helper')] });
    platform.script = ({ settled }) => (settled.length === 0 ? delegate : { text: 'done' });
    const id = await platform.begin(lead);
    await platform.drain();
    expect(platform.sentOf(startAgent)).toHaveLength(3);
    const deepest = platform.sentOf<{ executionId: string }>(startAgent).at(-1)?.executionId ?? '';
    expect(await settledIn(deepest)).toMatchObject({ status: 'refused', clause: 'nesting_depth' });
    expect((await platform.types(id)).at(-1)).toBe('completed');
  });

  it('is cancelled with the run that used it, and what it used', async () => {
    platform.script = ({ plan }) =>
      plan.kind === 'agent' && plan.agent === 'lead' ? delegate : look;
    const id = await platform.begin(lead);
    await platform.deliver();
    await platform.deliver();
    platform.queue.length = 0;
    platform.tell(cancel(id));
    await platform.drain();
    expect((await platform.last(id))?.data).toEqual(cancelled);
    expect((await platform.last(await childOf(id)))?.data).toMatchObject({ reason: 'cancelled' });
    expect(platform.deadLetters).toEqual([]);
  });

  it('that begins after the run that used it has ended does nothing', async () => {
    const id = await platform.begin(lead);
    await platform.deliver();
    const [start] = platform.queue.splice(0);
    platform.tell(cancel(id));
    await platform.drain();
    if (start) platform.queue.push(start);
    await platform.drain();
    const child = await childOf(id);
    expect(await platform.types(child)).toEqual(['started', 'activated', 'failed']);
    expect(platform.deadLetters).toEqual([]);
  });
});
