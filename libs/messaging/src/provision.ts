import { setTimeout as delay } from 'node:timers/promises';
import {
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import { TimeoutError, type NatsConnection } from '@nats-io/nats-core';
import { AppError } from '@signalbox/kernel';
import { ratesStream, topology, type StreamSettings } from './topology.ts';

/** The first with message schedules and atomic batches as we use them. */
const SERVER_VERSION_MIN = [2, 14] as const;
/** "no suitable peers for placement": a cluster that has just formed takes some of its own for offline. */
const NO_PEERS = 10_005;
const CLUSTER_READY_MAX_MS = 20_000;
const LOOK_AGAIN_MS = 250;
const MAKE_AGAIN_MS = 500;
const MAKE_AGAIN_MAX_MS = 30_000;

export interface ProvisionOptions {
  /** Copies of each message: 1 embedded, 3 in production. */
  readonly replicas: number;
}

/**
 * Creates the streams, or brings their settings up to date; doing it again changes nothing.
 * @throws AppError `unavailable` with code `server_too_old`, `stream_not_updatable` for a setting
 * that the server cannot change on a stream that exists, or `provision_failed`.
 */
export async function provision(
  connection: NatsConnection,
  { replicas }: ProvisionOptions,
): Promise<void> {
  assertVersion(connection.info?.version ?? '0.0.0');
  try {
    const manager = await jetstreamManager(connection);
    for (const settings of topology) {
      await provisionStream(manager, { ...settings, num_replicas: replicas });
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw failed('provision_failed', `The streams cannot be set up: ${String(cause)}`, cause);
  }
}

/**
 * Makes the stream of what is counted whenever it is not there: a single server that is started
 * again has forgotten it, as it is in memory. A cluster keeps it, and `provision` has made it there.
 * Ends with the connection.
 */
export async function keepRatesStream(
  connection: NatsConnection,
  onFailure: (error: unknown) => void,
): Promise<void> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  // From here on, so that no reconnection falls into the first look.
  const statuses = connection.status();
  const makeIfGone = async (): Promise<void> => {
    if (!(await configOf(manager, ratesStream.name))) await addStream(manager, ratesStream);
  };
  const make = async (): Promise<void> => {
    for (let failures = 0; !connection.isClosed(); failures++) {
      try {
        return await makeIfGone();
      } catch (error) {
        onFailure(error);
        const waitMs = Math.min(MAKE_AGAIN_MS * 2 ** failures, MAKE_AGAIN_MAX_MS);
        await delay(waitMs, undefined, { ref: false });
      }
    }
  };
  await make();
  for await (const { type } of statuses) if (type === 'reconnect') await make();
}

function assertVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [majorMin, minorMin] = SERVER_VERSION_MIN;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  throw failed(
    'server_too_old',
    `nats-server ${version} is too old: ${SERVER_VERSION_MIN.join('.')} or later is needed.`,
  );
}

async function provisionStream(manager: JetStreamManager, settings: StreamSettings): Promise<void> {
  const existing = await configOf(manager, settings.name);
  if (!existing) {
    await addStream(manager, settings);
    return;
  }
  const differing = Object.keys(settings).filter((key) => differs(existing, settings, key));
  if (differing.length === 0) return;
  try {
    await manager.streams.update(settings.name, settings);
  } catch (cause) {
    throw failed(
      'stream_not_updatable',
      `Stream ${settings.name} differs in ${differing.join(', ')} and cannot be changed: ${String(cause)}`,
      cause,
    );
  }
}

/** Tried again while a cluster is not ready; adding what is there already changes nothing. */
async function addStream(manager: JetStreamManager, settings: StreamSettings): Promise<void> {
  const end = performance.now() + CLUSTER_READY_MAX_MS;
  for (;;) {
    try {
      await manager.streams.add(settings);
      return;
    } catch (error) {
      const hasNoPeers = error instanceof JetStreamApiError && error.code === NO_PEERS;
      const isNotReady = hasNoPeers || error instanceof TimeoutError;
      if (!isNotReady || performance.now() > end) throw error;
      await delay(LOOK_AGAIN_MS);
    }
  }
}

function differs(existing: StreamConfig, settings: StreamSettings, key: string): boolean {
  const name = key as keyof StreamConfig;
  return JSON.stringify(existing[name]) !== JSON.stringify(settings[name]);
}

async function configOf(
  manager: JetStreamManager,
  name: string,
): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    const absent =
      error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
    if (absent) return undefined;
    throw error;
  }
}

function failed(code: string, message: string, cause?: unknown): AppError {
  return new AppError({ code, kind: 'unavailable', message, cause });
}
