import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { AppError } from '@signalbox/kernel';

import { requireDiskSpace } from './disk-space.ts';
import { freePorts } from './free-port.ts';
import { launchPrefix } from './launch-prefix.ts';
import { accessConfig, adoptStreams, type NatsAccess } from './nats-server.access.ts';
import { damageIn, explainNats } from './nats-server.failures.ts';
import { findNatsServer } from './nats-server.finder.ts';
import { endOrphan, writePidFile } from './orphan.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

const READY_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 8_000;

export interface NatsServerOptions {
  /** Holds the streams, the configuration and the pid file. */
  readonly storeDir: string;
  /** 0 takes a free one. */
  readonly port?: number;
  /** A nats-server of at least 2.14; looked for when absent. */
  readonly binary?: string;
  /** Port of the monitoring endpoints; none by default. */
  readonly monitorPort?: number;
  readonly access?: NatsAccess;
  /** Further text of nats-server's configuration file. */
  readonly extraConfig?: string;
  readonly log?: (line: string) => void;
  readonly onExit?: (line: string) => void;
}

export interface NatsServer {
  /** With user and password where there is `access`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  suspend(): void;
  resume(): void;
  /** Starts it again on the same port and store, after `stop` or `kill`. */
  restart(): Promise<void>;
}

/**
 * Starts a nats-server with JetStream on 127.0.0.1 that acknowledges only what is on disk, and
 * ends one that a killed process of ours left on this store.
 * @throws AppError `server_not_started`, `disk_full` or `state_in_use`
 */
export async function startNatsServer(given: NatsServerOptions): Promise<NatsServer> {
  const options = { ...given, storeDir: resolve(given.storeDir) };
  const binary = options.binary ?? (await findNatsServer()).path;
  const port = options.port || ((await freePorts(1))[0] ?? 0);
  let running = await launch(binary, options, port);
  return {
    url: `nats://${credentials(options)}127.0.0.1:${port}`,
    port,
    get pid() {
      return running.pid;
    },
    stop: () => running.stop(STOP_LIMIT_MS),
    kill: () => running.kill(),
    suspend: () => running.signal('SIGSTOP'),
    resume: () => running.signal('SIGCONT'),
    restart: async () => {
      running = await launch(binary, options, port);
    },
  };
}

async function launch(
  binary: string,
  options: NatsServerOptions,
  port: number,
): Promise<ServerProcess> {
  const configFile = join(options.storeDir, 'nats-server.conf');
  const pidFile = join(options.storeDir, 'nats-server.pid');
  await endOrphan(pidFile, configFile);
  await writeConfig(configFile, options, port);
  if (options.access !== undefined) await adoptStreams(options.storeDir);
  const server = await startServerProcess({
    name: 'nats-server',
    command: [...launchPrefix({ parentDeathSignal: 'SIGTERM' }), binary, '-c', configFile],
    isReady: (line) => line.endsWith('Server is ready'),
    readyLimitMs: READY_LIMIT_MS,
    explain: (output) => explainNats(output, { port, storeDir: options.storeDir }),
    stopSignal: 'SIGTERM',
    log: options.log,
    onExit: options.onExit,
  });
  await writePidFile(pidFile, server.pid);
  const damage = damageIn(server.output);
  if (damage === undefined) return server;
  await server.stop(STOP_LIMIT_MS);
  throw notStarted(`${options.storeDir} is damaged: ${damage}`);
}

async function writeConfig(
  file: string,
  { storeDir, monitorPort, access, extraConfig }: NatsServerOptions,
  port: number,
): Promise<void> {
  const text = [
    `listen: "127.0.0.1:${port}"`,
    'max_payload: 8MB',
    // Our own limits on the streams rule; by default the server takes a share of the free disk.
    `jetstream { store_dir: ${JSON.stringify(storeDir)}, sync_interval: always, max_file_store: 1TB }`,
    ...(monitorPort === undefined ? [] : [`http: "127.0.0.1:${monitorPort}"`]),
    ...(access === undefined ? [] : [accessConfig(access)]),
    extraConfig ?? '',
  ];
  try {
    await mkdir(storeDir, { recursive: true });
    await requireDiskSpace(storeDir);
    // A new file, as the mode of one that others may read would stay.
    await rm(file, { force: true });
    await writeFile(file, text.join('\n'), { mode: 0o600 });
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw notStarted(`${storeDir} cannot be written (${(cause as Error).message})`, cause);
  }
}

function credentials({ access }: NatsServerOptions): string {
  if (access === undefined) return '';
  return `${[access.user, access.password].map(encodeURIComponent).join(':')}@`;
}

function notStarted(reason: string, cause?: unknown): AppError {
  return new AppError({
    code: 'server_not_started',
    kind: 'unavailable',
    message: `nats-server did not start: ${reason}`,
    cause,
  });
}
