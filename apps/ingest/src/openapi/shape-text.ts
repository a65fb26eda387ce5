import type { Json, JsonObject } from '@signalbox/kernel';

const INDENT = '  ';

/**
 * A JSON Schema in the notation that people know from types. A name of a shape is marked with
 * `@shape` behind it, for whoever makes links of them.
 */
export function shapeText(schema: JsonObject, indent = ''): string {
  const { $ref, anyOf, oneOf, enum: choices, const: one, type, properties, items } = schema;
  if (typeof $ref === 'string') return `${$ref.split('/').at(-1)}@shape`;
  if (one !== undefined) return JSON.stringify(one);
  if (Array.isArray(choices)) return choices.map((choice) => JSON.stringify(choice)).join(' | ');
  const alternatives = (anyOf ?? oneOf) as readonly JsonObject[] | undefined;
  if (alternatives) return alternatives.map((each) => shapeText(each, indent)).join(' | ');
  if (Array.isArray(type)) {
    return type.map((each: Json) => shapeText({ ...schema, type: each }, indent)).join(' | ');
  }
  if (type === 'array') return listText(items as JsonObject | undefined, indent);
  if (properties !== undefined) return objectText(schema, indent);
  if (type === 'object') return mapText(schema, indent);
  return typeof type === 'string' ? [type, ...limits(schema)].join(' ') : 'any JSON';
}

function listText(items: JsonObject | undefined, indent: string): string {
  const item = shapeText(items ?? {}, indent);
  return item.includes(' | ') ? `(${item})[]` : `${item}[]`;
}

function objectText({ properties, required = [] }: JsonObject, indent: string): string {
  const inner = indent + INDENT;
  const needed = required as readonly string[];
  const members = Object.entries(properties as Record<string, JsonObject>).map(([name, member]) => {
    const { description } = member;
    const note = typeof description === 'string' ? `  // ${description}` : '';
    return `${inner}${name}${needed.includes(name) ? '' : '?'}: ${shapeText(member, inner)}${note}`;
  });
  return `{\n${members.join('\n')}\n${indent}}`;
}

function mapText({ additionalProperties }: JsonObject, indent: string): string {
  const isTyped = typeof additionalProperties === 'object' && additionalProperties !== null;
  const value = isTyped ? shapeText(additionalProperties as JsonObject, indent) : 'any JSON';
  return `{ [name]: ${value} }`;
}

function limits(schema: JsonObject): readonly string[] {
  const { format, minimum, maximum, maxLength } = schema;
  const range = [minimum, maximum].some((limit) => limit !== undefined);
  return [
    ...(typeof format === 'string' ? [`(${format})`] : []),
    ...(range ? [`(${String(minimum ?? '')}…${String(maximum ?? '')})`] : []),
    ...(maxLength === undefined ? [] : [`(at most ${String(maxLength)})`]),
  ];
}
