import { canonicalJson, isDeeperThan, type Json, type JsonObject } from '@signalbox/kernel';
import { Ajv, type FuncKeywordDefinition, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createContext, Script } from 'node:vm';
import { RE2JS } from 're2js';

const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;
const SCHEMA_BYTES_MAX = 64_000;
/** Of objects and arrays within each other; the compiler recurses. */
const SCHEMA_DEPTH_MAX = 64;

/** For one value. References within a schema can double the work at each level. */
const CHECK_MAX_MS = 1_000;

/** Of what is said of a value; names and texts in it may be as long as the value. */
const PROBLEM_CHARS_MAX = 500;

/** Whoever wrote the schema wrote its patterns, so they get an engine that takes linear time. */
const re2 = Object.assign((pattern: string) => RE2JS.compile(pattern), { code: 're2' });

const options: Options = {
  strict: false,
  // One problem is enough to refuse, and finding all of them can be made expensive.
  allErrors: false,
  validateFormats: false,
  logger: false,
  code: { regExp: re2 },
};

/** They know whether a schema is one; to make them takes ten times as long as to read a schema. */
const judges = { draft07: new Ajv(options), modern: new Ajv2020(options) };

/** As ajv has it, but in the time of one look at each item, not at each pair of them. */
const uniqueItems: FuncKeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  compile: (unique: boolean) => (items: readonly Json[]) =>
    !unique || new Set(items.map(canonicalJson)).size === items.length,
  error: { message: 'must NOT have duplicate items' },
};

/** What is wrong with a value, in words; absent when it fits. */
export type SchemaValidator = (value: Json) => string | undefined;

/**
 * A validator for JSON Schema 2020-12 (or draft-07 where the schema says so). Nothing is ever
 * fetched: a `$ref` that leads out of the schema makes it unusable.
 * @param whole what a value is called when the problem is its own: `arguments`.
 * @throws Error when the schema is unusable.
 */
export function schemaValidator(schema: JsonObject, whole: string): SchemaValidator {
  if (isDeeperThan(SCHEMA_DEPTH_MAX, schema)) {
    throw new Error(`the schema is deeper than ${SCHEMA_DEPTH_MAX} levels`);
  }
  const size = Buffer.byteLength(JSON.stringify(schema));
  if (size > SCHEMA_BYTES_MAX) throw new Error(`the schema is larger than ${SCHEMA_BYTES_MAX} B`);
  const isDraft07 = typeof schema.$schema === 'string' && DRAFT_07.test(schema.$schema);
  void (isDraft07 ? judges.draft07 : judges.modern).validateSchema(schema, true);
  // An instance for each schema, so that equal `$id`s of two schemas do not meet.
  const judged = { ...options, validateSchema: false };
  const ajv = isDraft07 ? new Ajv(judged) : new Ajv2020(judged);
  const validate = ajv.removeKeyword('uniqueItems').addKeyword(uniqueItems).compile(schema);
  // Its answer is a promise, which looks like a yes and ends the process when it is a no.
  if ('$async' in validate) throw new Error('the schema is $async');
  const check = hasReferences(schema) ? inTime(validate) : validate;
  return (value) => {
    const trouble = troubleWith(check, value);
    if (trouble) return `(${whole}) cannot be checked: ${trouble}`;
    const [first] = validate.errors ?? [];
    if (!first) return undefined;
    const where = first.instancePath.slice(1).replaceAll('/', '.') || `(${whole})`;
    const problem = `${where} ${first.message ?? 'is not valid'}${detailOf(first.params)}`;
    return problem.slice(0, PROBLEM_CHARS_MAX).toWellFormed();
  };
}

function hasReferences(schema: JsonObject): boolean {
  return /"\$(ref|dynamicRef|recursiveRef)"/.test(JSON.stringify(schema));
}

const room = createContext({ check: (): unknown => undefined });
const checkInRoom = new Script('check()');

/** Node can end what runs for too long only where it runs as a script of its own. */
function inTime(validate: ValidateFunction): (value: Json) => unknown {
  return (value) => {
    room.check = () => validate(value);
    return checkInRoom.runInContext(room, { timeout: CHECK_MAX_MS });
  };
}

/** Why a value could not be checked; absent when it was. */
function troubleWith(check: (value: Json) => unknown, value: Json): string | undefined {
  try {
    check(value);
    return undefined;
  } catch (error) {
    // The schema leads back to itself with the same value: that ends with the stack.
    if (error instanceof RangeError) return 'the schema has no end';
    const { code } = error as { readonly code?: unknown };
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return `it takes over ${CHECK_MAX_MS} ms`;
    throw error;
  }
}

function detailOf(params: Record<string, unknown> = {}): string {
  if (typeof params.additionalProperty === 'string') return `: ${params.additionalProperty}`;
  if (Array.isArray(params.allowedValues)) {
    const allowed = (params.allowedValues as readonly unknown[]).map((value) =>
      typeof value === 'string' ? value : canonicalJson(value),
    );
    return `: ${allowed.join(', ')}`;
  }
  return '';
}
