import { Logger } from '@nestjs/common';
import { allEvents, settleAgentTool } from '@signalbox/contracts';
import { canonicalJson, newId } from '@signalbox/kernel';
import { CommandBus, EventStore } from '@signalbox/messaging';
import { InMemoryEventStore, RecordingCommandBus } from '@signalbox/testing';
import * as fc from 'fast-check';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolResult } from '../ports/tool.port.ts';
import {
  commandOf,
  context,
  done,
  gatewayOver,
  requestedCall,
  toolFor,
  typesOf,
} from './gateway.fixture.spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-crash-'));
const effects = join(folder, 'effects');
beforeAll(() => Logger.overrideLogger(false));
afterAll(() => rmSync(folder, { recursive: true }));

const NEVER = Number.MAX_SAFE_INTEGER;

/** A process that dies after a number of steps: nothing it tries afterwards has any effect. */
class Life {
  constructor(private stepsLeft: number) {}

  async step(): Promise<void> {
    await new Promise(setImmediate);
    if (this.stepsLeft-- <= 0) throw new Error('dead');
  }

  /** `work`, with a chance to die before it and between it and its answer. */
  around<A extends readonly unknown[], R>(work: (...given: A) => Promise<R>) {
    return async (...given: A): Promise<R> => {
      await this.step();
      const answer = await work(...given);
      await this.step();
      return answer;
    };
  }
}

class MortalStore extends EventStore {
  override readonly read: EventStore['read'];
  override readonly last: EventStore['last'];
  override readonly append: EventStore['append'];

  constructor(store: EventStore, life: Life) {
    super();
    this.read = life.around((ref, options) => store.read(ref, options));
    this.last = life.around((ref) => store.last(ref));
    this.append = life.around((...given) => store.append(...given));
  }
}

class MortalBus extends CommandBus {
  override readonly send: CommandBus['send'];

  constructor(bus: CommandBus, life: Life) {
    super();
    this.send = life.around((...given) => bus.send(...given));
  }

  override request(): never {
    throw new Error('the gateway asks nothing of anybody');
  }
}

interface Story {
  /** How many steps each process lives. Those of one list run at the same time, on one delivery. */
  readonly lives: readonly (readonly number[])[];
  readonly repeatable: boolean;
  readonly result: ToolResult;
}

async function tell({ lives, repeatable, result }: Story) {
  writeFileSync(effects, '');
  const store = new InMemoryEventStore({ definitions: allEvents });
  const bus = new RecordingCommandBus();
  const command = commandOf(await requestedCall(store, toolFor({})));
  const { callId } = command.data;
  const deliver = async (steps: number, deliveries: number) => {
    const life = new Life(steps);
    const effect = life.around(async () => appendFileSync(effects, `${callId}\n`));
    const tool = toolFor({ repeatable, run: () => effect().then(() => result) });
    const gateway = gatewayOver(new MortalStore(store, life), new MortalBus(bus, life), tool);
    return gateway.handler.handle({ ...command, deliveries });
  };
  for (const [i, replicas] of lives.entries()) {
    await Promise.allSettled(replicas.map((steps) => deliver(steps, i + 1)));
  }
  const outcome = await deliver(NEVER, lives.length + 1);
  return {
    outcome,
    ran: readFileSync(effects, 'utf8').split('\n').length - 1,
    types: await typesOf(store, callId),
    settled: bus.attempts.map(({ command: sent }) => sent.data),
    settledOnce: bus.sentOf(settleAgentTool),
    command,
  };
}

/** How often a parked call ran once more, on the word of one person that many processes got. */
async function retried(lives: readonly number[]) {
  writeFileSync(effects, '');
  const store = new InMemoryEventStore({ definitions: allEvents });
  const bus = new RecordingCommandBus();
  const lost: ToolResult = { status: 'interrupted', code: 'timeout', message: 'too slow' };
  const invocation = await requestedCall(store, toolFor({}));
  const { callId } = invocation;
  const lossy = gatewayOver(store, bus, toolFor({ run: async () => lost }));
  await lossy.handler.handle(commandOf(invocation));
  const from = { ...context(), actor: 'person:ops' } as const;
  const data = { callId, verdict: 'retry' } as const;
  const word = { id: newId(), data, deliveries: 1, ...from };
  const deliver = async (steps: number) => {
    const life = new Life(steps);
    const effect = life.around(async () => appendFileSync(effects, `${callId}\n`));
    const tool = toolFor({ run: () => effect().then(() => done) });
    const gateway = gatewayOver(new MortalStore(store, life), new MortalBus(bus, life), tool);
    return gateway.resolver.handle(word);
  };
  for (const steps of lives) await deliver(steps).catch(() => undefined);
  const { status } = await deliver(NEVER);
  return { status, ran: readFileSync(effects, 'utf8').split('\n').length - 1 };
}

const results: readonly ToolResult[] = [
  done,
  { status: 'failed', code: 'exit_code', message: 'no' },
  { status: 'interrupted', code: 'timeout', message: 'too slow' },
];

describe('GTW-6: whenever gateways die', () => {
  const story = fc.record({
    lives: fc.array(fc.array(fc.nat(18), { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
    repeatable: fc.boolean(),
    result: fc.constantFrom(...results),
  });

  it('an effect happens at most once, and the call ends once, the same for everybody', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (given) => {
        const { outcome, ran, types, settled, settledOnce, command } = await tell(given);
        const { repeatable } = given;
        expect(ran).toBeLessThanOrEqual(repeatable ? Infinity : 1);
        expect(ran).toBeGreaterThanOrEqual(outcome.status === 'succeeded' ? 1 : 0);
        expect(repeatable && outcome.status === 'unknown').toBe(false);
        expect(types).toHaveLength(2);
        expect(types[0]).toBe('toolcall.claimed');
        expect(new Set(settled.map((data) => canonicalJson(data))).size).toBe(1);
        const { callId, executionId } = command.data;
        expect(settledOnce).toEqual([{ callId, executionId, outcome }]);
      }),
      { numRuns: 150 },
    );
  });

  it('reaches every window: before the claim, the effect, the outcome, and the answer', async () => {
    const seen = new Map<string, number>();
    for (let steps = 0; steps < 18; steps++) {
      const { outcome, ran } = await tell({ lives: [[steps]], repeatable: false, result: done });
      const kind = `${outcome.status} after ${ran}`;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
    expect([...seen.keys()].toSorted()).toEqual([
      'succeeded after 1',
      'unknown after 0',
      'unknown after 1',
    ]);
  });

  it('what a person has run once more happens once at most, and is parked when in doubt', async () => {
    const seen = new Set<string>();
    for (let steps = 0; steps < 14; steps++) {
      const { status, ran } = await retried([steps, steps]);
      seen.add(`${String(status)} after ${ran}`);
    }
    expect([...seen].toSorted()).toEqual([
      'succeeded after 1',
      'unknown after 0',
      'unknown after 1',
    ]);
  });
});
