import { z } from 'zod';

/** What the watchdog and the limit on backlogs are told by the environment. */
export const watchdogSchema = z
  .object({
    SIGNALBOX_DECISION_SLO_MS: z.coerce.number().int().min(1_000).default(60_000),
    SIGNALBOX_SOURCE_BACKLOG_MAX: z.coerce.number().int().min(1).default(500),
  })
  .transform((env) => ({
    decisionSloMs: env.SIGNALBOX_DECISION_SLO_MS,
    sourceBacklogMax: env.SIGNALBOX_SOURCE_BACKLOG_MAX,
  }));

export interface WatchdogConfig {
  /** A signal that is not decided after this is overdue. */
  readonly decisionSloMs: number;
  /** A source with this many undecided signals is refused more of them. */
  readonly sourceBacklogMax: number;
}
