import { applyDecorators, Catch, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import type { CommandDefinition } from '@signalbox/kernel';
import { throwError, type Observable } from 'rxjs';

export const JETSTREAM = Symbol('signalbox.jetstream');

/** What a decorated method takes; travels through Nest as the pattern's extras. */
export type Binding =
  | { readonly kind: 'command'; readonly definition: CommandDefinition }
  | { readonly kind: 'messages'; readonly stream: string };

const commandPattern = (name: string): string => `command ${name}`;
const messagesPattern = (stream: string): string => `messages ${stream}`;

/** Nest's own filter would turn every error into "Internal server error". */
@Catch()
class AsThrown implements RpcExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}

/** The method handles the command, from COMMANDS and from fired timers, as a `ReceivedCommand`. */
export function OnCommand(definition: CommandDefinition): MethodDecorator {
  return bind(commandPattern(definition.name), { kind: 'command', definition });
}

/** The method handles the messages of a stream in this environment, as `ReceivedMessage`s. */
export function OnMessages(stream: string): MethodDecorator {
  return bind(messagesPattern(stream), { kind: 'messages', stream });
}

function bind(pattern: string, binding: Binding): MethodDecorator {
  return applyDecorators(
    MessagePattern(pattern, JETSTREAM, { binding }),
    UseFilters(new AsThrown()),
  );
}
