import { loadPlatformConfig, readConfig, type Env, type PlatformConfig } from '@signalbox/service';
import { z } from 'zod';

const TTL_SECONDS = 300;
const TTL_SECONDS_MAX = 7 * 24 * 3600;

const seconds = z.coerce.number().int().min(1).max(TTL_SECONDS_MAX).optional();

const schema = z
  .object({ SIGNALBOX_APPROVAL_TTL_SECONDS: seconds, APPROVAL_TTL_SECONDS: seconds })
  .transform(
    (env) => env.SIGNALBOX_APPROVAL_TTL_SECONDS ?? env.APPROVAL_TTL_SECONDS ?? TTL_SECONDS,
  );

/** Injection token of what this app is told by its environment. */
export abstract class ApprovalConfig {
  abstract readonly platform: PlatformConfig;
  /** How long a person has to answer. */
  abstract readonly ttlSeconds: number;
}

/** @throws AppError `invalid`, naming the variable. */
export function loadConfig(env: Env): ApprovalConfig {
  return { platform: loadPlatformConfig(env), ttlSeconds: readConfig(schema, env) };
}
