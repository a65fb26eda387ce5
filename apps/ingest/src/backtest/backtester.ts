import type { NatsConnection } from '@nats-io/nats-core';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { signalReceived, type Rule } from '@signalbox/contracts';
import { scanEvents } from '@signalbox/messaging';
import { Environment, NATS_CONNECTION } from '@signalbox/service';
import { TooManyRequests } from '../http/too-many-requests.ts';
import type { BacktestRequest } from './backtest-request.ts';
import { backtestLines } from './backtest-run.ts';
import { ComparisonThread } from './comparison-thread.ts';

const RUNS_AT_ONCE = 1;
const TRY_AGAIN_S = 10;
const SIGNALS_MAX = 1_000_000;
/** Changed signals that are told in full, and their lines together. */
const SHOWN = { signals: 10_000, bytes: 64 * 1024 * 1024 };

/** A backtest under way. */
export interface RunningBacktest {
  /** Newline-delimited JSON, made as it is taken. */
  readonly lines: AsyncGenerator<string, void>;
  /** Ends it, finished or not. Must be called: another one has to wait for it. */
  stop(): Promise<void>;
}

export interface RuleSets {
  readonly before: readonly Rule[];
  readonly after: readonly Rule[];
}

/** Compares rule sets on recorded signals. Reads; nothing here can write. */
@Injectable()
export class Backtester implements OnModuleDestroy {
  private readonly running = new Set<RunningBacktest>();
  private starting = 0;

  constructor(
    @Inject(NATS_CONNECTION) private readonly connection: NatsConnection,
    private readonly environment: Environment,
  ) {}

  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.running].map((run) => run.stop()));
  }

  /**
   * @throws AppError `limited` while another one runs in this process, `invalid` naming the
   * candidate rule and the field that cannot be used.
   */
  async start(rules: RuleSets, period: Omit<BacktestRequest, 'rules'>): Promise<RunningBacktest> {
    if (this.starting + this.running.size >= RUNS_AT_ONCE) throw busy();
    this.starting++;
    try {
      const thread = await ComparisonThread.start({ ...rules, limits: SHOWN });
      const run = this.runOf(thread, period);
      this.running.add(run);
      return run;
    } finally {
      this.starting--;
    }
  }

  private runOf(thread: ComparisonThread, period: Omit<BacktestRequest, 'rules'>): RunningBacktest {
    const { connection } = this;
    const env = this.environment.name;
    const { aggregate } = signalReceived;
    const events = scanEvents({ connection, env, aggregate, ...period });
    const stop = async () => {
      await thread.stop();
      this.running.delete(run);
    };
    const lines = backtestLines({ thread, events, period, signalsMax: SIGNALS_MAX, stop });
    const run = { lines, stop };
    return run;
  }
}

function busy(): TooManyRequests {
  return new TooManyRequests({
    code: 'backtest_running',
    message: 'Another backtest is running here. Try again when it is done.',
    retryAfterSeconds: TRY_AGAIN_S,
  });
}
