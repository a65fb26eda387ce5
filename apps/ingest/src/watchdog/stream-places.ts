import { JetStreamApiCodes, JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { signalIdOf } from '@signalbox/contracts';
import { durableOf, streams } from '@signalbox/messaging';
import type { AcceptedSignal } from './undecided-signals.ts';

const ANSWER_MAX_MS = 5_000;
const NOTHING_THERE = 404;

/** How far the router has got on the stream SIGNALS, by the server's word. */
export interface RouterProgress {
  /** Everything up to this sequence is settled. */
  readonly settled: number;
  /** The last sequence that was given to it. */
  readonly delivered: number;
}

/** Nothing at all while no router has ever run. */
export async function routerProgress(
  connection: NatsConnection,
  env: string,
): Promise<RouterProgress> {
  const { consumers } = await jetstreamManager(connection, { checkAPI: false });
  try {
    const info = await consumers.info(streams.signals, durableOf(env, 'router'));
    return { settled: info.ack_floor.stream_seq, delivered: info.delivered.stream_seq };
  } catch (error) {
    const none =
      error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound;
    if (none) return { settled: 0, delivered: 0 };
    throw error;
  }
}

/** The sequence that the next message of a stream will have. */
export async function endOf(connection: NatsConnection, stream: string): Promise<number> {
  const { streams: known } = await jetstreamManager(connection, { checkAPI: false });
  return (await known.info(stream)).state.last_seq + 1;
}

interface Since {
  readonly stream: string;
  readonly subject: string;
  readonly time: Date;
}

/**
 * The sequence of the first message on a subject (may have wildcards) that was stored at a time or
 * after it; undefined when there is none. Any replica answers.
 * https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-31.md
 */
export async function firstSince(
  connection: NatsConnection,
  { stream, subject, time }: Since,
): Promise<number | undefined> {
  const query = JSON.stringify({ start_time: time.toISOString(), next_by_subj: subject });
  const answer = await connection.request(`$JS.API.DIRECT.GET.${stream}`, query, {
    timeout: ANSWER_MAX_MS,
  });
  const { headers } = answer;
  if (headers?.code === NOTHING_THERE) return undefined;
  if (headers?.code) throw new Error(`${subject} cannot be read: ${headers.description}`);
  return Number(headers?.get('Nats-Sequence'));
}

/**
 * The id of a signal whose headers do not tell it, which the body may. By the leader's word: a
 * replica that lags would say that there is no such message.
 * @throws what the server says.
 */
export async function idByBody(
  connection: NatsConnection,
  { sequence, signalId, subject, acceptedAt }: AcceptedSignal,
): Promise<string> {
  const stream = streams.signals;
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const stored = await manager.streams.getMessage(stream, { seq: sequence });
  // It may be gone, by its age or by somebody's hand.
  if (!stored) return signalId;
  const time = new Date(acceptedAt);
  return signalIdOf({ stream, sequence, subject, time, headers: {}, bytes: stored.data });
}
