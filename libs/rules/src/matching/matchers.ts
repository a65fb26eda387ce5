import type { Rule } from '@signalbox/contracts';
import { celMatcher } from '../cel/cel-matcher.ts';
import { normalise } from '../text/signal-text.ts';
import { hit, type Matcher, miss, unusable } from './matcher.ts';
import { mayMatch, needsOf, needsOfLiteral } from './needed-literals.ts';
import { GROUPED_STEPS_MAX } from './regex-groups.ts';
import { compileRegex, stepsOf } from './regex.ts';
import { keyOf, lastName } from './subject.ts';

const EXCERPT_CHARS_MAX = 120;
const always = () => true;

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
      return celMatcher(rule);
  }
}

function regexMatcher(rule: Rule): Matcher {
  const { regex, needs } = compiled(rule);
  const grouped = !needs && stepsOf(regex) <= GROUPED_STEPS_MAX ? { grouped: rule.pattern } : {};
  const missed = miss('in none of its texts');
  return {
    ...grouped,
    miss: missed,
    mayMatch: needs ? ({ trigrams }) => mayMatch(needs, trigrams) : always,
    match: ({ views }) => {
      const view = views.find(({ text }) => regex.test(text));
      if (!view) return missed;
      const found = String(regex.exec(view.text)?.[0] ?? '').slice(0, EXCERPT_CHARS_MAX);
      return hit(`${view.name} text: ${JSON.stringify(found)}`);
    },
  };
}

function compiled(rule: Rule) {
  try {
    return { regex: compileRegex(rule.pattern), needs: needsOf(rule.pattern) };
  } catch (error) {
    throw unusable(rule, error instanceof Error ? error.message : String(error), error);
  }
}

function keywordMatcher(rule: Rule): Matcher {
  const keyword = normalise(rule.pattern);
  if (keyword === '') throw unusable(rule, 'a keyword needs more than white space');
  const needs = needsOfLiteral(keyword);
  const missed = miss('in none of its texts');
  return {
    miss: missed,
    mayMatch: needs ? ({ trigrams }) => mayMatch(needs, trigrams) : always,
    match: ({ views }) => {
      const view = views.find(({ normal }) => normal.includes(keyword));
      const shown = JSON.stringify(keyword.slice(0, EXCERPT_CHARS_MAX));
      return view ? hit(`${view.name} text has ${shown}`) : missed;
    },
  };
}

/** `alert` or, with the severity, `alert:critical`. */
function eventTypeMatcher(rule: Rule): Matcher {
  const wanted = normalise(rule.pattern);
  const missed = miss('it is of another type');
  return {
    miss: missed,
    mayMatch: always,
    match: ({ type }) =>
      wanted === type.name || wanted === type.full ? hit(`the type is ${type.full}`) : missed,
  };
}

/** `name:value` or `outer.name:value`, at any depth of the payload or as a field of the signal. */
function payloadMatcher(rule: Rule): Matcher {
  const colon = rule.pattern.indexOf(':');
  const path = rule.pattern.slice(0, Math.max(colon, 0)).trim().toLowerCase();
  const value = normalise(rule.pattern.slice(colon + 1));
  if (path === '') throw unusable(rule, 'a payload pattern is written name:value');
  const name = lastName(path);
  const key = keyOf(name, value);
  const missed = miss('no such field');
  const other = miss('the field has another value');
  return {
    miss: missed,
    mayMatch: always,
    match: ({ fields }) => {
      if (!fields().names.has(name)) return missed;
      const paths = fields().paths.get(key);
      const found = paths?.find((at) => `.${at}`.endsWith(`.${path}`));
      return found === undefined ? other : hit(`${found} is ${value}`);
    },
  };
}
