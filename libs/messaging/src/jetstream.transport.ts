import type { NatsConnection } from '@nats-io/nats-core';
import { Logger } from '@nestjs/common';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { laneOf } from './command-codec.ts';
import { dispatchCommand, type BoundCommand } from './command-dispatch.ts';
import { consume, type ConsumeOptions, type RunningConsumer } from './consumer.ts';
import { consumerDefaults, HELD_IN_LANES_MAX, type ConsumerTuning } from './consumer-defaults.ts';
import { durableOf } from './consumer-settings.ts';
import { headerNames } from './headers.ts';
import { JETSTREAM, type Binding } from './message.decorators.ts';
import type { ReceivedMessage } from './received-message.ts';
import { sourceIn, streams, subjectsOf } from './subjects.ts';
import { continueTrace } from './trace-context.ts';

export interface JetStreamTransportOptions {
  /** Not closed by the transport. */
  readonly connection: NatsConnection;
  readonly env: string;
  readonly service: string;
  /** By stream, in place of `consumerDefaults`. */
  readonly tuning?: Readonly<Record<string, Partial<ConsumerTuning>>>;
}

type Handle = (message: ReceivedMessage) => Promise<void>;

/**
 * Nest's edge onto JetStream: parses, traces, runs and settles what `OnCommand` and `OnMessages`
 * methods take. All replicas of a service share its durable consumers.
 */
export class JetStreamTransport extends Server implements CustomTransportStrategy {
  override readonly transportId = JETSTREAM;
  protected override readonly logger = new Logger(JetStreamTransport.name);
  readonly #options: JetStreamTransportOptions;
  readonly #consumers: RunningConsumer[] = [];

  constructor(options: JetStreamTransportOptions) {
    super();
    this.#options = options;
  }

  override addHandler(
    pattern: string,
    callback: MessageHandler,
    isEventHandler?: boolean,
    extras?: Record<string, unknown>,
  ): void {
    if (this.messageHandlers.has(pattern)) throw new Error(`two methods take: ${pattern}`);
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      for (const [stream, filter, handle] of this.#subscriptions()) {
        this.#consumers.push(await this.#consume(stream, filter, handle));
      }
      callback();
    } catch (error) {
      await this.close();
      callback(error);
    }
  }

  /** Lets handlers end; what is not done in time goes to another replica. */
  async close(): Promise<void> {
    await Promise.all(this.#consumers.splice(0).map((consumer) => consumer.stop()));
  }

  /** Resolves when nothing waits for this service and nothing is being handled. */
  async whenIdle(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.whenIdle()));
  }

  on(): void {
    throw new Error('the transport has no events; the connection has');
  }

  unwrap<T>(): T {
    return this.#options.connection as T;
  }

  *#subscriptions(): Generator<readonly [stream: string, filter: string, handle: Handle]> {
    const { connection, env, service } = this.#options;
    const subjects = subjectsOf(env);
    const commands = new Map<string, BoundCommand>();
    for (const handler of this.messageHandlers.values()) {
      const binding = bindingOf(handler);
      const run = async (input: unknown): Promise<unknown> =>
        lastValueFrom(this.transformToObservable(await handler(input)), { defaultValue: null });
      if (binding.kind === 'messages') {
        yield [
          binding.stream,
          filterOf(binding.stream, env),
          async (m) => void (await run(traced(m))),
        ];
        continue;
      }
      const { definition } = binding;
      if (definition.service !== service) {
        throw new Error(`${definition.name} is a command of ${definition.service}, not ${service}`);
      }
      commands.set(definition.name, { definition, handle: run });
    }
    const dispatch: Handle = (message) => dispatchCommand(connection, commands, message);
    yield [streams.commands, subjects.commandsOf(service), dispatch];
    if (commands.size > 0) yield [streams.timers, subjects.firedFor(service), dispatch];
  }

  #consume(stream: string, filter: string, handle: Handle): Promise<RunningConsumer> {
    const { connection, env, service, tuning } = this.#options;
    return consume({
      ...consumerDefaults,
      ...this.#turnsOf(stream),
      ...tuning?.[stream],
      connection,
      service,
      stream,
      durable: durableOf(env, service),
      filters: [filter],
      deadLetterSubject: subjectsOf(env).deadLetter(service),
      logger: this.logger,
      handle,
    });
  }

  /** More than are handled are held only where that makes turns fair; others may take the rest. */
  #turnsOf(stream: string): Pick<ConsumeOptions, 'laneOf' | 'heldMax'> {
    if (stream === streams.signals) return { laneOf: ({ subject }) => sourceIn(subject) };
    if (stream !== streams.commands) return {};
    const bindings = [...this.messageHandlers.values()].map((handler) => bindingOf(handler));
    const hasLanes = bindings.some(
      (binding) => binding.kind === 'command' && binding.definition.hasLanes,
    );
    return hasLanes ? { laneOf, heldMax: HELD_IN_LANES_MAX } : {};
  }
}

function bindingOf({ extras }: MessageHandler): Binding {
  return (extras as { readonly binding: Binding }).binding;
}

function filterOf(stream: string, env: string): string {
  if (stream === streams.signals) return subjectsOf(env).signals;
  throw new Error(`OnMessages does not take the stream ${stream}`);
}

/** With a span of this hop in place of the sender's. */
function traced(message: ReceivedMessage): ReceivedMessage {
  const traceparent = continueTrace(message.headers[headerNames.traceparent]);
  return { ...message, headers: { ...message.headers, [headerNames.traceparent]: traceparent } };
}
