import { allEvents, controlHalted, controlResumed, GLOBAL_SCOPE } from '@signalbox/contracts';
import { newId, SystemClock, type DomainEvent } from '@signalbox/kernel';
import { JetStreamEventStore, NO_EVENTS, type Head } from '@signalbox/messaging';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { startAgentRuns, type RunAgent } from './agent-runs.ts';
import { callRate, median, percentile, type Bench } from './measure.ts';
import { startBroker, type Broker } from './servers.ts';

const ROUNDS = 20;
const RUNS = 10;
const POLL_MS = 5;
const SERIAL_MS = 1_000;

/**
 * From the append of the halt until the last of the model calls under way has been given up, as
 * the model's server sees it. A tool call is refused from the append on: gateways ask the leader.
 */
export const halt: Bench = async (bed) => {
  const broker = await startBroker(bed);
  const model = await startSilentModel(bed);
  const { run } = await startAgentRuns(bed, broker, model.url);
  const control = await controlOf(broker);

  const given: number[] = [];
  const ended: number[] = [];
  for (let epoch = 0; given.length < ROUNDS;) {
    const [up, over] = await haltOnce(run, model, { control, epoch });
    given.push(up);
    ended.push(over);
    epoch = await control(controlResumed.of({ reason: 'bench' }));
  }
  const serial = await callRate(
    { inFlight: 1, durationMs: SERIAL_MS },
    () => () => control(controlResumed.of({ reason: 'bench' })),
  );
  return {
    value: percentile(given, 99),
    unit: `ms, p99 from the halt until ${RUNS} model calls under way are given up`,
    reference: 'one durable append, serial, ms',
    referenceValue: 1_000 / serial,
    goal: 'p99 <= 100 ms',
    more: {
      p50_ms: median(given),
      runs_ended_p50_ms: median(ended),
      runs_ended_p99_ms: percentile(ended, 99),
    },
  };
};

interface SilentModel {
  readonly url: string;
  /** Calls under way. */
  readonly open: () => number;
}

/** Never answers. */
async function startSilentModel(bed: AsyncDisposableStack): Promise<SilentModel> {
  let open = 0;
  const server = createServer((_, response) => {
    open++;
    response.on('close', () => open--);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  bed.defer(async () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1`, open: () => open };
}

/** Appends to the kill switch, as the operator's edge does. @returns the epoch that begins. */
type Control = (event: DomainEvent) => Promise<number>;

async function controlOf(broker: Broker): Promise<Control> {
  const store = new JetStreamEventStore({
    connection: await broker.connect(),
    env: 'default',
    definitions: allEvents,
    clock: new SystemClock(),
    source: 'signalbox/bench',
  });
  const ref = { aggregate: 'control', id: GLOBAL_SCOPE };
  const id = newId();
  const context = { correlationId: id, causationId: id, actor: 'person:bench', epoch: 0 } as const;
  let head: Head = NO_EVENTS;
  return async (event) => {
    ({ head } = await store.append(ref, head, [event], context));
    return head.sequence;
  };
}

/** Milliseconds until the model's server has no call any more, and until the runs have ended. */
async function haltOnce(
  run: RunAgent,
  { open }: SilentModel,
  { control, epoch }: { readonly control: Control; readonly epoch: number },
): Promise<readonly [givenUp: number, ended: number]> {
  const runs = Array.from({ length: RUNS }, () => run(epoch).catch(() => undefined));
  while (open() < RUNS) await delay(POLL_MS);
  const begun = performance.now();
  await control(controlHalted.of({ reason: 'bench' }));
  while (open() > 0) await delay(1);
  const givenUp = performance.now() - begun;
  await Promise.all(runs);
  return [givenUp, performance.now() - begun];
}
