import { loadPlatformConfig, readConfig, type Env } from '@signalbox/service';
import { z } from 'zod';

const schema = z.object({ SIGNALBOX_DATABASE_URL: z.string().min(1) });

export function loadConfig(env: Env) {
  return {
    platform: loadPlatformConfig(env),
    /** `postgres://user:password@host:port/database` */
    databaseUrl: readConfig(schema, env).SIGNALBOX_DATABASE_URL,
  };
}
export type ProjectorConfig = ReturnType<typeof loadConfig>;
