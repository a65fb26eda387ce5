import type { Msg } from '@nats-io/nats-core';
import { headersOf } from './header-block.ts';
import type { ReceivedMessage } from './received-message.ts';

/** A message of a pull consumer, with the subject on which the server awaits its settlement. */
export interface Delivery {
  readonly message: ReceivedMessage;
  readonly settleOn: string;
}

const NANOS_PER_MS = 1_000_000n;
const TOKENS_WITHOUT_DOMAIN = 9;

/**
 * Reads the delivery's facts out of its reply subject:
 * `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>…`
 * https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md
 */
export function deliveryOf(raw: Msg): Delivery {
  const settleOn = raw.reply ?? '';
  const tokens = settleOn.split('.');
  const first = tokens.length === TOKENS_WITHOUT_DOMAIN ? 2 : 4;
  const [stream = '', , deliveries, sequence, , time = '0'] = tokens.slice(first);
  const message: ReceivedMessage = {
    stream,
    subject: raw.subject,
    sequence: Number(sequence),
    time: new Date(Number(BigInt(time) / NANOS_PER_MS)),
    deliveries: Number(deliveries),
    headers: lowerCased(headersOf(raw)),
    bytes: raw.data,
  };
  return { message, settleOn };
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, v]) => [name.toLowerCase(), v]));
}
