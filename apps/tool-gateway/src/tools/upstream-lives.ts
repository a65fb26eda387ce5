import type { PriorDiscovery } from '@modelcontextprotocol/client';
import { Logger } from '@nestjs/common';
import { AppError } from '@signalbox/kernel';
import { setTimeout as delay } from 'node:timers/promises';
import { BackOff } from './back-off.ts';
import type { CallSlots } from './call-slots.ts';
import type { McpConnectionOptions } from './mcp-connection.ts';
import { McpSession, type McpSessionOptions, StartFailed, STOPPED } from './mcp-session.ts';
import { IDLE, lookAfter } from './upstream-upkeep.ts';

/** What a call waits for the next start; if that is further off, it is told so. */
const START_WAIT_MAX_MS = 2_000;
const LOGGED_CHARACTERS_MAX = 500;
/** Of why a start came to nothing; a server may say as much as it likes. */
const REASON_CHARACTERS_MAX = 2_000;

export interface UpstreamLivesOptions extends McpConnectionOptions {
  readonly name: string;
  readonly slots: CallSlots;
  /** The tools of the present session, each time they are listed. */
  readonly onTools: McpSessionOptions['onTools'];
  /** What was listed counts no more. */
  readonly onLost: () => void;
}

/** The lives of an upstream's server, one at a time: each begins when it is needed. */
export class UpstreamLives {
  private readonly logger: Logger;
  private readonly backOff = new BackOff();
  private current: Promise<McpSession> | undefined;
  private prior: PriorDiscovery | undefined;
  private readonly stopping = new AbortController();

  constructor(private readonly options: UpstreamLivesOptions) {
    this.logger = new Logger(`McpUpstream ${options.name}`);
  }

  /** Whether there is a session, or one is being made. */
  get running(): boolean {
    return this.current !== undefined;
  }

  /** @throws AppError `unavailable` when there is none to be had now. */
  async session(): Promise<McpSession> {
    const session = await this.latest();
    if (session.lostBecause === undefined) return session;
    // It is being stopped, which may take a while.
    await session.whenLost;
    return this.latest();
  }

  async close(): Promise<void> {
    this.stopping.abort(new Error(STOPPED));
    const session = await this.current?.catch(() => undefined);
    await session?.whenLost;
  }

  private latest(): Promise<McpSession> {
    this.current ??= this.start().catch((error: unknown) => {
      this.current = undefined;
      throw error;
    });
    return this.current;
  }

  private async start(): Promise<McpSession> {
    const { name, config, slots } = this.options;
    const { signal: stopped } = this.stopping;
    if (stopped.aborted) throw unavailable(name, 'it is closed.');
    const waitMs = this.backOff.waitMs(performance.now());
    if (waitMs > START_WAIT_MAX_MS) {
      throw unavailable(name, `it starts again in ${Math.ceil(waitMs)} ms.`);
    }
    await delay(waitMs, undefined, { signal: stopped }).catch(() => undefined);
    try {
      const session = await McpSession.start({ ...this.options, prior: this.prior, stopped });
      this.prior = session.discovery;
      const readyAt = performance.now();
      void session.whenLost.then(() => this.onLost(session, readyAt));
      lookAfter(session, config, slots);
      return session;
    } catch (cause) {
      const reason = cut(String(cause), REASON_CHARACTERS_MAX);
      const retryAfterMs = cause instanceof StartFailed ? cause.retryAfterMs : 0;
      this.ended(0, `it does not start: ${cut(reason, LOGGED_CHARACTERS_MAX)}`, retryAfterMs);
      // One that was only killed still speaks what it spoke before.
      if (this.backOff.failures > 1) this.prior = undefined;
      throw unavailable(name, `it does not start: ${reason}`, cause);
    }
  }

  private onLost({ lostBecause }: McpSession, readyAt: number): void {
    this.current = undefined;
    if (this.stopping.signal.aborted || lostBecause === IDLE) return;
    this.options.onLost();
    this.ended(performance.now() - readyAt, `${lostBecause}`);
  }

  /**
   * A line for each life; how many there can be the wait between them limits. The reason is its end:
   * what is left of a secret where it was cut is only found there.
   */
  private ended(servedMs: number, because: string, waitAtLeastMs = 0): void {
    const nowMs = performance.now();
    this.backOff.ended(servedMs, nowMs, waitAtLeastMs);
    const waitMs = Math.ceil(this.backOff.waitMs(nowMs));
    this.logger.warn(`started again when it is needed, not before ${waitMs} ms: ${because}`);
  }
}

function cut(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax).toWellFormed()}…`;
}

/** `why` is the end of what is said: it may have been cut, and what is left of a secret is found there. */
export function unavailable(upstream: string, why: string, cause?: unknown): AppError {
  const next = 'cannot be used now; try again later, or go on without it';
  const message = `The upstream ${upstream} ${next}: ${why}`.replace(/[^.!?…]$/, '$&.');
  return new AppError({ code: 'upstream_unavailable', kind: 'unavailable', message, cause });
}
