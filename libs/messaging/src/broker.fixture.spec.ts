import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/nats-core';
import { newId } from '@signalbox/kernel';
import { startEmbeddedTestNats, type EmbeddedTestNats } from '@signalbox/testing';
import { consumerDefaults } from './consumer-defaults.ts';
import type { ConsumeOptions } from './consumer.ts';
import { listDeadLetters, type DeadLetter } from './dead-letter-list.ts';
import { streams, subjectsOf } from './subjects.ts';

/** A nats-server of this spec's own, with every stream; each test takes an environment of its own. */
export interface Broker extends EmbeddedTestNats {
  readonly manager: JetStreamManager;
}

export async function startBroker(): Promise<Broker> {
  const nats = await startEmbeddedTestNats();
  return { ...nats, manager: await jetstreamManager(nats.connection) };
}

/** Subjects, consumer options and a publisher of one test. */
export function room({ connection }: { readonly connection: NatsConnection }) {
  const env = `t-${newId().toLowerCase()}`;
  const subjects = subjectsOf(env);
  const logged: string[] = [];
  const log = (line: unknown): void => void logged.push(String(line));
  const options = {
    ...consumerDefaults,
    connection,
    service: 'svc',
    stream: streams.commands,
    durable: `${env}_svc`,
    filters: [subjects.commandsOf('svc')],
    deadLetterSubject: subjects.deadLetter('svc'),
    logger: { warn: log, error: log },
  } satisfies Omit<ConsumeOptions, 'handle'>;
  return {
    env,
    subjects,
    options,
    logged,
    deadLetters: (): Promise<readonly DeadLetter[]> =>
      listDeadLetters(connection, subjects.deadLetter('*')),
    /** A plain client's message on `cmd.<env>.svc.<name>`. */
    publish: async (name: string, body = '{}', extra: Record<string, string> = {}) => {
      const all = headers();
      for (const [key, value] of Object.entries(extra)) all.set(key, value);
      const subject = subjects.command('svc', name);
      const ack = await connection.request(subject, body, { headers: all, timeout: 30_000 });
      return ack.json<{ seq: number }>().seq;
    },
  };
}

/** How many messages of `subject` stand in a stream. */
export async function count(manager: JetStreamManager, stream: string, subject: string) {
  const { state } = await manager.streams.info(stream, { subjects_filter: subject });
  return Object.values(state.subjects ?? {}).reduce((sum, n) => sum + n, 0);
}

export function contextFor(correlationId = newId()) {
  return { correlationId, causationId: correlationId, actor: 'service:spec', epoch: 7 } as const;
}
