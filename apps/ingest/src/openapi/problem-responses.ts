import type { JsonObject } from '@signalbox/kernel';
import { PROBLEM_MEDIA_TYPE } from '../http/problem.ts';
import type { JsonSchemas } from './json-schemas.ts';
import type { Operation } from './operation.ts';
import { problem } from './shapes.ts';

/** What of a response is read here. */
export interface ResponseObject extends JsonObject {
  /** Absent where it is a reference. */
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema: JsonObject }>>;
}

/** What a status means wherever nothing else is said of it. */
const meanings: Readonly<Record<number, string>> = {
  400: 'The path cannot be read, or the body is not JSON.',
  401: 'The API key, or the signature, is missing or not to be believed.',
  403: 'The API key is wrong.',
  404: 'There is none of that id.',
  413: 'The body is too large.',
  414: 'The path is too long.',
  415: 'The body is encoded in a way that is not taken.',
  422: 'Something is wrong with the request; `errors` says which field.',
  429: 'Too many requests, or too many wrong keys, from this address.',
  500: 'An error of ours.',
  503: 'What is needed for this cannot be reached, or no API key is configured. Try again.',
};

export function problemResponses(schemas: JsonSchemas): Readonly<Record<string, ResponseObject>> {
  return Object.fromEntries(
    Object.entries(meanings).map(([status, description]) => [
      status,
      problemResponse(schemas, status, description),
    ]),
  );
}

/** The problems that a route may answer with. */
export function problemsOf(
  told: Operation,
  place: string,
  schemas: JsonSchemas,
): Readonly<Record<string, ResponseObject>> {
  const own = told.problems ?? {};
  const usual = usualProblems(told, place)
    .filter((status) => own[status] === undefined)
    .map((status) => [status, { $ref: `#/components/responses/${status}` }] as const);
  const special = Object.entries(own).map(
    ([status, description]) => [status, problemResponse(schemas, status, description)] as const,
  );
  return Object.fromEntries([...usual, ...special]);
}

/** Those that follow from who may ask, where it stands, and from what is validated. */
export function usualProblems(
  { access, path, query, headers, body }: Operation,
  place: string,
): readonly number[] {
  const hasParameters = /[:{]/.test(place);
  const isValidated = path ?? query ?? headers ?? body;
  return [
    ...(body ? [413, 415] : []),
    ...(body || hasParameters ? [400] : []),
    ...(hasParameters ? [414] : []),
    ...(isValidated ? [422] : []),
    ...(access === 'nobody' ? [] : [401, 403, 429, 503]),
    500,
  ];
}

function problemResponse(
  schemas: JsonSchemas,
  status: string,
  description: string,
): ResponseObject {
  return {
    description,
    ...(status === '429'
      ? { headers: { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds.' } } }
      : {}),
    content: { [PROBLEM_MEDIA_TYPE]: { schema: schemas.of(problem) } },
  };
}
