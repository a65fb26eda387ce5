import { connect } from '@nats-io/transport-node';
import { AppError } from '@signalbox/kernel';
import { ensureConsumersOf, provision } from '@signalbox/messaging';
import { migrateReadModels } from '@signalbox/read-models';
import { confinedServices, natsAddress } from '@signalbox/service';
import type { UpConfig } from './up.config.ts';

export interface Provisioned extends Pick<UpConfig, 'environment' | 'replicas'> {
  readonly natsUrl: string;
  readonly databaseUrl: string;
}

/**
 * Streams, the consumers of services that may make none, and tables; again it changes nothing.
 * @throws AppError `server_unusable`, naming the variable of an outside server: its URL may hold a
 * password.
 */
export async function provisionServers(
  { natsUrl, databaseUrl, ...how }: Provisioned,
  outside: Pick<UpConfig, 'natsUrl' | 'databaseUrl'>,
): Promise<void> {
  const tables = migrateReadModels({ url: databaseUrl, applicationName: 'signalbox/migrate' });
  await Promise.all([
    named('SIGNALBOX_NATS_URL', outside.natsUrl, provisionStreams(natsUrl, how)),
    named('SIGNALBOX_DATABASE_URL', outside.databaseUrl, tables),
  ]);
}

async function provisionStreams(
  url: string,
  { replicas, environment }: Pick<Provisioned, 'environment' | 'replicas'>,
): Promise<void> {
  const connection = await connect({ ...natsAddress(url), name: 'signalbox/provision' });
  try {
    await provision(connection, { replicas });
    for (const service of confinedServices) {
      await ensureConsumersOf(connection, environment, service);
    }
  } finally {
    await connection.close();
  }
}

async function named(
  variable: string,
  url: string | undefined,
  work: Promise<void>,
): Promise<void> {
  try {
    await work;
  } catch (cause) {
    if (url === undefined) throw cause;
    const message = `the server of ${variable} cannot be used: ${(cause as Error).message}`;
    throw new AppError({ code: 'server_unusable', kind: 'unavailable', message, cause });
  }
}
