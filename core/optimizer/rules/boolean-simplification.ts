import { types } from '../../columnar/types.ts';
import { type Call, call, type Expression, falseLiteral, literal, trueLiteral } from '../../plan/expressions.ts';
import { expressionToString } from '../../plan/print-expression.ts';
import { expressionRule, mapExpressions, nodeRule, type Rule } from '../rule.ts';

const opposites: Readonly<Record<string, string>> = {
  equals: 'not-equals',
  'not-equals': 'equals',
  'less-than': 'greater-or-equal',
  'greater-or-equal': 'less-than',
  'greater-than': 'less-or-equal',
  'less-or-equal': 'greater-than',
  'is-null': 'is-not-null',
  'is-not-null': 'is-null',
  'is-true': 'is-not-true',
  'is-not-true': 'is-true',
  'is-false': 'is-not-false',
  'is-not-false': 'is-false',
};

const simplify = expressionRule('boolean-simplification', simplifyOne);

/** Conditions of filters hold or not: NULL counts as FALSE there. */
const filters = nodeRule('boolean-simplification', node =>
  node.kind === 'filter' ? mapExpressions(node, condition => (isNull(condition) ? falseLiteral : condition)) : node,
);

/**
 * Three-valued logic made shorter: TRUE and FALSE in AND and OR, equal operands, NOT of comparisons, CASE with known conditions, and tests for NULL
 * of what is never NULL. Types, nullability included, stay as they were.
 */
export const booleanSimplification: Rule = {
  name: 'boolean-simplification',
  apply: (plan, context) => filters.apply(simplify.apply(plan, context), context),
};

const isTrue = (expression: Expression): boolean => expression.kind === 'literal' && expression.value === true;
const isFalse = (expression: Expression): boolean => expression.kind === 'literal' && expression.value === false;
const isNull = (expression: Expression): boolean => expression.kind === 'literal' && expression.value === null;
const text = (expression: Expression): string => expressionToString(expression, { positions: true });

function simplifyOne(expression: Expression): Expression {
  const next =
    expression.kind === 'call' ? simplifyCall(expression) : expression.kind === 'case' ? simplifyCase(expression) : expression;
  return next === expression ? expression : asBefore(next, expression);
}

/** A NOT NULL result in the place of a nullable one is given the nullable type, so that schemas stay equal; a column's type is its own. */
function asBefore(next: Expression, before: Expression): Expression {
  if (next.type.nullable === before.type.nullable) return next;
  return next.kind === 'column' || next.kind === 'field' ? before : Object.freeze({ ...next, type: before.type });
}

function simplifyCall(expression: Call): Expression {
  const [first, second] = expression.arguments;
  switch (expression.name) {
    case 'and':
    case 'or':
      return connective(expression, expression.name === 'and');
    case 'not': {
      if (isTrue(first!)) return falseLiteral;
      if (isFalse(first!)) return trueLiteral;
      if (first!.kind !== 'call') return expression;
      if (first!.name === 'not') return first!.arguments[0]!;
      // NaN is neither less nor not less
      const floating = first!.arguments.some(argument => argument.type.kind === 'FLOAT' || argument.type.kind === 'DOUBLE');
      const opposite = floating && !first!.name.startsWith('is-') ? undefined : opposites[first!.name];
      return opposite === undefined ? expression : call(opposite, first!.arguments, first!.type, expression.span);
    }
    case 'is-null':
      return first!.type.nullable ? expression : falseLiteral;
    case 'is-not-null':
      return first!.type.nullable ? expression : trueLiteral;
    case 'is-true':
      return first!.type.nullable ? expression : first!;
    case 'is-not-false':
      return first!.type.nullable ? expression : first!;
    case 'equals':
      return isNull(first!) || isNull(second!) ? literal(null, types.boolean(), expression.span) : expression;
    default:
      return expression;
  }
}

function connective(expression: Call, isAnd: boolean): Expression {
  const absorbs = isAnd ? isFalse : isTrue;
  const neutral = isAnd ? isTrue : isFalse;
  const operands = expression.arguments;
  // a condition before the absorbing one may fail the job, and Flink evaluates it first
  if (absorbs(operands[0]!)) return operands[0]!;
  const seen = new Set<string>();
  const kept = operands.filter(operand => {
    if (neutral(operand)) return false;
    const shown = text(operand);
    return !seen.has(shown) && seen.add(shown);
  });
  if (kept.length === operands.length) return expression;
  if (kept.length === 0) return isAnd ? trueLiteral : falseLiteral;
  return kept.length === 1 ? kept[0]! : call(expression.name, kept, expression.type, expression.span);
}

function simplifyCase(expression: Extract<Expression, { kind: 'case' }>): Expression {
  const branches: (typeof expression.branches)[number][] = [];
  for (const branch of expression.branches) {
    if (isFalse(branch.when) || isNull(branch.when)) continue;
    if (isTrue(branch.when)) {
      if (branches.length === 0) return branch.result;
      return Object.freeze({ ...expression, branches, otherwise: branch.result });
    }
    branches.push(branch);
  }
  if (branches.length === expression.branches.length) return expression;
  return branches.length === 0 ? expression.otherwise : Object.freeze({ ...expression, branches });
}
