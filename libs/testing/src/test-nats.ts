import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { startNatsServer, type NatsServer } from '@signalbox/embedded';
import { newId } from '@signalbox/kernel';
import { provision } from '@signalbox/messaging';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTestServersConfig } from './test-servers.config.ts';

const IMAGE = 'nats:2.15';
const PORT = 4222;
// As the embedded one is configured; our own limits on the streams rule.
const CONFIG = 'max_payload: 8MB\njetstream { store_dir: /data, max_file_store: 1TB }\n';

/** A NATS server with every stream. Others may use it too, so keep to `env`. */
export interface TestNats {
  readonly url: string;
  /** An environment that nobody else writes to; a service takes it as SIGNALBOX_ENV. */
  readonly env: string;
  readonly connection: NatsConnection;
  stop(): Promise<void>;
}

export interface EmbeddedTestNats extends TestNats {
  /** To be killed, suspended and started again. */
  readonly server: NatsServer;
}

/**
 * A server for tests that leave it running: the one at SIGNALBOX_TEST_NATS_URL, where what they
 * write stays; a container with SIGNALBOX_TEST_SERVERS=containers; else an embedded one.
 */
export async function startTestNats(config = loadTestServersConfig()): Promise<TestNats> {
  if (config.natsUrl) return use(config.natsUrl, async () => undefined);
  if (config.start === 'containers') return startContainer();
  return startEmbeddedTestNats();
}

/** A server that is this test's alone, to do what it likes with. */
export async function startEmbeddedTestNats(): Promise<EmbeddedTestNats> {
  const storeDir = await mkdtemp(join(tmpdir(), 'signalbox-nats-'));
  const server = await startNatsServer({ storeDir });
  const nats = await use(server.url, async () => {
    await server.stop();
    await rm(storeDir, { recursive: true });
  });
  return { ...nats, server };
}

// Written against the types of testcontainers 12; it has not yet run against a Docker engine.
async function startContainer(): Promise<TestNats> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const target = '/etc/nats/signalbox.conf';
  const container = await new GenericContainer(IMAGE)
    .withCopyContentToContainer([{ content: CONFIG, target }])
    .withCommand(['-c', target])
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forLogMessage('Server is ready'))
    .start();
  const url = `nats://${container.getHost()}:${container.getMappedPort(PORT)}`;
  return use(url, async () => void (await container.stop()));
}

async function use(url: string, release: () => Promise<void>): Promise<TestNats> {
  try {
    const connection = await connect({
      servers: url,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
      inboxPrefix: '_INBOX_spec',
    });
    await provision(connection, { replicas: 1 });
    const stop = async (): Promise<void> => {
      await connection.close();
      await release();
    };
    return { url, env: `t-${newId().toLowerCase()}`, connection, stop };
  } catch (error) {
    await release();
    throw error;
  }
}
