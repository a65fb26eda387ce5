import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { newId } from '@signalbox/kernel';
import { streams, subjectsOf } from '@signalbox/messaging';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { callRate, inTurns, median, percentile, perSecond, type Bench } from './measure.ts';
import { startApp } from './programs.ts';
import { startBroker, type Broker } from './servers.ts';
import { followDecisions, SIGNAL_BYTES, signalSender, type Deciding } from './signals.ts';

const ROUNDS = 3;
const WARM_UP_SIGNALS = 500;
const STEADY_PER_S = 500;
const STEADY_SIGNALS = 1_500;
const BACKLOG_SIGNALS = 1_500;
const SERIAL_MS = 1_000;
const SETTLED_POLL_MS = 20;
/** The durable consumer of SIGNALS. */
const ROUTER = 'default_router';

/**
 * From the call that publishes a signal to its `decision.made` as a follower of the audit stream
 * sees it. Each signal is decided by a rule; no model is asked.
 */
export const decision: Bench = async (bed) => {
  const broker = await startBroker(bed);
  const send = signalSender(await broker.connect());
  const decided = await followDecisions(await broker.connect(), bed);
  const publishOnce = await serialPublisher(broker);
  const { child: router } = await startApp(bed, 'router', { SIGNALBOX_NATS_URL: broker.url });
  const deciding = { send, decided };
  const backlogRate = backlogMeter(deciding, router, await settledSignals(broker));
  await backlogRate(WARM_UP_SIGNALS);

  const { serial, steady, backlog } = await inTurns(ROUNDS, {
    serial: async () => [await serialMs(publishOnce)],
    steady: () => steadyLatencies(deciding),
    backlog: async () => [await backlogRate(BACKLOG_SIGNALS)],
  });
  const percentileOf = (p: number) => median(steady.map((round) => percentile(round, p)));
  return {
    value: percentileOf(50),
    unit: `ms, p50 from publish to durable decision at ${STEADY_PER_S}/s`,
    reference: 'one durable publish, serial, ms',
    referenceValue: median(serial.flat()),
    goal: 'ratio <= 4, p99_ms <= 50',
    more: {
      p50_ms: percentileOf(50),
      p99_ms: percentileOf(99),
      decisions_per_s: median(backlog.flat()),
    },
  };
};

/** Sent at an even pace whatever becomes of those before. */
async function steadyLatencies(deciding: Deciding): Promise<number[]> {
  const begun = performance.now();
  const latencies: Promise<number>[] = [];
  while (latencies.length < STEADY_SIGNALS) {
    const due = ((performance.now() - begun) * STEADY_PER_S) / 1_000;
    while (latencies.length < Math.min(due, STEADY_SIGNALS)) {
      latencies.push(latencyOf(deciding));
    }
    await delay(1);
  }
  return Promise.all(latencies);
}

async function latencyOf({ send, decided }: Deciding): Promise<number> {
  const id = newId();
  const begun = performance.now();
  const isDecided = decided(id);
  await send(id);
  await isDecided;
  return performance.now() - begun;
}

/** Decisions a second while there is always a next signal: those that came while it stood still. */
function backlogMeter(
  { send, decided }: Deciding,
  router: ChildProcess,
  whenSettled: () => Promise<void>,
): (signals: number) => Promise<number> {
  return async (signals) => {
    const ids = Array.from({ length: signals }, () => newId());
    await whenSettled();
    router.kill('SIGSTOP');
    const allDecided = Promise.all(ids.map(decided));
    await Promise.all(ids.map(send));
    const begun = performance.now();
    router.kill('SIGCONT');
    await allDecided;
    return perSecond(signals, performance.now() - begun);
  };
}

/** Waits until the router has nothing in hand: what it has when it is stopped comes again later. */
async function settledSignals(broker: Broker): Promise<() => Promise<void>> {
  const { consumers } = await jetstreamManager(await broker.connect());
  return async () => {
    for (;;) {
      const { num_pending, num_ack_pending } = await consumers.info(streams.signals, ROUTER);
      if (num_pending + num_ack_pending === 0) return;
      await delay(SETTLED_POLL_MS);
    }
  };
}

async function serialMs(publishOnce: () => Promise<unknown>): Promise<number> {
  return 1_000 / (await callRate({ inFlight: 1, durationMs: SERIAL_MS }, () => publishOnce));
}

/** Onto a subject of AUDIT that nobody follows, so that nothing else is set going. */
async function serialPublisher(broker: Broker): Promise<() => Promise<unknown>> {
  const client = jetstream(await broker.connect());
  const subject = subjectsOf('default').aggregate({ aggregate: 'bench', id: newId() });
  const payload = Buffer.alloc(SIGNAL_BYTES, newId());
  return () => client.publish(subject, payload);
}
