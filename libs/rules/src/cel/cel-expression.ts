import { parse } from '@bufbuild/cel';
import { CHARGED, celEnvironment, celPattern } from './cel-environment.ts';

export type Expression = ReturnType<typeof parse>['expr'];

const TYPES = [
  'bool',
  'bytes',
  'double',
  'int',
  'list',
  'map',
  'null_type',
  'string',
  'type',
  'uint',
];
/** The parser takes seconds on a thousand brackets that are not closed. */
const BRACKETS_WITHIN_MAX = 50;
/** Operators that are no functions. */
const SYNTAX = ['_&&_', '_||_', '_?_:_', '_[_]', '@not_strictly_false'];

/**
 * An expression that names only what there is, and whose loops charge for their rounds.
 * @throws Error that says why it cannot be taken.
 */
export function celExpression(pattern: string): Expression {
  let brackets = 0;
  for (const [bracket] of pattern.matchAll(/[([{]|[)\]}]/g)) {
    brackets += '([{'.includes(bracket) ? 1 : -1;
    if (brackets > BRACKETS_WITHIN_MAX) {
      throw new Error(`more than ${BRACKETS_WITHIN_MAX} brackets within each other`);
    }
  }
  return parse(pattern).expr;
}

/** The names that an expression may use. */
interface Names {
  /** What it is given. */
  readonly variables: readonly string[];
  /** What the loops around it name. */
  readonly looped: readonly string[];
}

/**
 * Makes the loops in an expression charge.
 * @throws Error that names what the expression uses that there is not.
 */
export function prepare(expression: Expression, variables: readonly string[]): void {
  prepareWithin(expression, { variables, looped: [] });
}

/** Answers with its size in nodes. */
function prepareWithin(expression: Expression | undefined, names: Names): number {
  const kind = expression?.exprKind;
  const sizeOf = (parts: readonly (Expression | undefined)[], known = names): number =>
    parts.reduce((sum, part) => sum + prepareWithin(part, known), 1);
  switch (kind?.case) {
    case 'identExpr':
      checkName(kind.value.name, names);
      return 1;
    case 'selectExpr':
      return sizeOf([kind.value.operand]);
    case 'callExpr':
      checkCall(kind.value);
      return sizeOf([kind.value.target, ...kind.value.args]);
    case 'listExpr':
      return sizeOf(kind.value.elements);
    case 'structExpr':
      if (kind.value.messageName !== '') throw new Error(`no type ${kind.value.messageName}`);
      return sizeOf(
        kind.value.entries.flatMap(({ keyKind, value }) => [
          keyKind.case === 'mapKey' ? keyKind.value : undefined,
          value,
        ]),
      );
    case 'comprehensionExpr': {
      const loop = kind.value;
      const looped = [...names.looped, loop.iterVar, loop.accuVar];
      const within = { ...names, looped };
      const round = sizeOf([loop.loopCondition, loop.loopStep], within);
      const whole = round + sizeOf([loop.iterRange, loop.accuInit, loop.result], within);
      loop.iterRange = charged(loop.iterRange, round);
      return whole;
    }
    default:
      return 1;
  }
}

function checkName(name: string, { variables, looped }: Names): void {
  if (variables.includes(name) || looped.includes(name) || TYPES.includes(name)) return;
  throw new Error(`no variable ${name}; there are ${variables.join(', ')}`);
}

type Call = Extract<Expression['exprKind'], { case: 'callExpr' }>['value'];

function checkCall({ function: name, args }: Call): void {
  const known = SYNTAX.includes(name) || celEnvironment.funcs.find(name) !== undefined;
  if (!known || name === CHARGED) throw new Error(`no function ${name}`);
  if (name !== 'matches') return;
  const pattern = literalOf(args.at(-1));
  if (pattern === undefined) throw new Error('matches needs a pattern that is written out');
  celPattern(pattern);
}

/** The text of a string that is written out. */
export function literalOf(expression: Expression | undefined): string | undefined {
  if (expression?.exprKind.case !== 'constExpr') return undefined;
  const { constantKind } = expression.exprKind.value;
  return constantKind.case === 'stringValue' ? constantKind.value : undefined;
}

/** `charged(range, steps)`, made by the parser, which knows the form of a call. */
function charged(range: Expression | undefined, steps: number): Expression {
  const call = parse(`${CHARGED}(0, ${steps})`).expr;
  if (call.exprKind.case === 'callExpr' && range) call.exprKind.value.args[0] = range;
  return call;
}
