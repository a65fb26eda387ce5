import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { plainEnvironment } from './config.ts';

const READY_LIMIT_MS = 30_000;

export interface Program {
  readonly child: ChildProcess;
  /** Base URL of its HTTP edge; empty where it has none. */
  readonly url: string;
}

type Settings = Readonly<Record<string, string>>;

/** One of our apps in a process of its own, as in production. */
export function startApp(
  bed: AsyncDisposableStack,
  app: string,
  settings: Settings,
): Promise<Program> {
  return startProgram(bed, fileURLToPath(import.meta.resolve(`@signalbox/${app}`)), settings);
}

/** A program that sends `{ ready }` to its parent once it takes work; it ends with the bench. */
export async function startProgram(
  bed: AsyncDisposableStack,
  path: string,
  settings: Settings = {},
): Promise<Program> {
  const child = fork(path, [], {
    env: { ...plainEnvironment, SIGNALBOX_LOG_LEVEL: 'warn', ...settings },
    // Figures go to standard output, and nothing else does.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const exited = once(child, 'exit');
  bed.defer(async () => {
    child.kill('SIGTERM');
    await exited;
  });
  const ready = once(child, 'message', { signal: AbortSignal.timeout(READY_LIMIT_MS) });
  const endedEarly = exited.then(([code]): never => {
    throw new Error(`${path} ended before it was ready (${String(code)})`);
  });
  endedEarly.catch(() => undefined);
  const [message] = (await Promise.race([ready, endedEarly])) as [{ readonly url?: string }];
  return { child, url: message.url ?? '' };
}
