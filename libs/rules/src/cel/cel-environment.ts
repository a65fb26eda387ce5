import {
  type CelEnv,
  celEnv,
  celFunc,
  celList,
  type CelList,
  type CelFunc,
  celMethod,
  CelScalar,
  type CelValue,
  isCelError,
  isCelList,
  isCelMap,
} from '@bufbuild/cel';
import { compileRegex, stepsOf } from '../matching/regex.ts';

/**
 * Of one evaluation. A step is a node of the expression, once for each time that it is evaluated
 * in a loop, an element that is compared, or 256 characters that are looked at.
 */
export const CEL_STEPS_MAX = 200_000;
export const TOO_COSTLY = 'it costs too much';
const CHARS_PER_STEP = 256;
const JOINED_PER_STEP = 4;
/** Of a text that becomes a number, a time or a duration. */
const CONVERTED_CHARS_MAX = 100;
/** A part of a date in a time zone asks the system for the zone. */
const CALENDAR_STEPS = 500;
const CACHED_PATTERNS_MAX = 2_000;

/** Stands in the place of what a loop runs over: `charged(list, steps of one round)`. */
export const CHARGED = 'charged';

/** Evaluation is synchronous, so there is one account. */
let stepsLeft = 0;

/** Runs an evaluation with a full account; whatever charges more fails within it. */
export function withSteps<T>(evaluate: () => T): T {
  stepsLeft = CEL_STEPS_MAX;
  return evaluate();
}

function charge(steps: number): void {
  stepsLeft -= steps;
  if (stepsLeft < 0) throw new Error(TOO_COSTLY);
}

const patterns = new Map<string, ReturnType<typeof compileRegex>>();

/**
 * The pattern of `matches`, in RE2's syntax, with case, as CEL has it.
 * @throws Error that says why it cannot be taken.
 */
export function celPattern(pattern: string) {
  const known = patterns.get(pattern);
  if (known) return known;
  const regex = compileRegex(pattern, 0);
  if (patterns.size >= CACHED_PATTERNS_MAX) patterns.clear();
  patterns.set(pattern, regex);
  return regex;
}

function chargingPattern(pattern: string) {
  const regex = celPattern(pattern);
  const steps = stepsOf(regex);
  return {
    test(text: string): boolean {
      charge(1 + (text.length * steps) / CHARS_PER_STEP);
      return regex.test(text);
    },
  };
}

/** Charges for what a function has to look at. */
function chargeCall(name: string, values: readonly CelValue[]): void {
  charge(name.startsWith('get') ? CALENDAR_STEPS : 1);
  values.forEach(chargeValue);
  const converts = ['int', 'uint', 'double', 'timestamp', 'duration'].includes(name);
  const [text] = values;
  if (converts && typeof text === 'string' && text.length > CONVERTED_CHARS_MAX) {
    throw new Error(`the text is too long for ${name}`);
  }
}

function chargeValue(value: unknown): void {
  if (typeof value === 'string') charge(value.length / CHARS_PER_STEP);
  else if (isCelList(value) || isCelMap(value)) {
    charge(1 + value.size);
    for (const item of value.values()) chargeValue(item);
  }
}

/** As one list: CEL's own, of two lists, costs the square of its length where a loop grew it. */
function joined(left: CelList, right: CelList): CelList {
  charge((left.size + right.size) / JOINED_PER_STEP);
  return celList([...left, ...right]);
}

/** The same function, charging before it runs. */
function metered(func: CelFunc): CelFunc {
  const { name, target, arguments: types, result } = func;
  const call = (of: CelValue | undefined, values: CelValue[]) => {
    const [left, right] = values;
    if (name === '_+_' && isCelList(left) && isCelList(right)) return joined(left, right);
    chargeCall(name, of === undefined ? values : [of, ...values]);
    const answer = func.call(0, of, values);
    if (answer === undefined || isCelError(answer)) throw answer;
    return answer;
  };
  if (!target) return celFunc(name, types, result, (...values) => call(undefined, values));
  return celMethod(name, target, types, result, function (this: CelValue, ...values) {
    return call(this, values);
  });
}

const { DYN, INT } = CelScalar;
const chargedRange = celFunc(CHARGED, [DYN, INT], DYN, (range, steps) => {
  if (isCelList(range) || isCelMap(range)) charge(1 + range.size * Number(steps));
  return range;
});

/** CEL's standard functions, each of them charging. */
export const celEnvironment: CelEnv = celEnv({
  funcs: [...[...celEnv().funcs].map(metered), chargedRange],
  re2: { compile: chargingPattern },
});
