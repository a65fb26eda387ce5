import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { AppError } from '@signalbox/kernel';

import { requireDiskSpace } from './disk-space.ts';
import { freePorts } from './free-port.ts';
import { launchPrefix } from './launch-prefix.ts';
import { commandLineOf, endOrphan, writePidFile } from './orphan.ts';
import { postgresAccount } from './postgres-account.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { createDatabase, hasDatabase, keptPassword, POSTGRES_USER } from './postgres-data.ts';
import { explainPostgres } from './postgres-server.failures.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 8_000;
/** How long the children of a killed server may take to notice it and leave. */
const CHILDREN_LIMIT_MS = 5_000;
/** Above the largest pid Linux gives (2^22). */
const PID_NEVER_GIVEN = 4_194_305;

export interface PostgresOptions {
  /** Made on the first start; `<dataDir>.password` and `<dataDir>.pid` stand beside it. */
  readonly dataDir: string;
  /** 0 takes a free one. */
  readonly port?: number;
  /** For a new data directory; random by default. */
  readonly password?: string;
  /** False trades safety in a power cut for speed, for tests. */
  readonly durable?: boolean;
  /** Further settings, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly log?: (line: string) => void;
  readonly onExit?: (line: string) => void;
}

export interface PostgresServer {
  /** With user and password, for the database `postgres`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data, after `stop` or `kill`. */
  restart(): Promise<void>;
}

/**
 * Starts PostgreSQL on 127.0.0.1, under an unprivileged account when we are root, and ends one
 * that a killed process of ours left on this data directory.
 * @throws AppError `server_not_started`, `disk_full` or `state_in_use`
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const dataDir = resolve(options.dataDir);
  await makeParent(dataDir);
  await requireDiskSpace(dirname(dataDir));
  const account = await postgresAccount(dataDir);
  const programs = await postgresBinaries(join(dirname(dataDir), 'postgres-lib'));
  const prefix = launchPrefix({
    parentDeathSignal: 'SIGINT',
    account,
    reads: [dataDir, programs.postgres],
    environment: { LC_ALL: 'C', LD_LIBRARY_PATH: programs.libraryPath },
  });
  const isNew = !(await hasDatabase(dataDir));
  const password = await keptPassword(dataDir, options.password);
  if (isNew) {
    const isDurable = options.durable ?? true;
    const { initdb } = programs;
    await createDatabase({ dataDir, initdb, launchPrefix: prefix, account, password, isDurable });
  }
  const port = options.port || ((await freePorts(1))[0] ?? 0);
  const command = [...prefix, programs.postgres, '-D', dataDir, '-p', String(port)];
  const start = (): Promise<ServerProcess> => launch(command, { ...options, dataDir, port });
  let running = await start();
  return {
    url: `postgres://${POSTGRES_USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`,
    port,
    get pid() {
      return running.pid;
    },
    stop: () => running.stop(STOP_LIMIT_MS),
    kill: () => running.kill(),
    restart: async () => {
      running = await start();
    },
  };
}

async function launch(
  command: readonly string[],
  options: PostgresOptions & { readonly port: number },
): Promise<ServerProcess> {
  const { dataDir, port, durable = true } = options;
  const pidFile = `${dataDir}.pid`;
  await endOrphan(pidFile, dataDir, 'SIGQUIT');
  await disownReusedPid(dataDir);
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = await whenChildrenAreGone(() =>
    startServerProcess({
      name: 'PostgreSQL',
      command: [...command, ...flags],
      isReady: (line) => line.endsWith('database system is ready to accept connections'),
      readyLimitMs: READY_LIMIT_MS,
      explain: (output) => explainPostgres(output, { port, dataDir }),
      // The fast shutdown; SIGTERM would wait for clients to leave.
      stopSignal: 'SIGINT',
      log: options.log,
      onExit: options.onExit,
    }),
  );
  await writePidFile(pidFile, server.pid);
  return server;
}

/**
 * After a crash PostgreSQL takes any process that meanwhile got the pid in its lock file for
 * itself. The pid is replaced and not the file removed: its other lines guard the shared memory.
 */
async function disownReusedPid(dataDir: string): Promise<void> {
  const lock = join(dataDir, 'postmaster.pid');
  const text = await readFile(lock, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  const commandLine = pid > 0 ? await commandLineOf(pid) : [];
  if (commandLine.length === 0 || commandLine.includes(dataDir)) return;
  await writeFile(lock, text.replace(/^\d+/, String(PID_NEVER_GIVEN)));
}

async function whenChildrenAreGone(start: () => Promise<ServerProcess>): Promise<ServerProcess> {
  const deadline = performance.now() + CHILDREN_LIMIT_MS;
  for (;;) {
    try {
      return await start();
    } catch (thrown) {
      const isHeld = /shared memory block .* still in use/.test((thrown as Error).message);
      if (!isHeld || performance.now() > deadline) throw thrown;
      await delay(50);
    }
  }
}

async function makeParent(dataDir: string): Promise<void> {
  try {
    await mkdir(dirname(dataDir), { recursive: true });
  } catch (cause) {
    throw new AppError({
      code: 'server_not_started',
      kind: 'unavailable',
      message: `PostgreSQL did not start: ${dirname(dataDir)} cannot be written (${(cause as Error).message})`,
      cause,
    });
  }
}
