import { loadPlatformConfig, readConfig, type Env, type PlatformConfig } from '@signalbox/service';
import { z } from 'zod';

const schema = z
  .object({
    SIGNALBOX_API_KEY: z.string().optional(),
    STOURIO_API_KEY: z.string().optional(),
    SIGNALBOX_HOST: z.string().default('127.0.0.1'),
    SIGNALBOX_PORT: z.coerce.number().int().min(0).max(65_535).default(8000),
    SIGNALBOX_DATABASE_URL: z.string().optional(),
  })
  .transform((env) => ({
    apiKey: env.SIGNALBOX_API_KEY ?? env.STOURIO_API_KEY,
    host: env.SIGNALBOX_HOST,
    port: env.SIGNALBOX_PORT,
    databaseUrl: env.SIGNALBOX_DATABASE_URL,
  }));

/** What this app is told by its environment. */
export interface IngestConfig {
  readonly platform: PlatformConfig;
  /** Without a key every request but health is answered 503. */
  readonly apiKey: string | undefined;
  readonly host: string;
  readonly port: number;
  /** Without one signals are accepted, and every query is answered 503. */
  readonly databaseUrl: string | undefined;
}

/** @throws AppError `invalid`, naming the variable. */
export function loadConfig(env: Env): IngestConfig {
  return { platform: loadPlatformConfig(env), ...readConfig(schema, env) };
}
