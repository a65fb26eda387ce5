import { loadPlatformConfig, readConfig, type Env, type PlatformConfig } from '@signalbox/service';
import { z } from 'zod';
import { rateLimitsSchema, type RateLimitsConfig } from './security/rate-limits.config.ts';
import { trustedProxiesSchema } from './security/trusted-proxies.config.ts';
import { readSources } from './sources/read-sources.ts';
import { Sources } from './sources/sources.ts';
import { watchdogSchema, type WatchdogConfig } from './watchdog/watchdog.config.ts';

const schema = z
  .object({
    SIGNALBOX_API_KEY: z.string().optional(),
    STOURIO_API_KEY: z.string().optional(),
    SIGNALBOX_HOST: z.string().default('127.0.0.1'),
    SIGNALBOX_PORT: z.coerce.number().int().min(0).max(65_535).default(8000),
    SIGNALBOX_DATABASE_URL: z.string().optional(),
    /** How long the chat waits for an outcome before it answers 202. */
    SIGNALBOX_CHAT_WAIT_MS: z.coerce.number().int().min(0).max(120_000).default(30_000),
    SIGNALBOX_SOURCES: z.string().optional(),
    SIGNALBOX_RATE_LIMITS: rateLimitsSchema,
    SIGNALBOX_TRUSTED_PROXIES: trustedProxiesSchema,
  })
  .transform((env) => ({
    apiKey: env.SIGNALBOX_API_KEY ?? env.STOURIO_API_KEY,
    host: env.SIGNALBOX_HOST,
    port: env.SIGNALBOX_PORT,
    databaseUrl: env.SIGNALBOX_DATABASE_URL,
    chatWaitMs: env.SIGNALBOX_CHAT_WAIT_MS,
    sourcesFile: env.SIGNALBOX_SOURCES,
    rateLimits: env.SIGNALBOX_RATE_LIMITS,
    trustedProxies: env.SIGNALBOX_TRUSTED_PROXIES,
  }));

/** What this app is told by its environment. */
export interface IngestConfig {
  readonly platform: PlatformConfig;
  /** Without a key every request is answered 503, but those of health and of sources that sign. */
  readonly apiKey: string | undefined;
  readonly host: string;
  readonly port: number;
  /** Without one signals are accepted, and every query is answered 503. */
  readonly databaseUrl: string | undefined;
  readonly chatWaitMs: number;
  readonly sources: Sources;
  readonly rateLimits: RateLimitsConfig;
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly watchdog: WatchdogConfig;
}

/** @throws AppError `invalid`, naming the variable, or the file, line and field. */
export function loadConfig(env: Env): IngestConfig {
  const { sourcesFile, ...config } = readConfig(schema, env);
  const sources = sourcesFile === undefined ? new Sources([]) : readSources(sourcesFile, env);
  return {
    platform: loadPlatformConfig(env),
    ...config,
    sources,
    watchdog: readConfig(watchdogSchema, env),
  };
}
