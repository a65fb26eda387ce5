import { AppError } from '@signalbox/kernel';
import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { natsUrlVariable } from './nats-url-variable.ts';

/** In the order of starting; the edge comes last, so that what it accepts is handled. */
const appNames = [
  'projector',
  'tool-gateway',
  'approval',
  'automation',
  'agent-runner',
  'router',
  'ingest',
] as const;

const RESTART_WAIT_MS = 200;
const RESTART_WAIT_MAX_MS = 5_000;
/** A process that ran this long had a good start, whatever ended it. */
const GOOD_START_MS = 10_000;
const STOP_MAX_MS = 9_500;
/** Of a log, among which the reason of a failed start is looked for. */
const LAST_LINES = 20;

export interface AppProcessesOptions {
  /** One process for each app, or one for all. */
  readonly separate: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** By app, in place of the one in `env`: for apps that have rights of their own. */
  readonly natsUrls: Readonly<Record<string, string>>;
  readonly logsDir: string;
  say(line: string): void;
  /** Aborted, those that are still starting are ended. */
  readonly signal: AbortSignal;
}

export interface AppProcesses {
  /** Base URL of the HTTP edge. */
  readonly url: string;
  /** By app, or under `apps` when one process has them all; changes when one is restarted. */
  pids(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/** Starts the apps, and again whichever process ends by itself. */
export async function startApps(options: AppProcessesOptions): Promise<AppProcesses> {
  const groups: readonly (readonly [string, readonly string[]])[] = options.separate
    ? appNames.map((name) => [name, [name]] as const)
    : [['apps', appNames]];
  const supervisors = groups.map(([name, apps]) => new Supervisor(name, apps, options));
  const stop = async () => {
    // Against the order of starting: first nothing new comes in.
    for (const supervisor of supervisors) supervisor.keepDown();
    await Promise.all(supervisors.map((supervisor) => supervisor.stop()));
  };
  options.signal.addEventListener('abort', () => void stop(), { once: true });
  try {
    const urls = await Promise.all(supervisors.map((supervisor) => supervisor.start()));
    const pids = () => Object.fromEntries(supervisors.map((s) => [s.name, s.pid]));
    return { url: urls.findLast((url) => url !== undefined) ?? '', pids, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

class Supervisor {
  private child: ChildProcess | undefined;
  private down = false;
  private restarts = 0;

  constructor(
    readonly name: string,
    private readonly apps: readonly string[],
    private readonly options: AppProcessesOptions,
  ) {}

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** @throws AppError `app_not_started` with the last error in its log. */
  start(): Promise<string | undefined> {
    const log = join(this.options.logsDir, `${this.name}.log`);
    const output = openSync(log, 'a');
    const child = fork(fileURLToPath(new URL('./host.main.js', import.meta.url)), this.apps, {
      env: environmentOf(this.apps, this.options),
      // In a group of its own: Ctrl-C reaches the launcher alone, which stops things in order.
      detached: true,
      stdio: ['ignore', output, output, 'ipc'],
    });
    closeSync(output);
    this.child = child;
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      let ready = false;
      child.once('message', (message: { url?: string }) => {
        ready = true;
        resolve(message.url);
      });
      child.once('exit', (code, signal) => {
        if (!ready) return reject(notStarted(this.name, log));
        if (this.down) return;
        if (performance.now() - startedAt > GOOD_START_MS) this.restarts = 0;
        this.options.say(`${this.name} ended (${signal ?? `exit ${code}`}), starting it again`);
        this.startAgain();
      });
    });
  }

  keepDown(): void {
    this.down = true;
  }

  stop(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MAX_MS);
      child.once('exit', () => {
        clearTimeout(kill);
        resolve();
      });
      child.kill('SIGTERM');
    });
  }

  private startAgain(): void {
    const wait = Math.min(RESTART_WAIT_MS * 2 ** this.restarts++, RESTART_WAIT_MAX_MS);
    setTimeout(() => {
      if (this.down) return;
      this.start().catch((error: unknown) => {
        this.options.say((error as Error).message);
        this.startAgain();
      });
    }, wait);
  }
}

/** Secrets that nobody needs but these apps. */
const secretsOf: Readonly<Record<string, readonly string[]>> = {
  SIGNALBOX_API_KEY: ['ingest'],
  SIGNALBOX_DATABASE_URL: ['ingest', 'projector'],
};

/** A process gets the address of its own app alone, or of each app in it. */
function environmentOf(
  apps: readonly string[],
  { env, natsUrls }: AppProcessesOptions,
): Record<string, string> {
  const own = apps.flatMap((app) => {
    const url = natsUrls[app];
    return url === undefined ? [] : [[natsUrlVariable(app), url] as const];
  });
  const [alone] = apps.length === 1 ? own : [];
  const others = Object.entries(secretsOf).filter(
    ([, users]) => !users.some((app) => apps.includes(app)),
  );
  const withheld = new Set(others.map(([name]) => name));
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !withheld.has(name))),
    ...(alone ? { SIGNALBOX_NATS_URL: alone[1] } : Object.fromEntries(own)),
  };
}

function notStarted(name: string, log: string): AppError {
  const lines = readFileSync(log, 'utf8').trim().split('\n').slice(-LAST_LINES);
  const last = lines.findLast((line) => line.includes('"level":"error"')) ?? lines.at(-1) ?? '';
  return new AppError({
    code: 'app_not_started',
    kind: 'unavailable',
    message: `${name} did not start: ${reasonIn(last)} (log: ${log})`,
  });
}

/** Log lines are JSON with a message; anything else is shown as it stands. */
function reasonIn(line: string): string {
  try {
    const parsed: unknown = JSON.parse(line);
    const { message } = parsed as { message?: unknown };
    return typeof message === 'string' ? message : line;
  } catch {
    return line.slice(0, 300);
  }
}
