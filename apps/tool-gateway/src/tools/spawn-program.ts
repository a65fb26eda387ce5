import { spawn, type ChildProcess } from 'node:child_process';

/** Between the request to end and the end that cannot be refused. */
const KILL_AFTER_MS = 2_000;
/** Between a program's end and the end of what it wrote. */
const DRAIN_MAX_MS = 500;

export interface ProgramRun {
  readonly argv: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly timeoutMs: number;
  /** How much of each of its two outputs is kept. It may write more. */
  readonly outputBytesMax: number;
  readonly signal: AbortSignal;
}

export type ProgramEnd =
  | { readonly how: 'exited'; readonly exitCode: number }
  | { readonly how: 'timeout' | 'cancelled' | 'killed' }
  | { readonly how: 'not_started'; readonly reason: string };

export interface ProgramResult {
  readonly end: ProgramEnd;
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
}

/**
 * Runs a program without a shell, in a process group of its own, so that stopping it stops what it
 * started.
 */
export async function spawnProgram(run: ProgramRun): Promise<ProgramResult> {
  const [program = '', ...rest] = run.argv;
  const child = spawn(program, rest, {
    shell: false,
    detached: true,
    env: run.env,
    cwd: run.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = keep(child.stdout, run.outputBytesMax);
  const stderr = keep(child.stderr, run.outputBytesMax);
  const end = await endOf(child, run);
  return {
    end,
    stdout: stdout.text(),
    stderr: stderr.text(),
    truncated: stdout.truncated() || stderr.truncated(),
  };
}

function endOf(child: ChildProcess, { timeoutMs, signal }: ProgramRun): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    let stoppedBy: 'timeout' | 'cancelled' | undefined;
    let killTimer: NodeJS.Timeout | undefined;
    let drainTimer: NodeJS.Timeout | undefined;
    const stop = (reason: 'timeout' | 'cancelled') => {
      stoppedBy ??= reason;
      signalGroup(child, 'SIGTERM');
      killTimer ??= setTimeout(() => signalGroup(child, 'SIGKILL'), KILL_AFTER_MS);
    };
    const onAbort = () => stop('cancelled');
    const timer = setTimeout(() => stop('timeout'), timeoutMs);
    signal.addEventListener('abort', onAbort);
    const settle = (end: ProgramEnd) => {
      clearTimeout(timer);
      clearTimeout(killTimer);
      clearTimeout(drainTimer);
      signal.removeEventListener('abort', onAbort);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(end);
    };
    child.once('error', (error) => settle({ how: 'not_started', reason: error.message }));
    const onEnd = (exitCode: number | null) => {
      if (stoppedBy !== undefined) return settle({ how: stoppedBy });
      settle(exitCode === null ? { how: 'killed' } : { how: 'exited', exitCode });
    };
    child.once('close', onEnd);
    // A service that it started may hold the outputs open for as long as it lives.
    child.once('exit', (exitCode) => {
      drainTimer = setTimeout(() => onEnd(exitCode), DRAIN_MAX_MS);
    });
    if (signal.aborted) onAbort();
  });
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}

function keep(stream: NodeJS.ReadableStream, bytesMax: number) {
  const chunks: Buffer[] = [];
  let kept = 0;
  let seen = 0;
  stream.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, bytesMax - kept);
    chunks.push(part);
    kept += part.length;
    seen += chunk.length;
  });
  return {
    text: () => Buffer.concat(chunks).toString('utf8'),
    truncated: () => seen > kept,
  };
}
