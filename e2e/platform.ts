import { connect, type NatsConnection } from '@nats-io/transport-node';
import { eventually } from '@signalbox/testing';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Canaried } from './canaries/canaried.ts';
import { fillKept, registerKept } from './canaries/kept-secrets.ts';
import { watch } from './canaries/watch.ts';
import { Edge, type Answer, type Sent } from './edge.ts';
import { spawnSignalbox, type Printed } from './signalbox.ts';
import { whenEquipped } from './stories.ts';

const READY_MAX_MS = 180_000;
const STOP_MAX_MS = 30_000;

export interface RunOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** An earlier one's, to start on its state again. */
  readonly home?: string;
  /** Times are measured: nobody listens to what passes over NATS, which costs some. */
  readonly measured?: boolean;
}

/** A whole Signalbox on this machine, in a folder of its own, started the way `npm start` does. */
export class Platform {
  readonly home: string;
  private edge = new Edge('', '');
  private readonly child: ChildProcess;
  private readonly out: Printed;
  readonly canaried: Canaried;
  private listener: NatsConnection | undefined;

  private constructor(
    home: string,
    canaried: Canaried,
    env: Readonly<Record<string, string>>,
    args: readonly string[],
  ) {
    this.home = home;
    this.canaried = canaried;
    const { child, printed } = spawnSignalbox(['up', ...args], env);
    this.child = child;
    this.out = printed;
  }

  static async start(options: RunOptions = {}): Promise<Platform> {
    const { args = [], env = {}, home, measured = false } = options;
    const folder = home ?? (await mkdtemp(join(tmpdir(), 'signalbox-e2e-')));
    const settings = {
      SIGNALBOX_HOME: folder,
      SIGNALBOX_PORT: '0',
      // A scenario asks more often than people do; the one about limits sets them.
      SIGNALBOX_RATE_LIMITS: 'off',
      ...env,
    };
    const canaried = await Canaried.of(folder, settings);
    if (home === undefined) await fillKept(folder, watch);
    const platform = new Platform(folder, canaried, canaried.envWith(settings), args);
    const ready = /signalbox ready on (\S+)/;
    await eventually(
      () => ready.test(platform.output) || platform.child.exitCode !== null,
      READY_MAX_MS,
    );
    const [, url] = ready.exec(platform.output) ?? [];
    if (!url) throw new Error(`it did not get ready:\n${platform.output}`);
    platform.edge = new Edge(url, (await readFile(join(folder, 'api-key'), 'utf8')).trim());
    await registerKept(folder, watch);
    platform.listener = await connect(await platform.natsAsService());
    if (!measured) canaried.listen(platform.listener);
    if (env['SIGNALBOX_GATEWAY_CONFIG'] === undefined) await whenEquipped(platform);
    return platform;
  }

  get url(): string {
    return this.edge.url;
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

  get<T>(path: string): Promise<Answer<T>> {
    return this.edge.get<T>(path);
  }

  post<T>(path: string, body: unknown, headers?: Sent['headers']): Promise<Answer<T>> {
    return this.edge.post<T>(path, body, headers);
  }

  /** A request that is neither `get` nor `post`. */
  call<T>(method: string, path: string, sent?: Sent): Promise<Answer<T>> {
    return this.edge.call<T>(method, path, sent);
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
    await this.listener?.close();
    const startedAt = performance.now();
    if (!this.exited) this.child.kill('SIGINT');
    await eventually(() => this.exited, STOP_MAX_MS);
    const tookMs = performance.now() - startedAt;
    watch.see('what the launcher prints', this.output);
    return tookMs;
  }

  async crash(): Promise<void> {
    await this.listener?.close();
    this.child.kill('SIGKILL');
    await eventually(() => this.exited, STOP_MAX_MS);
  }

  /** @throws Error when a credential was found where it should not be. */
  async stopAndForget(): Promise<void> {
    try {
      await this.lookForCanaries();
    } finally {
      await this.stop();
    }
    await this.canaried.conclude();
    await rm(this.home, { recursive: true, force: true });
  }

  private async lookForCanaries(): Promise<void> {
    const { listener } = this;
    if (this.exited || !listener) throw new Error('it was down before it was looked at');
    await this.edge.ask('GET', '/metrics');
    await this.canaried.lookAt(listener, (await this.endpoints()).database);
    // It could not have started with any other.
    for (const slot of ['SIGNALBOX_NATS_URL', 'SIGNALBOX_DATABASE_URL', 'NATS user tool-gateway']) {
      watch.used(slot);
    }
  }
}
