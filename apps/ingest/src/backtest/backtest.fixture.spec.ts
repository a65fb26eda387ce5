import { jetstreamManager } from '@nats-io/jetstream';
import {
  allEvents,
  decisionMade,
  ruleDefined,
  signalReceived,
  type Rule,
  type Signal,
} from '@signalbox/contracts';
import { SystemClock, type DomainEvent } from '@signalbox/kernel';
import { JetStreamEventStore, NO_EVENTS } from '@signalbox/messaging';
import { startEmbeddedTestNats } from '@signalbox/testing';
import { start } from '../main.ts';
import type { Line } from './samples.fixture.spec.ts';

const KEY = 'the-key';
const context = { actor: 'service:spec', epoch: 0 } as const;

export type Bench = Awaited<ReturnType<typeof startBench>>;

/** The edge over a real NATS, with rules and signals as the router would have recorded them. */
export async function startBench() {
  const nats = await startEmbeddedTestNats();
  const { connection, env } = nats;
  const edge = await start({
    SIGNALBOX_NATS_URL: nats.url,
    SIGNALBOX_ENV: env,
    SIGNALBOX_API_KEY: KEY,
    SIGNALBOX_PORT: '0',
    SIGNALBOX_LOG_LEVEL: 'error',
    SIGNALBOX_RATE_LIMITS: 'off',
  });
  const [clock, source] = [new SystemClock(), 'spec'];
  const store = new JetStreamEventStore({ connection, env, definitions: allEvents, clock, source });
  const append = async (aggregate: string, id: string, events: readonly DomainEvent[]) => {
    const of = { ...context, correlationId: id, causationId: id };
    await store.append({ aggregate, id }, NO_EVENTS, events, of);
  };
  const post = (body: unknown, options: { signal?: AbortSignal; key?: string } = {}) =>
    fetch(`${edge.url}/api/rules/backtest`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-stourio-key': options.key ?? KEY },
      body: JSON.stringify(body),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  return {
    post,
    /** Every line of a backtest that is carried out. */
    lines: async (body: unknown): Promise<readonly Line[]> => {
      const text = await (await post(body)).text();
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
    },
    define: (rule: Rule) => append('rule', rule.id, [ruleDefined.of({ rule })]),
    /** Recorded with a decision, as the router records it. */
    record: (signal: Signal, outcome: 'answer' | 'grouped' = 'answer') =>
      append('signal', signal.id, [
        signalReceived.of({ signal }),
        decisionMade.of({
          outcome,
          by: outcome === 'grouped' ? 'problem' : 'rule',
          riskLevel: 'low',
          trace: [],
          message: '',
        }),
      ]),
    /** The last sequence of each stream but what servers say about themselves. */
    sequences: async (): Promise<Readonly<Record<string, number>>> => {
      const { streams } = await jetstreamManager(connection);
      const infos = await streams.list().next();
      return Object.fromEntries(infos.map(({ config, state }) => [config.name, state.last_seq]));
    },
    stop: async () => {
      await edge.stop();
      await nats.stop();
    },
  };
}
