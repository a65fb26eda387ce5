import { type CelInput, isCelError, plan } from '@bufbuild/cel';
import type { Json } from '@signalbox/kernel';
import { celEnvironment, withSteps } from './cel-environment.ts';
import { celExpression, type Expression, prepare } from './cel-expression.ts';
import { celInputs } from './cel-variables.ts';

/** Ends within the budget of one evaluation, whatever it is given. */
export type Evaluate = (values: Record<string, CelInput>) => unknown;

/**
 * An expression over `variables` as something that can be evaluated.
 * @throws Error that says why it cannot be taken.
 */
export function compileCel(expression: Expression, variables: readonly string[]): Evaluate {
  prepare(expression, variables);
  const evaluate = plan(celEnvironment, expression);
  refuseConstant(withSteps(() => evaluate({})));
  return (values) => withSteps(() => evaluate(values));
}

/** Why a condition does not hold; absent when it does. */
export type CelCondition = (values: Readonly<Record<string, Json>>) => string | undefined;

/**
 * A CEL expression over JSON values of those names. It holds when it is true, and neither when it
 * fails on them nor when they cost too much.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md
 * @throws Error that says why it cannot be taken.
 */
export function celCondition(pattern: string, variables: readonly string[]): CelCondition {
  const evaluate = compileCel(celExpression(pattern), variables);
  return (values) => {
    const result = evaluate(celInputs(values));
    if (result === true) return undefined;
    if (isCelError(result)) return result.message;
    return result === false ? 'it is false' : 'it is neither true nor false';
  };
}

/** Of no variable at all: whatever needs one has failed, and what has not is always the same. */
function refuseConstant(result: unknown): void {
  if (typeof result === 'boolean' || isCelError(result)) return;
  throw new Error('it is always the same, and neither true nor false');
}
