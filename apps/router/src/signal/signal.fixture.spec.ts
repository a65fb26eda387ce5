import { ownSignalId, SIGNAL_SCHEMA, type Signal, signalSchema } from '@signalbox/contracts';
import { idAt, type JsonObject } from '@signalbox/kernel';
import { asToken, headerNames, type ReceivedMessage } from '@signalbox/messaging';

const AT = new Date('2026-11-01T10:00:00.000Z');

/** The documented incident, or one that differs from it. */
export function aSignal(about: Partial<Signal> = {}): Signal {
  const deliveryId = idAt(AT, 'delivery', JSON.stringify(about));
  const signal = signalSchema.omit({ id: true }).parse({
    source: 'alertmanager',
    type: 'HighLatency',
    title: 'Checkout p99 latency above 2 s',
    severity: 'critical',
    labels: { service: 'checkout', env: 'production' },
    fingerprint: 'f1',
    startsAt: AT.toISOString(),
    receivedAt: AT.toISOString(),
    payload: { p99_seconds: 2.4 },
    raw: { sha256: `sha256:${'0'.repeat(64)}`, bytes: 2, contentType: 'x', deliveryId },
    signature: 'unsigned',
    ...about,
  });
  return { id: about.id ?? ownSignalId(signal), ...signal };
}

/** A message of the SIGNALS stream as somebody published it. */
export function aMessage(about: Partial<ReceivedMessage> & { readonly body?: string }) {
  const { body = '{}', ...rest } = about;
  return {
    stream: 'SIGNALS',
    subject: 'signals.default.probe.disk.full',
    sequence: 7,
    time: AT,
    deliveries: 1,
    headers: {},
    bytes: new TextEncoder().encode(body),
    ...rest,
  } satisfies ReceivedMessage;
}

/** As our own intake publishes it. */
export function messageOf(signal: Partial<Signal> | JsonObject, deliveries = 1): ReceivedMessage {
  const { id, source, type } = signal;
  const headers = { [headerNames.dataSchema]: SIGNAL_SCHEMA, [headerNames.id]: String(id) };
  const subject = `signals.default.${asToken(String(source))}.${asToken(String(type))}`;
  return aMessage({ subject, body: JSON.stringify(signal), headers, deliveries });
}
