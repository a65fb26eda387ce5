import { parse } from '@signalbox/kernel';
import { hostname } from 'node:os';
import { z } from 'zod';

/** A process's environment, as a value; `process.env` itself is read once, where it begins. */
export type Env = Readonly<Record<string, string | undefined>>;

/**
 * The settings that `schema` describes, out of the environment.
 * @throws AppError `invalid`, naming the variable.
 */
export function readConfig<S extends z.ZodType>(schema: S, env: Env): z.output<S> {
  // A variable that is set to nothing counts as not set, as in most container platforms.
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  return parse(schema, set, 'configuration');
}

const platformSchema = z
  .object({
    SIGNALBOX_NATS_URL: z.string().default('nats://127.0.0.1:4222'),
    SIGNALBOX_ENV: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, 'may have a-z, 0-9 and - only, 1 to 40 of them')
      .default('default'),
    SIGNALBOX_INSTANCE: z.string().max(100).optional(),
    SIGNALBOX_LOG_LEVEL: z.enum(['error', 'warn', 'log', 'debug']).default('log'),
  })
  .transform((env) => ({
    natsUrl: env.SIGNALBOX_NATS_URL,
    environment: env.SIGNALBOX_ENV,
    // The host as well: in containers every process has the same number.
    instance: env.SIGNALBOX_INSTANCE ?? `${hostname()}-${process.pid}`,
    logLevel: env.SIGNALBOX_LOG_LEVEL,
  }));

/** What every service needs to know to take part. */
export type PlatformConfig = z.output<typeof platformSchema>;

export function loadPlatformConfig(env: Env): PlatformConfig {
  return readConfig(platformSchema, env);
}
