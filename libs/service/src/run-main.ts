import { asAppError, errorOutcomes } from '@signalbox/kernel';
import type { Env } from './config.ts';
import type { RunningService } from './start-service.ts';

/** How long a process may take to stop before it is given up. */
const STOP_MAX_MS = 9_000;

/** The first that says of a module whether it is the program. */
const NODE_MIN = 24;

/** Whether this module is the program that was started; an older Node would begin nothing and say nothing. */
export function isMain({ main }: ImportMeta): boolean {
  if (Number.parseInt(process.versions.node) >= NODE_MIN) return main;
  console.error(
    `This is Node ${process.versions.node}, and ${NODE_MIN} is needed: ` +
      '`npx node` is the one that comes with the packages.',
  );
  process.exit(1);
}

/** A process around one service: starts it, and stops it on SIGTERM, SIGINT or its parent's end. */
export async function runMain(start: (env: Env) => Promise<RunningService>): Promise<void> {
  let running: RunningService | undefined;
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_MAX_MS).unref();
    try {
      await running?.stop();
      // What has only begun to start has taken no work, and nothing to let go of.
      process.exit(0);
    } catch (error) {
      fail(error);
    }
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // The launcher's own death closes the channel: nobody is left to stop us otherwise.
  process.on('disconnect', stop);
  if (process.connected === false) await stop();
  try {
    running = await start(process.env);
  } catch (error) {
    fail(error);
  }
  process.send?.({ ready: running.name, url: running.url });
}

function fail(error: unknown): never {
  const { code, kind, message } = asAppError(error);
  console.error(JSON.stringify({ level: 'error', code, message }));
  process.exit(errorOutcomes[kind].exitCode);
}
