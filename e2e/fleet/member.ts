import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is built, as in production; a test would be led to the sources. */
const apps = join(import.meta.dirname, '..', '..', 'apps');
const START_AGAIN_MS = 300;
const START_AGAIN_MAX_MS = 3_000;
const STOP_MAX_MS = 12_000;

export interface MemberOptions {
  /** Of an app; replicas of it differ in the number at the end: `agent-runner-2`. */
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** An app in a process of its own, started again whenever it ends, until it is told to stop. */
export class Member {
  readonly name: string;
  readonly #options: MemberOptions;
  #child: ChildProcess | undefined;
  #isReady = false;
  #failures = 0;
  #stopped = false;

  constructor(options: MemberOptions) {
    this.name = options.name;
    this.#options = options;
    this.#start();
  }

  /** Of the process that runs now, or ran last. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** It takes work. */
  get isReady(): boolean {
    return this.#isReady;
  }

  kill(): void {
    this.#isReady = false;
    this.#child?.kill('SIGKILL');
  }

  suspend(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** The last line of its log. */
  lastWords(): string {
    return readFileSync(this.#options.logFile, 'utf8').trim().split('\n').at(-1) ?? '';
  }

  /** SIGTERM, and it stays down. @returns how it ended: its exit code or a signal. */
  async end(): Promise<number | string> {
    this.#stopped = true;
    const child = this.#child;
    if (!child || hasEnded(child)) return 'was down';
    const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
    child.kill('SIGTERM');
    const [code, signal] = await exited;
    return code ?? signal ?? '';
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const child = this.#child;
    if (!child || hasEnded(child)) return;
    const exited = once(child, 'exit');
    this.resume();
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MAX_MS);
    await exited;
    clearTimeout(late);
  }

  #start(): void {
    const { name, env, logFile } = this.#options;
    const app = name.replace(/-\d+$/, '');
    const output = openSync(logFile, 'a');
    const child = fork(join(apps, app, 'dist', 'main.js'), [], {
      env,
      // In a group of its own: Ctrl-C reaches the campaign alone.
      detached: true,
      stdio: ['ignore', output, output, 'ipc'],
    });
    closeSync(output);
    this.#child = child;
    child.once('message', () => {
      this.#failures = 0;
      this.#isReady = true;
    });
    child.once('exit', () => {
      this.#isReady = false;
      if (this.#stopped) return;
      const waitMs = Math.min(START_AGAIN_MS * 2 ** this.#failures++, START_AGAIN_MAX_MS);
      setTimeout(() => this.#stopped || this.#start(), waitMs);
    });
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
