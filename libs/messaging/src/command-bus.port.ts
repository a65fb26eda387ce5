import type { Command, Json, MessageContext } from '@signalbox/kernel';

export interface SendOptions {
  /** Derived from what caused the command, so that sending it again is the same command. */
  readonly id: string;
  readonly context: MessageContext;
}

/** Durable requests to one service. */
export abstract class CommandBus {
  /** Resolves once the command is on disk. */
  abstract send(command: Command, options: SendOptions): Promise<void>;

  /**
   * Sends, then waits for what the handler answered.
   * @throws AppError as the handler threw it; `unavailable` with code `no_answer_yet` after
   * `waitMs`, with the command still to be carried out.
   */
  abstract request(
    command: Command,
    options: SendOptions & { readonly waitMs: number },
  ): Promise<Json>;
}

/** Commands that are sent later, by the server, whatever became of the process that asked. */
export abstract class Timers {
  /** Scheduling the same id again replaces it. */
  abstract schedule(command: Command, options: SendOptions & { readonly at: Date }): Promise<void>;
}
