import { AppError, type Json, type JsonObject } from '@signalbox/kernel';
import { z } from 'zod';
import { written } from '../openapi/json-schemas.ts';
import type { Recorded } from './recorded.ts';
import { readBack, wireShapes } from './wire-shapes.ts';

/** Definitions as the API and files write them: one flat object, names in snake_case. */

/** What a person sent. */
export interface DefinitionInput<Fields> {
  readonly fields: Fields;
  /** Where a definition comes back as it was answered. */
  readonly id?: string;
  readonly version?: number;
}

export interface WireForm<Definition extends { readonly id: string }> {
  /** A member that is null counts as absent; one that is unknown is refused. */
  readonly input: z.ZodType<DefinitionInput<Omit<Definition, 'id'>>>;
  /** Every field but the id, null where there is none. */
  fields(definition: Omit<Definition, 'id'>): JsonObject;
  /** All of it, with its id, version and times. */
  answer(definition: Definition & Recorded): JsonObject;
  /** What `fields` and `answer` give, for those who are told of it. */
  readonly fieldsShape: z.ZodType;
  readonly answerShape: z.ZodType;
  /** A place in the definition, such as `stepsMax` or `budget.usd`, in the names of the wire. */
  onWire(place: string): string;
}

export interface WireFormOptions {
  /** What it is called in a refusal: `a rule`. */
  readonly what: string;
  /** What its schemas are called: `Rule`. */
  readonly title: string;
  /** Fields that have another name on the wire than their own in snake_case. */
  readonly names?: Readonly<Record<string, string>>;
}

/** An id of every kind of definition, for as long as the real one is not known. */
const NO_ID = '0'.repeat(26);

export function wireForm<Schema extends z.ZodObject<{ id: z.ZodType<string> }>>(
  schema: Schema,
  { what, title, names = {} }: WireFormOptions,
): WireForm<z.output<Schema> & { readonly id: string }> {
  const onWire = (place: string): string => {
    const [field = '', ...rest] = place.split('.');
    return [names[field] ?? inSnakeCase(field), ...rest].join('.');
  };
  const { inputShape, ...shapes } = wireShapes(schema, { title, onWire });
  const fieldNames = Object.keys(schema.shape).filter((name) => name !== 'id');
  const fieldOf = new Map(fieldNames.map((name) => [onWire(name), name]));

  const input = z.looseObject(readBack(schema)).transform((body, context) => {
    const { id, version, created_at: _created, updated_at: _updated, ...members } = body;
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    const given: Record<string, unknown> = { id: NO_ID };
    for (const [name, value] of Object.entries(members)) {
      const field = fieldOf.get(name);
      if (field === undefined) refuse(name, `is not a field of ${what}`);
      else if (value !== null) given[field] = value;
    }
    const parsed = schema.safeParse(given);
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues) refuse(onWire(path.join('.')), message);
      return z.NEVER;
    }
    const { id: _none, ...fields } = parsed.data;
    return {
      fields,
      ...(id === undefined ? {} : { id }),
      ...(version === undefined ? {} : { version }),
    };
  });

  const fieldsOf = (definition: object): JsonObject =>
    Object.fromEntries(
      fieldNames.map((name) => [onWire(name), (definition as Record<string, Json>)[name] ?? null]),
    );
  return {
    ...shapes,
    input: input.meta({ id: `${title}Input`, ...written(inputShape) }) as never,
    fields: fieldsOf,
    answer: (definition) => ({
      id: definition.id,
      ...fieldsOf(definition),
      ...recordAnswer(definition),
    }),
    onWire,
  };
}

function recordAnswer({ version, createdAt, updatedAt }: Recorded): JsonObject {
  return { version, created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() };
}

/** The same refusal with other names of the fields. */
export function renamed(error: AppError, nameOf: (field: string) => string): AppError {
  const { code, kind, cause } = error;
  const fields = error.fields.map(({ field, problem }) => ({ field: nameOf(field), problem }));
  // The message begins with what it is about: `agent: inputSchema: …`
  const message = error.fields.reduce(
    (said, { field }) => said.replace(`: ${field}: `, () => `: ${nameOf(field)}: `),
    error.message,
  );
  return new AppError({ code, kind, message, fields, cause });
}

/** `automation_id` for `automationId`. */
function inSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}
