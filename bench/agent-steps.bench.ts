import { jetstream } from '@nats-io/jetstream';
import { newId } from '@signalbox/kernel';
import { subjectsOf } from '@signalbox/messaging';
import type { ChildProcess } from 'node:child_process';
import { startAgentRuns, type RunAgent } from './agent-runs.ts';
import { benchSteps } from './config.ts';
import { memoryUnder } from './memory.ts';
import { callRate, inTurns, median, perSecond, type Bench } from './measure.ts';
import { startBroker, type Broker } from './servers.ts';

const ROUNDS = 3;
const ROUND_MS = 3_000;
const SERIAL_MS = 1_000;
const MANY_RUNS = 1_000;
const SAMPLE_MS = 500;
const WARM_UP = { inFlight: 50, durationMs: 2_000 };
/** About what an event of a run has. */
const EVENT_BYTES = 1_024;

/**
 * Steps of runs, each a model call and a tool call with their intents and results on disk, against
 * durable publishes one behind the other.
 */
export const agentSteps: Bench = async (bed) => {
  const broker = await startBroker(bed);
  const { run, runner } = await startAgentRuns(bed, broker);
  const publishOnce = await serialPublisher(broker);
  await stepRate(run, WARM_UP.inFlight, WARM_UP.durationMs);

  const rates = await inTurns(ROUNDS, {
    serial: () => callRate({ inFlight: 1, durationMs: SERIAL_MS }, () => publishOnce),
    runs1: () => stepRate(run, 1),
    runs20: () => stepRate(run, 20),
    runs100: () => stepRate(run, 100),
  });
  const many = await manyRuns(run, runner);
  const reference = median(rates.serial);
  return {
    value: median(rates.runs100),
    unit: `steps/s, 100 runs of ${benchSteps} steps at once`,
    reference: 'durable publishes/s, serial',
    referenceValue: reference,
    goal: 'ratio >= 2',
    more: {
      value_20: median(rates.runs20),
      ratio_20: median(rates.runs20) / reference,
      value_1: median(rates.runs1),
      ratio_1: median(rates.runs1) / reference,
      ...many,
    },
  };
};

async function stepRate(run: RunAgent, inFlight: number, durationMs = ROUND_MS): Promise<number> {
  return benchSteps * (await callRate({ inFlight, durationMs }, () => () => run()));
}

/** A thousand runs that begin together, and the memory of the one process that carries them. */
async function manyRuns(run: RunAgent, { pid = 0 }: ChildProcess) {
  const megabytes = [memoryUnder(pid).ours];
  const sampling = setInterval(() => megabytes.push(memoryUnder(pid).ours), SAMPLE_MS);
  const begun = performance.now();
  try {
    await Promise.all(Array.from({ length: MANY_RUNS }, () => run()));
  } finally {
    clearInterval(sampling);
  }
  return {
    runs_1000_steps_per_s: perSecond(MANY_RUNS * benchSteps, performance.now() - begun),
    runs_1000_before_mb: megabytes[0] ?? 0,
    runs_1000_most_mb: Math.max(...megabytes),
  };
}

/** Onto a subject of AUDIT that nobody follows. */
async function serialPublisher(broker: Broker): Promise<() => Promise<unknown>> {
  const client = jetstream(await broker.connect());
  const subject = subjectsOf('default').aggregate({ aggregate: 'bench', id: newId() });
  const payload = Buffer.alloc(EVENT_BYTES, newId());
  return () => client.publish(subject, payload);
}
