import type { Command, CommandDefinition, DataOf, Json } from '@signalbox/kernel';
import { CommandBus, type SendOptions } from '@signalbox/messaging';

export interface SentCommand extends SendOptions {
  readonly command: Command;
}

/** Keeps what is sent, each id once as the real bus does, and answers nothing. */
export class RecordingCommandBus extends CommandBus {
  /** Every send, also those that the real bus would know for repeats. */
  readonly attempts: SentCommand[] = [];

  get sent(): readonly SentCommand[] {
    return [...new Map(this.attempts.map((sent) => [sent.id, sent])).values()];
  }

  /** The data of the commands of one definition, in the order in which they were first sent. */
  sentOf<D extends CommandDefinition>({ service, name }: D): readonly DataOf<D>[] {
    return this.sent
      .filter(({ command }) => command.service === service && command.name === name)
      .map(({ command }) => command.data as DataOf<D>);
  }

  async send(command: Command, options: SendOptions): Promise<void> {
    this.attempts.push({ command, ...options });
  }

  async request(command: Command, options: SendOptions): Promise<Json> {
    await this.send(command, options);
    return null;
  }
}
