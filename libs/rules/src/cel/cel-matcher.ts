import { isCelError } from '@bufbuild/cel';
import type { Rule } from '@signalbox/contracts';
import { hit, type Match, type Matcher, miss, unusable } from '../matching/matcher.ts';
import { compileCel } from './cel-condition.ts';
import { TOO_COSTLY } from './cel-environment.ts';
import { celExpression } from './cel-expression.ts';
import { shortcutOf } from './cel-shortcut.ts';
import { SIGNAL_VARIABLES } from './cel-variables.ts';

const isFalse = miss('it is false');
const isNeither = miss('it is neither true nor false');
const isTooCostly = miss(TOO_COSTLY);

/**
 * A CEL expression over `signal`, `payload`, `labels`, `severity`, `text` and `commands`. One that
 * fails on a signal, because a field is missing or of another type, does not match it.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md
 * @throws AppError `invalid` naming the rule, when it is no expression or names what there is not.
 */
export function celMatcher(rule: Rule): Matcher {
  const { evaluate, shortcut } = compiled(rule);
  return {
    miss: isFalse,
    mayMatch: ({ cel }) => shortcut(cel().plain),
    match: (subject) => {
      const result = evaluate(subject.cel().values);
      if (isCelError(result)) return failed(result.message);
      if (result === true) return hit('it is true');
      return result === false ? isFalse : isNeither;
    },
  };
}

function compiled(rule: Rule) {
  try {
    const expression = celExpression(rule.pattern);
    const shortcut = shortcutOf(expression);
    return { shortcut, evaluate: compileCel(expression, SIGNAL_VARIABLES) };
  } catch (error) {
    throw unusable(rule, error instanceof Error ? error.message : String(error), error);
  }
}

function failed(message: string): Match {
  return message === TOO_COSTLY ? isTooCostly : miss(`error: ${message}`);
}
