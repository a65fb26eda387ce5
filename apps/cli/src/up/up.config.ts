import { loadPlatformConfig, readConfig, type Env } from '@signalbox/service';
import { resolve } from 'node:path';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);

const schema = z
  .object({
    SIGNALBOX_HOME: z.string().default('.signalbox'),
    SIGNALBOX_PORT: port.default(8000),
    SIGNALBOX_API_KEY: z.string().min(8, 'needs 8 characters or more').optional(),
    SIGNALBOX_NATS_URL: z.string().optional(),
    SIGNALBOX_DATABASE_URL: z.string().optional(),
    SIGNALBOX_NATS_SERVER: z.string().optional(),
    SIGNALBOX_GATEWAY_CONFIG: z.string().optional(),
    SIGNALBOX_REPLICAS: z.coerce.number().int().min(1).max(5).default(1),
  })
  .transform((env) => ({
    home: resolve(env.SIGNALBOX_HOME),
    port: env.SIGNALBOX_PORT,
    apiKey: env.SIGNALBOX_API_KEY,
    /** An outside server to use instead of an embedded one. */
    natsUrl: env.SIGNALBOX_NATS_URL,
    databaseUrl: env.SIGNALBOX_DATABASE_URL,
    natsServerPath: env.SIGNALBOX_NATS_SERVER,
    gatewayConfig: env.SIGNALBOX_GATEWAY_CONFIG,
    /** How many NATS servers hold each stream; 3 in production. */
    replicas: env.SIGNALBOX_REPLICAS,
  }));

export type UpConfig = z.output<typeof schema> & {
  /** The one that all apps take part in. */
  readonly environment: string;
};

export function loadUpConfig(env: Env): UpConfig {
  const { environment } = loadPlatformConfig(env);
  return { ...readConfig(schema, env), environment };
}
