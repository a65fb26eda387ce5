import type { DefinitionEvent } from '@signalbox/contracts';
import { AppError, type JsonObject, type RecordedEvent } from '@signalbox/kernel';
import type { FastifyReply } from 'fastify';

/** What the API says of definitions of every kind. */

/**
 * Every version, the newest first: who made it, when, and under `name` the whole definition as it
 * then stood; null where it was deleted.
 */
export function versionsAnswer<Event extends DefinitionEvent>(
  events: readonly RecordedEvent<Event>[],
  name: string,
  definitionIn: (event: RecordedEvent<Event>) => JsonObject | undefined,
): readonly JsonObject[] {
  const definitions = events.map(definitionIn);
  return events
    .map(({ record }, index) => ({
      version: record.version,
      change: definitions[index] ? (definitions[index - 1] ? 'changed' : 'created') : 'deleted',
      by: record.actor,
      at: record.time.toISOString(),
      [name]: definitions[index] ?? null,
    }))
    .toReversed();
}

/** @param id under its name on the wire. */
export function pendingChange(id: JsonObject, reply: FastifyReply): JsonObject {
  reply.status(202);
  return {
    status: 'pending',
    message: 'The change is stored and will be carried out, but was not confirmed in time.',
    ...id,
  };
}

/** @param what `rule` or `agent`. */
export function idRefused(what: string, problem: string): AppError {
  return new AppError({
    code: 'invalid_input',
    kind: 'invalid',
    message: `${what}: id: ${problem}`,
    fields: [{ field: 'id', problem }],
  });
}

export function notOfThePath(what: string, id: string): AppError {
  return idRefused(what, `is ${id}, not the one of the path`);
}
