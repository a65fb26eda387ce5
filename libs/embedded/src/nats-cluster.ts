import { join } from 'node:path';

import { AppError } from '@signalbox/kernel';

import { freePorts } from './free-port.ts';
import { findNatsServer } from './nats-server.finder.ts';
import { startNatsServer, type NatsServer } from './nats-server.ts';
import { poll } from './poll.ts';

const FORM_LIMIT_MS = 30_000;

export interface NatsClusterOptions {
  /** Each server's store is a folder in here. */
  readonly dir: string;
  readonly size?: number;
  readonly binary?: string;
  readonly log?: (line: string) => void;
}

export interface NatsCluster {
  readonly urls: readonly string[];
  readonly servers: readonly NatsServer[];
  /** Waits until JetStream has a leader and every server follows it. */
  untilCurrent(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts nats-servers on 127.0.0.1 with JetStream clustered over them.
 * @throws AppError `server_not_started` or `cluster_not_formed`
 */
export async function startNatsCluster(options: NatsClusterOptions): Promise<NatsCluster> {
  const size = options.size ?? 3;
  const binary = options.binary ?? (await findNatsServer()).path;
  const ports = await freePorts(size * 3);
  const routePorts = ports.slice(0, size);
  const monitorPorts = ports.slice(size, 2 * size);
  const routes = routePorts.map((port) => `"nats://127.0.0.1:${port}"`).join(', ');
  const servers = await allOrNone(
    routePorts.map((routePort, index) =>
      startNatsServer({
        storeDir: join(options.dir, `n${index + 1}`),
        port: ports[2 * size + index] ?? 0,
        monitorPort: monitorPorts[index] ?? 0,
        binary,
        extraConfig: `server_name: n${index + 1}
cluster { name: signalbox, listen: "127.0.0.1:${routePort}", routes: [${routes}] }`,
        ...(options.log === undefined ? {} : { log: options.log }),
      }),
    ),
  );
  const cluster: NatsCluster = {
    urls: servers.map(({ url }) => url),
    servers,
    untilCurrent: () => untilCurrent(monitorPorts),
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
  await cluster.untilCurrent().catch(async (thrown: unknown) => {
    await cluster.stop();
    throw thrown;
  });
  return cluster;
}

async function allOrNone(starting: readonly Promise<NatsServer>[]): Promise<NatsServer[]> {
  const results = await Promise.allSettled(starting);
  const started = results.filter((result) => result.status === 'fulfilled');
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return started.map(({ value }) => value);
  await Promise.all(started.map(({ value }) => value.stop()));
  throw failed.reason;
}

async function untilCurrent(monitorPorts: readonly number[]): Promise<void> {
  const isCurrent = async (): Promise<boolean> => {
    const metas = await Promise.all(monitorPorts.map(metaStateOf));
    return (
      metas.every((meta) => meta?.leader !== undefined && meta.leader !== '') &&
      metas.some(
        (meta) =>
          meta?.replicas?.length === monitorPorts.length - 1 &&
          meta.replicas.every(({ current, offline }) => current && !offline),
      )
    );
  };
  if (await poll(isCurrent, FORM_LIMIT_MS)) return;
  throw new AppError({
    code: 'cluster_not_formed',
    kind: 'unavailable',
    message: `the nats-servers did not form a cluster within ${FORM_LIMIT_MS} ms`,
  });
}

/** The part of `/jsz` that tells about JetStream's own Raft group; replicas only on its leader. */
interface MetaState {
  readonly leader?: string;
  readonly replicas?: readonly { readonly current: boolean; readonly offline?: boolean }[];
}

async function metaStateOf(monitorPort: number): Promise<MetaState | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${monitorPort}/jsz`, {
      signal: AbortSignal.timeout(2_000),
    });
    const body = (await response.json()) as { meta_cluster?: MetaState };
    return body.meta_cluster;
  } catch {
    return undefined;
  }
}
