import type { Json } from '@signalbox/kernel';
import { type Expression, literalOf } from './cel-expression.ts';

/** False where an expression is surely false, found without evaluating it. */
export type Shortcut = (variables: Readonly<Record<string, Json>>) => boolean;

const tests: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  '_==_': (value, wanted) => value === wanted,
  contains: (value, wanted) => value.includes(wanted),
  startsWith: (value, wanted) => value.startsWith(wanted),
  endsWith: (value, wanted) => value.endsWith(wanted),
};

/**
 * Of what an expression joins by `&&`: the comparisons of a field with a text that is written out.
 * With one of them false the whole is false, whatever the others are, errors included. A field that
 * is missing or no text is left to the evaluation, which has a reason to tell.
 */
export function shortcutOf(expression: Expression): Shortcut {
  const checks = conjunctsOf(expression).flatMap((part) => checkOf(part) ?? []);
  return (variables) => checks.every((check) => check(variables));
}

function conjunctsOf(expression: Expression): readonly Expression[] {
  const { exprKind } = expression;
  if (exprKind.case !== 'callExpr' || exprKind.value.function !== '_&&_') return [expression];
  return exprKind.value.args.flatMap(conjunctsOf);
}

function checkOf({ exprKind }: Expression): Shortcut | undefined {
  if (exprKind.case !== 'callExpr') return undefined;
  const { function: name, target, args } = exprKind.value;
  const test = tests[name];
  const path = pathOf(target ?? args[0]);
  const wanted = literalOf(args.at(-1));
  if (!test || !path || wanted === undefined) return undefined;
  return (variables) => {
    const value = path.reduce<Json | undefined>(memberOf, variables);
    return typeof value !== 'string' || test(value, wanted);
  };
}

/** `['payload', 'host']` for `payload.host`. */
function pathOf(expression: Expression | undefined): readonly string[] | undefined {
  const kind = expression?.exprKind;
  if (kind?.case === 'identExpr') return [kind.value.name];
  if (kind?.case !== 'selectExpr' || kind.value.testOnly) return undefined;
  const outer = pathOf(kind.value.operand);
  return outer && [...outer, kind.value.field];
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as Readonly<Record<string, Json>>)[name] : undefined;
}
