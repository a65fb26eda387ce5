import type { ReadModelOptions } from '@signalbox/read-models';
import type { ProjectorConfig } from './config.ts';

/** One connection that writes and one that looks. */
const POOL_MAX = 2;
const STATEMENT_TIMEOUT_MS = 30_000;

/**
 * What a crash of Postgres loses of the last commits is projected again, the checkpoint with it, so
 * there is no need to wait for its disk.
 */
export function readModelOptions({ databaseUrl, platform }: ProjectorConfig): ReadModelOptions {
  return {
    url: databaseUrl,
    applicationName: `signalbox/projector/${platform.instance}`,
    poolMax: POOL_MAX,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    asynchronousCommit: true,
  };
}
