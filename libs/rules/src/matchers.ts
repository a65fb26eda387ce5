import type { Rule, Signal } from '@signalbox/contracts';
import { AppError, type Json } from '@signalbox/kernel';
import { RE2JS } from 're2js';
import { type Leaf, leavesOf, normalise, viewsOf } from './signal-text.ts';

const EXCERPT_CHARS_MAX = 120;

/** A signal as matchers see it: everything they look at is made once, not per rule. */
export interface Subject {
  readonly signal: Signal;
  readonly views: readonly string[];
  readonly normalised: string;
  /** Of the payload, and of the signal's own fields. */
  readonly leaves: readonly Leaf[];
}

export interface Match {
  readonly matched: boolean;
  /** What matched, or why nothing did. */
  readonly reason: string;
}

export type Matcher = (subject: Subject) => Match;

export function subjectOf(signal: Signal): Subject {
  const views = viewsOf(signal);
  const { source, type, title, severity, status, labels, payload } = signal;
  const fields: Json = { source, type, title, severity: severity ?? null, status, labels };
  return {
    signal,
    views,
    normalised: views.map(normalise).join('\n'),
    leaves: [...leavesOf(payload), ...leavesOf(fields)],
  };
}

/**
 * The rule's pattern made ready.
 * @throws AppError `invalid` naming the rule, when its pattern cannot be taken.
 */
export function matcherOf(rule: Rule): Matcher {
  switch (rule.patternType) {
    case 'regex':
      return regexMatcher(rule);
    case 'keyword':
      return keywordMatcher(rule);
    case 'event_type':
      return eventTypeMatcher(rule);
    case 'payload_match':
      return payloadMatcher(rule);
    case 'cel':
      throw unusable(rule, 'patterns of type cel are not supported yet');
  }
}

/** RE2: linear in the text, whoever wrote the pattern. */
function regexMatcher(rule: Rule): Matcher {
  const regex = compiled(rule);
  return ({ views }) => {
    const view = views.find((text) => regex.test(text));
    if (view === undefined) return no('in neither the raw nor the sanitised text');
    const found = String(regex.exec(view)?.[0] ?? '').slice(0, EXCERPT_CHARS_MAX);
    return yes(`${view === views[0] ? 'raw' : 'sanitised'} text: ${JSON.stringify(found)}`);
  };
}

function compiled(rule: Rule): RE2JS {
  try {
    return RE2JS.compile(rule.pattern, RE2JS.CASE_INSENSITIVE);
  } catch (error) {
    throw unusable(rule, error instanceof Error ? error.message : String(error), error);
  }
}

function keywordMatcher(rule: Rule): Matcher {
  const keyword = normalise(rule.pattern);
  if (keyword === '') throw unusable(rule, 'a keyword needs more than white space');
  return ({ normalised }) =>
    normalised.includes(keyword)
      ? yes(`text has ${JSON.stringify(keyword)}`)
      : no(`text has no ${JSON.stringify(keyword)}`);
}

/** `alert` or, with the severity, `alert:critical`. */
function eventTypeMatcher(rule: Rule): Matcher {
  const wanted = normalise(rule.pattern);
  return ({ signal }) => {
    const type = normalise(signal.type);
    const full = `${type}:${normalise(signal.severity ?? '')}`;
    return { matched: wanted === type || wanted === full, reason: `the type is ${full}` };
  };
}

/** `name:value` or `outer.name:value`, at any depth of the payload or as a field of the signal. */
function payloadMatcher(rule: Rule): Matcher {
  const colon = rule.pattern.indexOf(':');
  const name = rule.pattern.slice(0, Math.max(colon, 0)).trim().toLowerCase();
  const wanted = normalise(rule.pattern.slice(colon + 1));
  if (name === '') throw unusable(rule, 'a payload pattern is written name:value');
  return ({ leaves }) => {
    const named = leaves.filter(({ path }) => `.${path.toLowerCase()}`.endsWith(`.${name}`));
    const found = named.find(({ value }) => normalise(String(value)) === wanted);
    if (found) return yes(`${found.path} is ${wanted}`);
    return no(named.length === 0 ? `no field ${name}` : `no field ${name} is ${wanted}`);
  };
}

const yes = (reason: string): Match => ({ matched: true, reason });
const no = (reason: string): Match => ({ matched: false, reason });

function unusable(rule: Rule, reason: string, cause?: unknown): AppError {
  return new AppError({
    code: 'unusable_pattern',
    kind: 'invalid',
    message: `rule ${rule.name}: ${reason}`,
    fields: [{ field: 'pattern', problem: reason }],
    cause,
  });
}
