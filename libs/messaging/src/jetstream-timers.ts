import type { Command } from '@signalbox/kernel';
import { encodeCommand } from './command-codec.ts';
import { Timers, type SendOptions } from './command-bus.port.ts';
import { publishDurably } from './durable-publish.ts';
import { messageHeaders } from './header-block.ts';
import type { CommandSenderOptions } from './jetstream-command-bus.ts';
import { subjectsOf } from './subjects.ts';

/** How long a fired timer stays for a service that is down. */
const FIRED_TTL = '720h';

/**
 * Commands as message schedules of the server. One subject is one timer, so publishing again
 * replaces it; the schedule's own headers and body become those of the message that it fires.
 * https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-51.md
 */
export class JetStreamTimers extends Timers {
  readonly #options: CommandSenderOptions;

  constructor(options: CommandSenderOptions) {
    super();
    this.#options = options;
  }

  async schedule(command: Command, options: SendOptions & { readonly at: Date }): Promise<void> {
    const { connection, env, source, clock } = this.#options;
    const encoded = encodeCommand(command, options, { source, now: clock.now() });
    const { schedule, fired } = subjectsOf(env);
    const headers = messageHeaders({
      ...encoded.headers,
      'Nats-Schedule': `@at ${options.at.toISOString()}`,
      'Nats-Schedule-Target': fired(command.service, command.name),
      'Nats-Schedule-TTL': FIRED_TTL,
    });
    const subject = schedule(command.service, options.id);
    await publishDurably(connection, { subject, headers, bytes: encoded.bytes });
  }
}
