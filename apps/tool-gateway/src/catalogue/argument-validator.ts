import type { JsonObject } from '@signalbox/kernel';
import { Ajv, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';

const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;
const SCHEMA_BYTES_MAX = 64_000;

/** A schema's patterns are an upstream's, so they get an engine that takes linear time. */
const re2 = Object.assign((pattern: string) => RE2JS.compile(pattern), { code: 're2' });

const options: Options = {
  strict: false,
  // One problem is enough to refuse, and finding all of them can be made expensive.
  allErrors: false,
  validateFormats: false,
  logger: false,
  code: { regExp: re2 },
};

/** What is wrong with arguments, in words; absent when they fit. */
export type ArgumentValidator = (argumentsGiven: JsonObject) => string | undefined;

/**
 * A validator for JSON Schema 2020-12 (or draft-07 where the schema says so). Nothing is ever
 * fetched: a `$ref` that leads out of the schema makes it unusable.
 * @throws Error when the schema is unusable.
 */
export function argumentValidator(schema: JsonObject): ArgumentValidator {
  const size = Buffer.byteLength(JSON.stringify(schema));
  if (size > SCHEMA_BYTES_MAX) throw new Error(`the schema is larger than ${SCHEMA_BYTES_MAX} B`);
  const isDraft07 = typeof schema.$schema === 'string' && DRAFT_07.test(schema.$schema);
  // An instance for each schema, so that equal `$id`s of two tools do not meet.
  const ajv = isDraft07 ? new Ajv(options) : new Ajv2020(options);
  const validate = ajv.compile(schema);
  return (argumentsGiven) => {
    if (validate(argumentsGiven)) return undefined;
    const [first] = validate.errors ?? [];
    const where = first?.instancePath.slice(1).replaceAll('/', '.') || '(arguments)';
    return `${where} ${first?.message ?? 'is not valid'}${detailOf(first?.params)}`;
  };
}

function detailOf(params: Record<string, unknown> = {}): string {
  if (typeof params.additionalProperty === 'string') return `: ${params.additionalProperty}`;
  if (Array.isArray(params.allowedValues)) return `: ${params.allowedValues.join(', ')}`;
  return '';
}
