import { eventually } from '@signalbox/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '..');
const READY_MAX_MS = 180_000;
const STOP_MAX_MS = 30_000;
const ANSWER_MAX_MS = 60_000;

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

interface Sent {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RunOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** An earlier one's, to start on its state again. */
  readonly home?: string;
}

export interface Finished {
  readonly code: number | null;
  readonly output: string;
}

/** `signalbox …` as a user runs it, to its end. */
export async function signalbox(
  args: readonly string[],
  env: Record<string, string>,
): Promise<Finished> {
  const child = start(args, env);
  const output = collect(child);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output: output.text };
}

/** A whole Signalbox on this machine, in a folder of its own, started the way `npm start` does. */
export class Platform {
  readonly home: string;
  url = '';
  private apiKey = '';
  private readonly child: ChildProcess;
  private readonly out: { text: string };

  private constructor(home: string, child: ChildProcess) {
    this.home = home;
    this.child = child;
    this.out = collect(child);
  }

  static async start({ args = [], env = {}, home }: RunOptions = {}): Promise<Platform> {
    const folder = home ?? (await mkdtemp(join(tmpdir(), 'signalbox-e2e-')));
    const settings = {
      SIGNALBOX_HOME: folder,
      SIGNALBOX_PORT: '0',
      // A scenario asks more often than people do; the one about limits sets them.
      SIGNALBOX_RATE_LIMITS: 'off',
      ...env,
    };
    const platform = new Platform(folder, start(['up', ...args], settings));
    const ready = /signalbox ready on (\S+)/;
    await eventually(
      () => ready.test(platform.output) || platform.child.exitCode !== null,
      READY_MAX_MS,
    );
    platform.url = ready.exec(platform.output)?.[1] ?? '';
    if (!platform.url) throw new Error(`it did not get ready:\n${platform.output}`);
    platform.apiKey = (await readFile(join(folder, 'api-key'), 'utf8')).trim();
    return platform;
  }

  /** What the launcher printed so far. */
  get output(): string {
    return this.out.text;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get exited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The settings with which a client of this platform runs. */
  get clientEnv(): Record<string, string> {
    return { SIGNALBOX_HOME: this.home, SIGNALBOX_URL: this.url };
  }

  async get<T>(path: string): Promise<Answer<T>> {
    return this.call<T>('GET', path);
  }

  async post<T>(
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<T>> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.call<T>('POST', path, { body: text, headers });
  }

  /** SIGKILL for the process of one app (with `--processes`). False when it is not up just now. */
  async killApp(app: string): Promise<boolean> {
    const children = await readFile(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8');
    for (const pid of children.trim().split(' ')) {
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (!words.endsWith(`host.main.js\0${app}\0`)) continue;
      process.kill(Number(pid), 'SIGKILL');
      return true;
    }
    return false;
  }

  async endpoints(): Promise<{ readonly nats: string; readonly database: string }> {
    return JSON.parse(await readFile(join(this.home, 'endpoints.json'), 'utf8'));
  }

  /** What `connect` takes to be a service, with all rights, on the embedded NATS server. */
  async natsAsService(): Promise<{ servers: string; user: string; pass: string }> {
    const pass = (await readFile(join(this.home, 'nats-password'), 'utf8')).trim();
    return { servers: (await this.endpoints()).nats, user: 'signalbox', pass };
  }

  /** Ctrl-C; answers how long it took, in ms. */
  async stop(): Promise<number> {
    const startedAt = performance.now();
    if (!this.exited) this.child.kill('SIGINT');
    await eventually(() => this.exited, STOP_MAX_MS);
    return performance.now() - startedAt;
  }

  async crash(): Promise<void> {
    this.child.kill('SIGKILL');
    await eventually(() => this.exited, STOP_MAX_MS);
  }

  async stopAndForget(): Promise<void> {
    await this.stop();
    await rm(this.home, { recursive: true, force: true });
  }

  /** A request that is neither `get` nor `post`; `body` is what goes over the wire. */
  async call<T>(method: string, path: string, sent: Sent = {}): Promise<Answer<T>> {
    const response = await fetch(`${this.url}${path}`, {
      ...sent,
      method,
      headers: {
        'x-stourio-key': this.apiKey,
        'content-type': 'application/json',
        ...sent.headers,
      },
      signal: AbortSignal.timeout(ANSWER_MAX_MS),
    });
    return { status: response.status, body: (await response.json()) as T };
  }
}

function start(args: readonly string[], env: Record<string, string>): ChildProcess {
  const { PATH = '', HOME = '' } = process.env;
  // Only what a user's shell would have, so that no setting of the test's own leaks in.
  return spawn(process.execPath, ['apps/cli/bin/signalbox.mjs', ...args], {
    cwd: repository,
    env: { PATH, HOME, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function collect(child: ChildProcess): { text: string } {
  const out = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => (out.text += chunk));
  return out;
}
