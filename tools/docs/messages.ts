import { allCommands, allEvents } from '@signalbox/contracts';
import { jsonSchemaOf } from './asyncapi.ts';

/** Every message as a page for people: its subject, what it means, its fields. */
export function messagesPage(): string {
  const aggregates = [...new Set(allEvents.map((event) => event.aggregate))].toSorted();
  const events = aggregates.flatMap((aggregate) => [
    `### ${aggregate}: \`audit.<env>.${aggregate}.<id>\``,
    ...allEvents
      .filter((event) => event.aggregate === aggregate)
      .flatMap((e) => [
        `#### ${e.type} (version ${e.schemaVersion})`,
        e.summary,
        fields(jsonSchemaOf(e.schema)),
      ]),
  ]);
  const commands = allCommands
    .toSorted((a, b) => (`${a.service}.${a.name}` < `${b.service}.${b.name}` ? -1 : 1))
    .flatMap((c) => [
      `### \`cmd.<env>.${c.service}.${c.name}\``,
      c.summary,
      fields(jsonSchemaOf(c.schema)),
    ]);
  return [
    '# Messages',
    'Generated from `libs/contracts` by `npm run docs`; do not edit.',
    '## Events',
    'Facts, in the stream AUDIT. One subject per aggregate; the type is the header `ce-type`.',
    ...events,
    '## Commands',
    'Requests to one service, in the stream COMMANDS.',
    ...commands,
    '',
  ].join('\n\n');
}

function fields(schema: Record<string, unknown>): string {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, object>);
  if (properties.length === 0) return 'No fields.';
  const required = new Set((schema['required'] ?? []) as string[]);
  const rows = properties.map(
    ([name, value]) => `| \`${name}\` | ${typeOf(value)} | ${required.has(name) ? 'yes' : ''} |`,
  );
  return ['| Field | Type | Required |', '|---|---|---|', ...rows].join('\n');
}

interface Shape {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly format?: string;
  readonly oneOf?: readonly Shape[];
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
}

function typeOf(shape: Shape): string {
  const choices = shape.oneOf ?? shape.anyOf;
  if (shape.const !== undefined) return `\`${shape.const}\``;
  if (shape.enum) return shape.enum.map((value) => `\`${value}\``).join(', ');
  if (choices) return 'one of several shapes';
  if (shape.type === 'array') return `list of ${typeOf(shape.items ?? {})}`;
  return [shape.type ?? 'any JSON', shape.format].filter(Boolean).join(', ');
}
