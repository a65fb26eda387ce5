import { headers as noHeaders } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  allEvents,
  decisionMade,
  ownSignalId,
  SIGNAL_SCHEMA,
  type Signal,
} from '@signalbox/contracts';
import { digestOf } from '@signalbox/kernel';
import { headerNames, JetStreamEventFeed, publishDurably, subjectsOf } from '@signalbox/messaging';

/** About the size of the signals sent here. */
export const SIGNAL_BYTES = 768;
const DECIDED_LIMIT_MS = 60_000;

const subject = subjectsOf('default').signal('bench', 'Command');

export interface Deciding {
  /** Publishes the signal of a delivery as our intake does; resolves once it is stored. */
  readonly send: (deliveryId: string) => Promise<void>;
  /** Resolves when the decision on that signal has come by. */
  readonly decided: (deliveryId: string) => Promise<void>;
}

export function signalSender(connection: NatsConnection): Deciding['send'] {
  return async (deliveryId) => {
    const signal = signalOf(deliveryId);
    const headers = noHeaders();
    headers.set(headerNames.id, signal.id);
    headers.set(headerNames.dataSchema, SIGNAL_SCHEMA);
    headers.set(headerNames.contentType, 'application/json');
    headers.set(headerNames.actor, 'source:bench');
    const bytes = Buffer.from(JSON.stringify(signal));
    await publishDurably(connection, { subject, headers, bytes, messageId: deliveryId });
  };
}

/** One that the third of the default rules rejects. */
function signalOf(deliveryId: string): Signal {
  const at = new Date().toISOString();
  const title = 'A command was asked for';
  const signal: Omit<Signal, 'id'> = {
    source: 'bench',
    type: 'Command',
    title,
    severity: 'warning',
    status: 'firing',
    startsAtKnown: false,
    labels: { service: 'checkout', env: 'production' },
    fingerprint: digestOf(title),
    startsAt: at,
    receivedAt: at,
    payload: { host: 'checkout-7', command: 'rm -rf /', asked_by: 'a runbook of 2019' },
    raw: {
      sha256: digestOf(deliveryId),
      bytes: 256,
      contentType: 'application/json',
      deliveryId,
      index: 0,
    },
    signature: 'unsigned',
  };
  return { id: ownSignalId(signal), ...signal };
}

export async function followDecisions(
  connection: NatsConnection,
  bed: AsyncDisposableStack,
): Promise<Deciding['decided']> {
  const waiting = new Map<string, () => void>();
  const feed = new JetStreamEventFeed({ connection, env: 'default', definitions: allEvents });
  const following = await feed.follow({
    aggregates: [decisionMade.aggregate],
    after: 0,
    handle: (events) => {
      for (const { type, record } of events) {
        if (type === decisionMade.type) waiting.get(record.aggregateId)?.();
      }
    },
  });
  bed.defer(() => following.stop());
  return (deliveryId) => {
    const { id } = signalOf(deliveryId);
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`signal ${id} was not decided in ${DECIDED_LIMIT_MS} ms`)),
        DECIDED_LIMIT_MS,
      );
      waiting.set(id, () => {
        clearTimeout(late);
        waiting.delete(id);
        resolve();
      });
    });
  };
}
