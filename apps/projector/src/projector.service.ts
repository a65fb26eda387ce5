import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { asAppError, type RecordedEvent } from '@signalbox/kernel';
import type { EventFeed, Feed } from '@signalbox/messaging';
import type { Postgres } from '@signalbox/postgres';
import {
  connectReadModels,
  migrateReadModels,
  ReadModelWriter,
  type ReadModelOptions,
} from '@signalbox/read-models';
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 2_000;

/**
 * Carries the audit stream into the read models, for ever: whatever fails, it begins again at the
 * checkpoint. Any number may run; the checkpoint lets one of them write each batch.
 */
export class ProjectorService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ProjectorService.name);
  private readonly postgres: Postgres;
  private readonly writer: ReadModelWriter;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private feed: Feed | undefined;
  private retryMs = RETRY_MIN_MS;
  private at = 0;

  constructor(
    private readonly events: EventFeed,
    private readonly options: ReadModelOptions,
  ) {
    this.postgres = connectReadModels(options);
    this.writer = new ReadModelWriter(this.postgres);
  }

  /** The audit sequence up to which the read models are complete, as far as this process knows. */
  get position(): number {
    return this.at;
  }

  /** Not awaited: the service is up while Postgres is not. */
  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.feed?.stop();
    await this.running;
    await this.postgres.close();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.follow();
      } catch (thrown) {
        const { code, message } = asAppError(thrown);
        this.logger.warn(`stopped after event ${this.at}, trying again: ${message} (${code})`);
        await this.pause();
      }
    }
  }

  /** Until the feed ends. The read models are made anew where they are missing. */
  private async follow(): Promise<void> {
    await migrateReadModels(this.options);
    this.at = await this.writer.position();
    this.logger.log(`following after event ${this.at}`);
    const feed = await this.events.follow({
      after: this.at,
      handle: (events, position) => this.write(events, position),
    });
    this.feed = feed;
    if (this.stopping.signal.aborted) await feed.stop();
    await feed.whenStopped();
  }

  private async write(events: readonly RecordedEvent[], position: number): Promise<void> {
    let rest = events.filter((event) => event.record.sequence > this.at);
    while (position > this.at) {
      try {
        this.at = await this.writer.write(this.at, rest, position);
        this.retryMs = RETRY_MIN_MS;
        return;
      } catch (thrown) {
        if (asAppError(thrown).kind !== 'conflict') throw thrown;
        const moved = await this.writer.position();
        // Set back, by a rebuild or a crash of Postgres: what lies between must be read again.
        if (moved <= this.at) throw thrown;
        this.at = moved;
        rest = rest.filter((event) => event.record.sequence > moved);
      }
    }
  }

  private async pause(): Promise<void> {
    const { signal } = this.stopping;
    await delay(this.retryMs, undefined, { signal }).catch(() => undefined);
    this.retryMs = Math.min(2 * this.retryMs, RETRY_MAX_MS);
  }
}
