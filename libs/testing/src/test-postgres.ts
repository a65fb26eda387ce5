import { startPostgres, type PostgresServer } from '@signalbox/embedded';
import { newId } from '@signalbox/kernel';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { loadTestServersConfig } from './test-servers.config.ts';

const IMAGE = 'postgres:18';
const PORT = 5432;
const PASSWORD = 'signalbox';

export interface TestPostgres {
  /** An empty database, with user and password. */
  readonly url: string;
  /** The URL of one more. */
  createDatabase(): Promise<string>;
  /** Drops what was created. */
  stop(): Promise<void>;
}

export interface EmbeddedTestPostgres extends TestPostgres {
  /** To be killed and started again. */
  readonly server: PostgresServer;
}

/**
 * A Postgres for tests that leave it running: databases of their own on the one at
 * SIGNALBOX_TEST_DATABASE_URL, whose user must be allowed to create them; a container with
 * SIGNALBOX_TEST_SERVERS=containers; else an embedded one.
 */
export async function startTestPostgres(config = loadTestServersConfig()): Promise<TestPostgres> {
  if (config.databaseUrl) return outside(config.databaseUrl);
  if (config.start === 'containers') return startContainer();
  return startEmbeddedTestPostgres();
}

/** A server that is this test's alone, to do what it likes with. */
export async function startEmbeddedTestPostgres(): Promise<EmbeddedTestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-postgres-'));
  const server = await startPostgres({ dataDir: join(folder, 'data'), durable: false });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true });
  };
  return { url: server.url, createDatabase: () => createDatabase(server.url), stop, server };
}

// Written against the types of testcontainers 12; it has not yet run against a Docker engine.
async function startContainer(): Promise<TestPostgres> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({ POSTGRES_PASSWORD: PASSWORD })
    .withExposedPorts(PORT)
    // The image starts it a first time to set it up.
    .withWaitStrategy(Wait.forLogMessage('ready to accept connections', 2))
    .start();
  const place = `${container.getHost()}:${container.getMappedPort(PORT)}`;
  const url = `postgres://postgres:${PASSWORD}@${place}/postgres`;
  const stop = async (): Promise<void> => void (await container.stop());
  return { url, createDatabase: () => createDatabase(url), stop };
}

async function outside(serverUrl: string): Promise<TestPostgres> {
  const created: string[] = [];
  const create = async (): Promise<string> => {
    const url = await createDatabase(serverUrl);
    created.push(url);
    return url;
  };
  const drop = async (url: string): Promise<void> =>
    execute(serverUrl, `DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
  const stop = async (): Promise<void> => void (await Promise.all(created.map(drop)));
  return { url: await create(), createDatabase: create, stop };
}

async function createDatabase(serverUrl: string): Promise<string> {
  const name = `spec_${newId().toLowerCase()}`;
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
