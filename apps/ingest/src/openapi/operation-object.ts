import type { JsonObject } from '@signalbox/kernel';
import { API_KEY_HEADERS } from '../security/access.ts';
import type { z } from 'zod';
import { written, type JsonSchemas } from './json-schemas.ts';
import type { DocumentedAnswer, Operation } from './operation.ts';
import { problemsOf, type ResponseObject } from './problem-responses.ts';

const JSON_TYPE = 'application/json';

/** What of an operation is read here. */
export interface OperationObject extends JsonObject {
  readonly operationId: string;
  readonly tags: readonly [string];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly ParameterObject[];
  readonly requestBody?: RequestBodyObject;
  readonly responses: Readonly<Record<string, ResponseObject>>;
  readonly security: readonly JsonObject[];
}

export interface RequestBodyObject extends JsonObject {
  readonly content: Readonly<Record<string, { readonly schema: JsonObject }>>;
}

export interface ParameterObject extends JsonObject {
  readonly name: string;
  readonly in: string;
  readonly schema: JsonObject;
}

export interface Place {
  /** `/api/rules/{id}` */
  readonly place: string;
  /** Whether it is a further path of its handler. */
  readonly isFurther: boolean;
  readonly group: string;
  readonly schemas: JsonSchemas;
}

/** https://spec.openapis.org/oas/v3.1.1.html#operation-object */
export function operationObject(told: Operation, at: Place): OperationObject {
  const { place, group, schemas } = at;
  const { summary, description, body, answers } = told;
  const parameters = [
    ...pathParameters(told, place),
    ...parametersOf(told.query, 'query'),
    ...parametersOf(told.headers, 'header'),
  ];
  return {
    operationId: idAt(told, at),
    tags: [group],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body ? { requestBody: requestBody(told, schemas.of(body)) } : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, response(answer, schemas)]),
      ),
      ...problemsOf(told, place, schemas),
    },
    security: securityOf(told),
  };
}

/** One handler of two paths is two operations, the second named for how its path ends. */
function idAt({ id }: Operation, { place, isFurther }: Place): string {
  if (!isFurther) return id;
  const [last = ''] = /\w+(?=\}?$)/.exec(place) ?? [];
  return `${id}Of${last.charAt(0).toUpperCase()}${last.slice(1)}`;
}

function pathParameters({ path }: Operation, place: string): readonly ParameterObject[] {
  const said = parametersOf(path, 'path');
  return [...place.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    ...(said.find((parameter) => parameter['name'] === name) ?? {
      name,
      in: 'path',
      schema: { type: 'string' },
    }),
    required: true,
  }));
}

function parametersOf(schema: z.ZodType | undefined, place: string): readonly ParameterObject[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = written(schema);
  return Object.entries(properties as Record<string, JsonObject>).map(
    ([name, { description, ...shape }]) => ({
      name,
      in: place,
      ...(description === undefined ? {} : { description }),
      ...((required as readonly string[]).includes(name) ? { required: true } : {}),
      schema: shape,
    }),
  );
}

function requestBody(
  { isBodyOptional, bodyTypes = [] }: Operation,
  schema: JsonObject,
): RequestBodyObject {
  const types = [JSON_TYPE, ...bodyTypes];
  return {
    ...(isBodyOptional ? {} : { required: true }),
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
  };
}

function response(answer: DocumentedAnswer, schemas: JsonSchemas): ResponseObject {
  const { description, body, mediaType = JSON_TYPE, hasNextPage } = answer;
  const schema = body ? schemas.of(body) : { type: 'string' };
  const link = 'The page after this one, with `rel="next"` (RFC 8288); absent on the last one.';
  return {
    description,
    ...(hasNextPage
      ? { headers: { Link: { description: link, schema: { type: 'string' } } } }
      : {}),
    content: { [mediaType]: { schema } },
  };
}

function securityOf({ access = 'key' }: Operation): readonly JsonObject[] {
  if (access === 'nobody') return [];
  const key = [...API_KEY_HEADERS, 'Bearer'].map((scheme) => ({ [scheme]: [] }));
  // The signature of a source is none of the schemes there are.
  return access === 'source' ? [...key, {}] : key;
}
