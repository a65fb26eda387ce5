import { findNatsServer, startNatsServer, startPostgres } from '@signalbox/embedded';
import { confinedServices, permissionsOf } from '@signalbox/service';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { passwordOf, type Home } from './home.ts';
import { provisionServers } from './provision-servers.ts';
import type { UpConfig } from './up.config.ts';

const RESTART_WAIT_MS = 500;

export interface Servers {
  /** May hold a password, as may the other. */
  readonly natsUrl: string;
  readonly databaseUrl: string;
  /** By service, for those that have rights of their own. */
  readonly confinedNatsUrls: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

interface Running {
  readonly url: string;
  readonly confinedUrls?: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

type Say = (line: string) => void;

/** NATS and PostgreSQL, embedded or outside, with streams and tables in place. */
export async function startServers(config: UpConfig, home: Home, say: Say): Promise<Servers> {
  const started = await Promise.allSettled([
    config.natsUrl ? outside(config.natsUrl) : embeddedNats(config, home, say),
    config.databaseUrl ? outside(config.databaseUrl) : embeddedPostgres(home, say),
  ]);
  const stop = async () => {
    for (const one of started) if (one.status === 'fulfilled') await one.value.stop();
  };
  try {
    const [nats, postgres] = started.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    }) as [Running, Running];
    await provisionServers({ ...config, natsUrl: nats.url, databaseUrl: postgres.url }, config);
    const { url: natsUrl, confinedUrls: confinedNatsUrls = {} } = nats;
    return { natsUrl, confinedNatsUrls, databaseUrl: postgres.url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function outside(url: string): Promise<Running> {
  return { url, stop: async () => undefined };
}

async function embeddedNats(config: UpConfig, home: Home, say: Say): Promise<Running> {
  const { natsServerPath, environment } = config;
  const confined = confinedServices.map((service) => ({
    user: service,
    password: passwordOf(home, service),
    ...permissionsOf(service, environment),
  }));
  const binary = await findNatsServer({
    report: say,
    ...(natsServerPath === undefined ? {} : { path: natsServerPath }),
  });
  const server = await startNatsServer({
    storeDir: home.natsDir,
    binary: binary.path,
    access: {
      user: 'signalbox',
      password: home.natsPassword,
      openSubjects: 'signals.>',
      confined,
    },
    log: noticingFullDisk(logTo(home, 'nats-server'), home, say),
    onExit: (line) => restart(line, server, say),
  });
  const confinedUrls = Object.fromEntries(
    confined.map(({ user, password }) => [
      user,
      `nats://${user}:${password}@127.0.0.1:${server.port}`,
    ]),
  );
  return { url: server.url, confinedUrls, stop: () => server.stop() };
}

/** After a write that failed for want of room the server keeps a stream shut until its restart. */
function noticingFullDisk(log: Say, home: Home, say: Say): Say {
  let said = false;
  return (line) => {
    log(line);
    if (said || !line.includes('no space left on device')) return;
    said = true;
    say(`the disk under ${home.path} is full: signals are refused; make room, then start again`);
  };
}

async function embeddedPostgres(home: Home, say: Say): Promise<Running> {
  const server = await startPostgres({
    dataDir: home.postgresDir,
    log: logTo(home, 'postgres'),
    onExit: (line) => restart(line, server, say),
  });
  return server;
}

function restart(line: string, server: { restart(): Promise<void> }, say: Say): void {
  say(`${line}, starting it again`);
  setTimeout(() => {
    server.restart().catch((error: unknown) => restart((error as Error).message, server, say));
  }, RESTART_WAIT_MS);
}

function logTo(home: Home, name: string): (line: string) => void {
  const file = createWriteStream(join(home.logsDir, `${name}.log`), { flags: 'a' });
  return (line) => void file.write(`${line}\n`);
}
