import { allCommands, allEvents } from '@signalbox/contracts';
import { z } from 'zod';

/** Data as JSON Schema, the way it is written: defaults may be absent. */
export function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

interface Message {
  readonly name: string;
  readonly summary: string;
  readonly payload: Record<string, unknown>;
}

interface Channel {
  readonly address: string;
  readonly description: string;
  readonly messages: readonly Message[];
  /** Seen from the service: it receives commands and sends events. */
  readonly action: 'send' | 'receive';
}

function channels(): Map<string, Channel> {
  const aggregates = [...new Set(allEvents.map((event) => event.aggregate))].toSorted();
  const services = [...new Set(allCommands.map((command) => command.service))].toSorted();
  return new Map<string, Channel>([
    ...aggregates.map((aggregate): [string, Channel] => [
      `audit-${aggregate}`,
      {
        address: `audit.{env}.${aggregate}.{id}`,
        description: `Events of one ${aggregate}, in the stream AUDIT. The type is the header ce-type.`,
        action: 'send',
        messages: allEvents
          .filter((event) => event.aggregate === aggregate)
          .map((e) => ({ name: e.type, summary: e.summary, payload: jsonSchemaOf(e.schema) })),
      },
    ]),
    ...services.flatMap((service) =>
      allCommands
        .filter((command) => command.service === service)
        .map((command): [string, Channel] => [
          `cmd-${service}-${command.name}`,
          {
            address: `cmd.{env}.${service}.${command.name}`,
            description: command.summary,
            action: 'receive',
            messages: [
              {
                name: `${service}.${command.name}`,
                summary: command.summary,
                payload: jsonSchemaOf(command.schema),
              },
            ],
          },
        ]),
    ),
  ]);
}

/** Every message as an AsyncAPI 3.0 document. https://www.asyncapi.com/docs/reference/specification/v3.0.0 */
export function asyncApiDocument(): Record<string, unknown> {
  const all = [...channels()];
  return {
    asyncapi: '3.0.0',
    info: { title: 'Signalbox', version: '0.1.0', description: 'Messages between the services.' },
    channels: Object.fromEntries(
      all.map(([id, { address, description, messages }]) => [
        id,
        {
          address,
          description,
          parameters: parametersOf(address),
          messages: Object.fromEntries(
            messages.map((m) => [m.name, { ...m, contentType: 'application/json' }]),
          ),
        },
      ]),
    ),
    operations: Object.fromEntries(
      all.map(([id, { action }]) => [
        `${action}-${id}`,
        { action, channel: { $ref: `#/channels/${id}` } },
      ]),
    ),
  };
}

function parametersOf(address: string): Record<string, object> {
  return Object.fromEntries([...address.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, {}]));
}
