import type { NatsConnection } from '@nats-io/nats-core';
import {
  AppError,
  asAppError,
  errorOutcomes,
  parse,
  type CommandDefinition,
  type ReceivedCommand,
} from '@signalbox/kernel';
import { encodeError, encodeResult } from './answer.ts';
import { decodeCommand } from './command-codec.ts';
import { headerNames } from './headers.ts';
import type { ReceivedMessage } from './received-message.ts';

export interface BoundCommand {
  readonly definition: CommandDefinition;
  handle(command: ReceivedCommand): Promise<unknown>;
}

/**
 * Parses a command, has it handled, and tells who waits for it. Resolves when the message is
 * done; throws what settles it otherwise:
 * - an error of a handler that is final was heard by who waits, so it is no dead letter too;
 * - an error to be tried again is not told: the command is still to be carried out. Except a
 *   conflict, which who waits should see, and decide upon;
 * - what no handler could take is told, and a dead letter.
 */
export async function dispatchCommand(
  connection: NatsConnection,
  commands: ReadonlyMap<string, BoundCommand>,
  message: ReceivedMessage,
): Promise<void> {
  const replyTo = message.headers[headerNames.replyTo];
  const answer = (body: string): void => {
    if (replyTo) connection.publish(replyTo, body);
  };
  let accepted = false;
  try {
    const { bound, command } = accept(commands, message);
    accepted = true;
    answer(encodeResult(await bound.handle(command)));
  } catch (thrown) {
    const error = asAppError(thrown);
    const final = error.kind === 'conflict' || errorOutcomes[error.kind].settlement !== 'retry';
    if (!replyTo || !final) throw error;
    answer(encodeError(error));
    if (!accepted) throw error;
  }
}

/** @throws AppError `invalid` for what is no command, `missing` for one that nobody handles. */
function accept(
  commands: ReadonlyMap<string, BoundCommand>,
  message: ReceivedMessage,
): { readonly bound: BoundCommand; readonly command: ReceivedCommand } {
  const { name, data, ...envelope } = decodeCommand(message);
  const bound = commands.get(name);
  if (!bound) {
    throw new AppError({
      code: 'unknown_command',
      kind: 'missing',
      message: `nobody handles ${message.subject}`,
    });
  }
  const { service, schema } = bound.definition;
  const checked = parse(schema, data, `command ${service}.${name}`);
  return { bound, command: { ...envelope, data: checked, deliveries: message.deliveries } };
}
