import { canonicalJson } from '@signalbox/kernel';
import type { ErrorObject } from 'ajv';

/** Of what is said of a value; names and texts in it may be as long as the value. */
const PROBLEM_CHARS_MAX = 500;

/** What a validator found, so that whoever gave the value can mend it; absent when it found nothing. */
export function problemIn(
  errors: readonly ErrorObject[] | null | undefined,
  whole: string,
): string | undefined {
  const last = errors?.at(-1);
  if (!errors || !last) return undefined;
  // Behind what is wrong with each of several ways stands that one of them has to do.
  const isChoice = errors.length > 1 && ['anyOf', 'oneOf'].includes(last.keyword);
  const said = (isChoice ? errors.slice(0, -1) : errors.slice(0, 1)).map((error) =>
    sentenceOf(error, whole),
  );
  return [...new Set(said)].join(', or ').slice(0, PROBLEM_CHARS_MAX).toWellFormed();
}

function sentenceOf({ instancePath, message, ...error }: ErrorObject, whole: string): string {
  const where = instancePath.slice(1).replaceAll('/', '.') || `(${whole})`;
  return `${where} ${message ?? 'is not valid'}${detailOf(error)}`;
}

function detailOf({ params, parentSchema }: Omit<ErrorObject, 'instancePath'>): string {
  if (typeof params.additionalProperty === 'string') {
    const known = Object.keys((parentSchema?.properties as object | undefined) ?? {}).join(', ');
    return `: ${params.additionalProperty}${known && `; there are ${known}`}`;
  }
  if (Array.isArray(params.allowedValues)) {
    const allowed = (params.allowedValues as readonly unknown[]).map((value) =>
      typeof value === 'string' ? value : canonicalJson(value),
    );
    return `: ${allowed.join(', ')}`;
  }
  return '';
}
