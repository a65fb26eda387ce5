import { ChildProcess, spawn, type StdioOptions } from 'node:child_process';

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
  const child = started(run);
  if (!(child instanceof ChildProcess)) return { end: child, ...NOTHING_SAID };
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

const NOTHING_SAID = { stdout: '', stderr: '', truncated: false };

function started({ argv, env, cwd }: ProgramRun): ChildProcess | ProgramEnd {
  const [program = '', ...rest] = argv;
  try {
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
    return spawn(program, rest, { shell: false, detached: true, env, cwd, stdio });
  } catch (error) {
    // Only the code: the message quotes what it does not like, which may be a secret.
    const { code = 'it cannot be started' } = error as NodeJS.ErrnoException;
    return { how: 'not_started', reason: code };
  }
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
      // What it has started may not have heard, or not heeded, what it has.
      if (stoppedBy !== undefined) signalGroup(child, 'SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(end);
    };
    child.on('error', (error) => settle({ how: 'not_started', reason: error.message }));
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

/** `stream` is absent when there was no handle left for it. */
function keep(stream: NodeJS.ReadableStream | null | undefined, bytesMax: number) {
  const chunks: Buffer[] = [];
  let kept = 0;
  let seen = 0;
  stream?.on('data', (chunk: Buffer) => {
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
