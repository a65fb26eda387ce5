import { natsAddress, type Env } from '@signalbox/service';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startApps, type AppProcesses } from './app-processes.ts';
import { openHome, type Home } from './home.ts';
import { claimPort } from './port.ts';
import { startServers, type Servers } from './servers.ts';
import type { UpConfig } from './up.config.ts';

export interface Stack {
  readonly url: string;
  readonly home: Home;
  /** Without credentials. */
  readonly natsUrl: string;
  pids(): Readonly<Record<string, number>>;
  /** Apps first, then the servers they stand on. */
  stop(): Promise<void>;
}

export interface StackOptions {
  readonly config: UpConfig;
  /** The launcher's own environment; the apps get it with what the stack decides on top. */
  readonly env: Env;
  readonly separate: boolean;
  say(line: string): void;
  /** Aborted, the start is given up and what had started is stopped. */
  readonly signal: AbortSignal;
}

/** Everything, started in the order of dependence. On a failure what had started is stopped. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { config, env, separate, say, signal } = options;
  const port = await claimPort(config.port);
  const home = await openHome(config.home, config.apiKey);
  const servers = await startServers(config, home, say);
  let apps: AppProcesses;
  try {
    signal.throwIfAborted();
    apps = await startApps({
      separate,
      env: appEnvironment({ ...config, port }, env, { home, servers }),
      natsUrls: servers.confinedNatsUrls,
      logsDir: home.logsDir,
      say,
      signal,
    });
  } catch (error) {
    await servers.stop();
    throw error;
  }
  const endpoints = join(home.path, 'endpoints.json');
  const { databaseUrl } = servers;
  const natsUrl = natsAddress(servers.natsUrl).servers.join(',');
  // The database's URL holds its password.
  const text = JSON.stringify({ http: apps.url, nats: natsUrl, database: databaseUrl }, null, 2);
  await writeFile(endpoints, `${text}\n`, { mode: 0o600 });
  return {
    url: apps.url,
    home,
    natsUrl,
    pids: () => apps.pids(),
    stop: async () => {
      await rm(endpoints, { force: true });
      await apps.stop();
      await servers.stop();
    },
  };
}

function appEnvironment(
  config: UpConfig,
  env: Env,
  { home, servers }: { readonly home: Home; readonly servers: Servers },
): Record<string, string> {
  const sampleGateway = new URL('../../../../deploy/gateway.yaml', import.meta.url);
  const inherited = Object.entries(env).filter((entry): entry is [string, string] => !!entry[1]);
  return {
    ...Object.fromEntries(inherited),
    SIGNALBOX_HOME: home.path,
    SIGNALBOX_PORT: `${config.port}`,
    SIGNALBOX_API_KEY: home.apiKey,
    SIGNALBOX_NATS_URL: servers.natsUrl,
    SIGNALBOX_DATABASE_URL: servers.databaseUrl,
    SIGNALBOX_GATEWAY_CONFIG: config.gatewayConfig ?? fileURLToPath(sampleGateway),
  };
}
