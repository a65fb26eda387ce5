import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { asAppError } from '@signalbox/kernel';
import { setTimeout as delay } from 'node:timers/promises';
import { OverdueSignals } from './overdue-signals.ts';
import { SignalStreams } from './signal-streams.ts';
import type { AcceptedSignal } from './undecided-signals.ts';
import { WatchdogMetrics } from './watchdog.metrics.ts';

const ROUND_MS = 1_000;
const TROUBLE_LOG_MS = 30_000;

/**
 * No signal left behind: compares what was accepted with what was decided, and raises what has no
 * decision when its time is up. It only looks on, so nothing waits for it.
 */
@Injectable()
export class Watchdog implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(Watchdog.name);
  private readonly stopping = new AbortController();
  private troubleToldAt = -Infinity;

  constructor(
    private readonly streams: SignalStreams,
    private readonly overdue: OverdueSignals,
    private readonly metrics: WatchdogMetrics,
  ) {}

  onModuleInit(): void {
    void this.goRound();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    // Not the round: while NATS is away it may last longer than a stop should.
    await this.streams.stop();
  }

  private async goRound(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        if (this.streams.caughtUp) await this.settle();
        else await this.streams.begin();
      } catch (error) {
        this.tellTrouble(error);
      }
      this.metrics.up.set(this.streams.inSight ? 1 : 0);
      await delay(ROUND_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async settle(): Promise<void> {
    await this.overdue.lookUp(await this.streams.delivered());
    await this.overdue.report((overdue) => this.tellOverdue(overdue));
  }

  private tellOverdue(overdue: readonly AcceptedSignal[]): void {
    this.metrics.overdue.inc(overdue.length);
    const [first, ...others] = overdue;
    if (first === undefined) return;
    const { signalId, subject, acceptedAt } = first;
    this.logger.error(
      `signal ${signalId} (${subject}), accepted at ${new Date(acceptedAt).toISOString()}, has no decision` +
        (others.length > 0 ? `, and ${others.length} more` : ''),
    );
  }

  private tellTrouble(error: unknown): void {
    const now = performance.now();
    if (this.stopping.signal.aborted || now - this.troubleToldAt < TROUBLE_LOG_MS) return;
    this.troubleToldAt = now;
    this.logger.warn(`signals are out of sight: ${asAppError(error).message}`);
  }
}
