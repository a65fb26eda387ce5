import type { NatsConnection } from '@nats-io/nats-core';
import { Inject, Injectable } from '@nestjs/common';
import { subjectsOf } from '@signalbox/messaging';
import { Environment, NATS_CONNECTION } from '@signalbox/service';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { StoryWatch } from '../chat/story-watch.ts';
import { TooManyRequests } from '../http/too-many-requests.ts';
import { EventStream } from './event-stream.ts';
import { outcomeOf, runOf, statusOf } from './execution-answer.ts';
import { ExecutionLog, type RunEvent, type RunEvents } from './execution-log.ts';

/** Streams of one process at a time. */
const STREAMS_MAX = 200;
const TRY_AGAIN_S = 10;

/** What the agent-runner tells of a model while it speaks. */
const textSchema = z.object({
  step: z.int().positive(),
  provider: z.string(),
  model: z.string(),
  text: z.string(),
});

/** Runs while they go on: every event, and between them what the model says. */
@Injectable()
export class LiveRuns {
  private open = 0;

  constructor(
    private readonly log: ExecutionLog,
    private readonly watch: StoryWatch,
    @Inject(NATS_CONNECTION) private readonly connection: NatsConnection,
    private readonly environment: Environment,
  ) {}

  /**
   * @param after the audit sequence of the last event that the reader has; 0 for none.
   * @throws AppError `missing`, `limited` while too many are watched here, `unavailable`.
   */
  async follow(id: string, after: number): Promise<Readable> {
    if (this.open >= STREAMS_MAX) throw busy();
    this.open++;
    try {
      const begun = await this.log.read(id);
      return await this.begin(begun, after);
    } catch (error) {
      this.open--;
      throw error;
    }
  }

  /** Resolves once the log is followed, so that a stream that cannot be is refused. */
  private begin(begun: RunEvents, after: number): Promise<Readable> {
    return new Promise((resolve, reject) => {
      const following = this.watch.during(async () => {
        const stream = new EventStream();
        resolve(stream.bytes);
        try {
          await this.tell(stream, begun, after);
          stream.end();
        } catch {
          // Told so by its end without a last word: it may come again for the rest.
          stream.bytes.destroy();
        } finally {
          this.open--;
        }
      });
      following.catch(reject);
    });
  }

  private async tell(stream: EventStream, begun: RunEvents, after: number): Promise<void> {
    const id = begun[0].record.aggregateId;
    const subscription = this.connection.subscribe(this.subjectOf(id), {
      callback: (_error, message) => {
        const told = textSchema.safeParse(parsed(message.string()));
        if (told.success) stream.text(told.data);
      },
    });
    try {
      let events = begun;
      let told = after;
      for (;;) {
        // Before it is read, so that nothing is missed between the two.
        const news = this.watch.next(id, stream.gone);
        events = await this.log.read(id, events);
        for (const event of events.filter(({ record }) => record.sequence > told)) {
          if (stream.gone.aborted || this.watch.isStopping) return;
          await stream.event(eventAnswer(event), event.record.sequence);
          told = event.record.sequence;
        }
        const run = runOf(events);
        if (run.end) return stream.named('end', { status: statusOf(run), outcome: outcomeOf(run) });
        await news;
        if (stream.gone.aborted || this.watch.isStopping) return;
      }
    } finally {
      subscription.unsubscribe();
    }
  }

  private subjectOf(id: string): string {
    return subjectsOf(this.environment.name).watch({ aggregate: 'execution', id });
  }
}

/** An event, whole, under the names that it has in `GET /api/why`. */
function eventAnswer({ type, data, record }: RunEvent): object {
  return {
    sequence: record.sequence,
    id: record.id,
    type,
    aggregate: record.aggregate,
    aggregate_id: record.aggregateId,
    version: record.version,
    created_at: record.time.toISOString(),
    actor: record.actor,
    correlation_id: record.correlationId,
    causation_id: record.causationId,
    epoch: record.epoch,
    data,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function busy(): TooManyRequests {
  return new TooManyRequests({
    code: 'too_many_streams',
    message: `${STREAMS_MAX} runs are watched here already. Try again when somebody has left.`,
    retryAfterSeconds: TRY_AGAIN_S,
  });
}
