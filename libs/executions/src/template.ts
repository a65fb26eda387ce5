import { AppError, type Json, type JsonObject } from '@signalbox/kernel';

const PLACEHOLDER = /\{\{\s*([a-zA-Z0-9_.-]+)\s*\}\}/g;

export type Placeholders = Readonly<Record<string, string>>;

/**
 * `template` with each `{{name}}` filled in. Values are put in as they are and not looked at again,
 * so a value cannot bring in a placeholder of its own.
 * @throws AppError `invalid` unknown_placeholder, with the names there are.
 */
export function fillText(template: string, values: Placeholders): string {
  return template.replace(PLACEHOLDER, (_, name: string) => valueOf(name, values));
}

/** The same for every text value of `template`, at any depth. */
export function fill(template: JsonObject, values: Placeholders): JsonObject {
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => [key, fillValue(value, values)]),
  );
}

/** Whether every brace pair of `template` is that of a placeholder. */
export function isWellFormed(template: string): boolean {
  return !/\{\{|\}\}/.test(template.replace(PLACEHOLDER, ''));
}

/** The labels of the signal that a run was started with: what its placeholders may name. */
export function placeholdersOf(input: Json): Placeholders {
  const labels = isObject(input) ? input['labels'] : undefined;
  if (!isObject(labels)) return {};
  return Object.fromEntries(
    Object.entries(labels).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

function fillValue(value: Json, values: Placeholders): Json {
  if (typeof value === 'string') return fillText(value, values);
  if (Array.isArray(value)) return value.map((v: Json) => fillValue(v, values));
  return isObject(value) ? fill(value, values) : value;
}

function valueOf(name: string, values: Placeholders): string {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value !== undefined) return value;
  const known = Object.keys(values).toSorted().join(', ') || 'none';
  throw new AppError({
    code: 'unknown_placeholder',
    kind: 'invalid',
    message: `{{${name}}} is no label of the signal; its labels: ${known}.`,
  });
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
