import { cancelAgent, type ExecutionEvent } from '@signalbox/contracts';
import { AppError, canonicalJson, fold } from '@signalbox/kernel';
import * as fc from 'fast-check';
import { leaseDecider, type SeenLeaseEvent } from './lease/lease.decider.ts';
import { crash, invocationsOf, offerOf, Platform, planOf } from './platform.fixture.spec.ts';

/** Twenty-five stories of hundreds of steps each, on a machine that may be busy. */
const PROPERTY_WITHIN_MS = 60_000;
const STEPS_MAX = 3_000;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const resource = 'checkout';
const endings = new Set(['completed', 'failed', 'rejected', 'halted']);

const chance = fc.record({
  picks: fc.array(fc.nat(50), { minLength: 1, maxLength: 40 }),
  copies: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 12 }),
  /** What goes well between one crash and the next. */
  crashes: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 30 }),
  outages: fc.array(fc.boolean(), { maxLength: 20 }),
  together: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
  fires: fc.array(fc.constantFrom('no', 'early', 'on_time'), { minLength: 1, maxLength: 20 }),
  cancels: fc.array(fc.nat(60), { maxLength: 3 }),
  livesOn: fc.boolean(),
});
type Chance = typeof chance extends fc.Arbitrary<infer T> ? T : never;

function platformOf({ copies, outages, livesOn }: Chance): Platform {
  const platform = new Platform();
  const agents = [offerOf('helper')];
  platform.plans.set('helper', planOf('helper', { resource, deadlineMs: DAY_MS }));
  platform.plans.set('lead', planOf('lead', { resource, agents, deadlineMs: DAY_MS }));
  let sends = 0;
  platform.copies = () => copies[sends++ % copies.length] ?? 1;
  let asked = 0;
  platform.script = ({ plan }, step) => {
    if (outages[asked++]) throw new AppError({ code: 'away', kind: 'unavailable', message: '' });
    const isLead = plan.kind === 'agent' && plan.agent === 'lead';
    const tool = (isLead ? ['look', 'agent__helper', 'mend'] : ['look', 'mend'])[step - 1];
    return tool ? { uses: [{ tool, arguments: {} }] } : { text: 'all is well' };
  };
  if (livesOn) platform.process = platform.newProcess();
  return platform;
}

/** No deadline: it would hide a run that nobody carries on. */
function fireSoon(platform: Platform, early = false): boolean {
  const [timer] = platform.timers.scheduled;
  const leftMs = (timer?.at.getTime() ?? Infinity) - platform.clock.time.getTime();
  return leftMs < HOUR_MS && platform.fire(early);
}

/** Lets everything happen that is under way, in the order that chance has it. */
async function live(platform: Platform, runs: readonly string[], by: Chance): Promise<void> {
  const { picks, together, fires, cancels } = by;
  for (let n = 0; ; n++) {
    expect(n).toBeLessThan(STEPS_MAX);
    if (cancels.includes(n)) {
      const executionId = runs[n % runs.length] ?? '';
      if ((await platform.journal(executionId)).length > 0) {
        platform.tell(cancelAgent.of({ executionId, reason: 'no more' }));
      }
    }
    const fire = fires[n % fires.length];
    if (platform.queue.length === 0 && !fireSoon(platform)) return;
    if (n < 100 && fire !== 'no') fireSoon(platform, fire === 'early');
    const pick = () => (picks[n % picks.length] ?? 0) % Math.max(platform.queue.length, 1);
    const both = together[n % together.length];
    await Promise.all([platform.deliver(pick()), both ? platform.deliver(pick()) : undefined]);
  }
}

/** Answers that were recorded by another runner than the one who asked. */
function answersOfOthers(types: readonly string[]): readonly string[] {
  return types.filter((type, at) => {
    if (type !== 'model_answered') return false;
    const before = types.slice(0, at).findLast((t) => /activated|model_call_requested/.test(t));
    return before !== 'model_call_requested';
  });
}

/** Once, and nothing follows. */
function assertOneEnd(types: readonly string[], ends: readonly string[]): void {
  expect(types.filter((type) => endings.has(type))).toEqual(types.slice(-1));
  expect(ends).toContain(types.at(-1));
  expect(types[0]).toBe('started');
}

function assertOnceEach(events: readonly ExecutionEvent[]): void {
  const requested = events.flatMap((e) =>
    e.type === 'execution.tool_requested' ? [e.data.use.callId] : [],
  );
  expect(requested).toHaveLength(new Set(requested).size);
  const settled = events.flatMap((e) =>
    e.type === 'execution.tool_settled' ? [e.data.callId] : [],
  );
  expect(settled).toHaveLength(new Set(settled).size);
}

/** The call with which the run ended was never sent, so no outcome comes: it waits for its time. */
function assertUnanswered(events: readonly ExecutionEvent[], platform: Platform): void {
  expect(events.at(-1)).toMatchObject({ type: 'execution.failed', data: { reason: 'cancelled' } });
  const before = events.at(-2);
  const callId = before?.type === 'execution.tool_requested' ? before.data.use.callId : '';
  expect(callId).not.toBe('');
  expect(invocationsOf(platform).map((call) => call.callId)).not.toContain(callId);
}

it(
  'AGT-2: whatever is repeated, reordered, late, cancelled or cut off, each run ends once',
  async () => {
    await fc.assert(
      fc.asyncProperty(chance, async (by) => {
        const platform = platformOf(by);
        const plans = [...platform.plans.values()];
        const runs = await Promise.all(plans.map((plan) => platform.begin(plan)));
        const [...crashes] = by.crashes;
        let goesWell = crashes.shift() ?? Infinity;
        platform.fault = () => {
          if (goesWell-- > 0) return;
          goesWell = crashes.shift() ?? Infinity;
          throw crash();
        };
        await live(platform, runs, by);

        const ids = new Set(platform.store.log.stored.map(({ record }) => record.aggregateId));
        ids.delete(resource);
        const ends = by.cancels.length === 0 ? ['completed'] : ['completed', 'failed'];
        for (const id of ids) {
          const types = await platform.types(id);
          assertOneEnd(types, ends);
          expect(answersOfOthers(types)).toEqual([]);
          assertOnceEach(await platform.journal(id));
        }
        await platform.settle();
        expect(platform.deadLetters).toEqual([]);

        const lease = await platform.store.read({ aggregate: 'lease', id: resource });
        const left = fold(leaseDecider, lease.events as readonly SeenLeaseEvent[]);
        expect(left.line).toEqual([]);
        if (left.holder)
          assertUnanswered(await platform.journal(left.holder.executionId), platform);

        // A lease is told by whoever sees it; all else follows from the journal alone.
        const sent = platform.everSent.filter(({ command }) => command.name !== 'settle-lease');
        const intents = new Set(sent.map((one) => canonicalJson(one)));
        expect(intents.size).toBe(new Set(sent.map(({ options }) => options.id)).size);
      }),
      { numRuns: 25 },
    );
  },
  PROPERTY_WITHIN_MS,
);
