import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { AppError } from '@signalbox/kernel';

import { poll } from './poll.ts';

const OUTPUT_LINES_MAX = 200;

export interface ServerProcessOptions {
  /** How the server is called in messages. */
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  /** True for the line after which the server answers. */
  readonly isReady: (line: string) => boolean;
  readonly readyLimitMs: number;
  /** The one line that says why a server with this output did not start. */
  readonly explain: (output: readonly string[]) => string;
  readonly stopSignal: NodeJS.Signals;
  readonly log?: ((line: string) => void) | undefined;
  /** Told when the server ends without having been asked to. */
  readonly onExit?: ((line: string) => void) | undefined;
}

export interface ServerProcess {
  readonly pid: number;
  /** What the server wrote before it was ready. */
  readonly output: readonly string[];
  signal(signal: NodeJS.Signals): void;
  /** Ends it with its stop signal, or SIGKILL after `limitMs`. */
  stop(limitMs: number): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

/**
 * Starts a server and waits until it answers.
 * @throws AppError `server_not_started` with one line that says why
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const [program = '', ...args] = options.command;
  // In a process group of its own, so that Ctrl-C reaches only us and we stop things in order.
  const child = spawn(program, args, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const output = await readyOutput(child, options);
  let isEnding = false;
  child.once('exit', (code, signal) => {
    if (!isEnding)
      options.onExit?.(`${options.name} ended by itself (${signal ?? `exit ${code}`})`);
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    isEnding = true;
    child.kill(signal);
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    output,
    signal: (signal) => void child.kill(signal),
    stop: async (limitMs) => {
      let isDone = false;
      const stopping = end(options.stopSignal).then(() => (isDone = true));
      if (!(await poll(() => isDone, limitMs))) child.kill('SIGKILL');
      await stopping;
    },
    kill: () => end('SIGKILL'),
  };
}

async function readyOutput(child: ChildProcess, options: ServerProcessOptions): Promise<string[]> {
  const output: string[] = [];
  let isStarting = true;
  const isReady = new Promise<boolean>((resolve) => {
    const take = (line: string): void => {
      options.log?.(line);
      if (!isStarting) return;
      output.push(line);
      if (output.length > OUTPUT_LINES_MAX) output.shift();
      if (options.isReady(line)) resolve(true);
    };
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', take);
    }
    child.once('error', (error) => output.push(error.message));
    child.once('close', () => resolve(false));
    setTimeout(() => resolve(false), options.readyLimitMs).unref();
  }).finally(() => (isStarting = false));
  if (await isReady) return output;
  const hasEnded = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  if (!hasEnded) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  const reason = hasEnded
    ? options.explain(output)
    : `it was not ready within ${options.readyLimitMs} ms`;
  throw new AppError({
    code: 'server_not_started',
    kind: 'unavailable',
    message: `${options.name} did not start: ${reason}`,
  });
}
