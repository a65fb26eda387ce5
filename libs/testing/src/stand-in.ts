import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JetStreamTransport } from '@signalbox/messaging';
import type { TestNats } from './test-nats.ts';

/** A service that takes another one's commands in a test. */
export interface StandIn {
  stop(): Promise<void>;
}

/** Resolves once the controllers of `module` take the commands to `service`. */
export async function startStandIn(
  { connection, env }: Pick<TestNats, 'connection' | 'env'>,
  service: string,
  module: Type,
): Promise<StandIn> {
  const app = await NestFactory.createMicroservice(module, {
    strategy: new JetStreamTransport({ connection, env, service }),
    logger: false,
  });
  await app.listen();
  return { stop: () => app.close() };
}
