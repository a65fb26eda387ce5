import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startNatsServer, startPostgres } from '@signalbox/embedded';
import { provision } from '@signalbox/messaging';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An empty folder that is removed in the end. */
export async function temporaryFolder(bed: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
  bed.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Broker {
  readonly url: string;
  /** For one client; closed in the end. */
  connect(): Promise<NatsConnection>;
}

/** A nats-server of its own that syncs every write, with our streams. */
export async function startBroker(bed: AsyncDisposableStack): Promise<Broker> {
  const server = await startNatsServer({ storeDir: await temporaryFolder(bed) });
  bed.defer(() => server.stop());
  const connectOnce = async (): Promise<NatsConnection> => {
    const connection = await connect({ servers: server.url });
    bed.defer(() => connection.close());
    return connection;
  };
  await provision(await connectOnce(), { replicas: 1 });
  return { url: server.url, connect: connectOnce };
}

/** A PostgreSQL of its own that syncs every commit. @returns its URL. */
export async function startDatabase(bed: AsyncDisposableStack): Promise<string> {
  const folder = await temporaryFolder(bed);
  const server = await startPostgres({ dataDir: join(folder, 'data'), durable: true });
  bed.defer(() => server.stop());
  return server.url;
}
