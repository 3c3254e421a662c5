import { types, withNullable } from '../../columnar/types.ts';
import { internalError, notSupported, type Span, TidemillError } from '../../common/errors.ts';
import { caseOf, type Expression, literal } from '../../plan/expressions.ts';
import type * as ast from '../ast/query.ts';
import { builtin } from './builtins.ts';
import { bindCall, bindNiladic } from './calls.ts';
import { coerce, commonTypeOf, explicitCast, requireBoolean } from './coercion.ts';
import type { ExpressionContext } from './context.ts';
import { bindJson } from './json.ts';
import { bindLiteral, unitInterval } from './literals.ts';
import { bindField, resolveColumn } from './scope.ts';

const comparisonNames: Readonly<Record<string, string>> = {
  '=': 'equals',
  '<>': 'not-equals',
  '<': 'less-than',
  '<=': 'less-or-equal',
  '>': 'greater-than',
  '>=': 'greater-or-equal',
};
const binaryNames: Readonly<Record<string, string>> = {
  ...comparisonNames,
  OR: 'or',
  AND: 'and',
  'IS DISTINCT FROM': 'is-distinct-from',
  'IS NOT DISTINCT FROM': 'is-not-distinct-from',
  OVERLAPS: 'overlaps',
  '+': 'plus',
  '-': 'minus',
  '*': 'times',
  '/': 'divide',
  '%': 'mod',
  '||': 'concat',
};

type Binary = Extract<ast.Expression, { readonly kind: 'binary' }>;

/** Binds an expression of the text to a scope: names to columns, calls to the catalogue, with explicit casts where types differ. */
export function bindExpression(node: ast.Expression, context: ExpressionContext): Expression {
  const bind = (inner: ast.Expression): Expression => bindExpression(inner, context);
  switch (node.kind) {
    case 'number':
    case 'string':
    case 'bytes':
    case 'boolean':
    case 'null':
    case 'temporal':
    case 'interval':
      return bindLiteral(node);
    case 'interval-of':
      return builtin('times', [unitInterval(node.qualifier), bind(node.value)], node.span);
    case 'column': {
      const alias = node.parts.length === 1 ? context.aliases?.get(node.parts[0]!.name) : undefined;
      return alias ?? resolveColumn(context.scope, node.parts, node.span);
    }
    case 'field':
      return bindField(bind(node.operand), node.field);
    case 'element':
      return builtin('element', [bind(node.operand), bind(node.index)], node.span);
    case 'unary':
      return bindUnary(node, bind(node.operand));
    case 'binary':
      if (node.operator === 'AND' || node.operator === 'OR') return bindConnective(node, bind);
      if ((node.operator === '=' || node.operator === '<>') && node.left.kind === 'row' && node.right.kind === 'row')
        return bindRowComparison(node, node.left, node.right, bind);
      return builtin(
        binaryNames[node.operator] ?? missing(node.operator),
        [bind(node.left), bind(node.right)],
        node.span,
        node.operator,
      );
    case 'is':
      return bindIs(node, bind(node.operand));
    case 'between':
      return bindBetween(node, bind);
    case 'in-list':
      return bindInList(node, bind);
    case 'like':
      return bindLike(node, bind);
    case 'case':
      return bindCase(node, bind);
    case 'cast':
      return explicitCast(bind(node.operand), node.type.type, node.safe, node.span);
    case 'extract':
      return builtin('extract', [unitLiteral(node.unit, node.span), bind(node.operand)], node.span, 'EXTRACT');
    case 'trim': {
      const side = literal(node.side, types.char(node.side.length, false), node.span);
      const characters = node.characters === undefined ? literal(' ', types.char(1, false), node.span) : bind(node.characters);
      return builtin('trim', [side, characters, bind(node.operand)], node.span, 'TRIM');
    }
    case 'round-to':
      return builtin(
        node.function === 'CEIL' ? 'ceil-to' : 'floor-to',
        [bind(node.operand), unitLiteral(node.unit, node.span)],
        node.span,
        node.function,
      );
    case 'timestamp-add':
      return builtin(
        'timestamp-add',
        [unitLiteral(node.unit, node.span), bind(node.count), bind(node.operand)],
        node.span,
        'TIMESTAMPADD',
      );
    case 'timestamp-diff':
      return builtin(
        'timestamp-diff',
        [unitLiteral(node.unit, node.span), bind(node.from), bind(node.to)],
        node.span,
        'TIMESTAMPDIFF',
      );
    case 'niladic':
      return bindNiladic(node, context);
    case 'call':
      return bindCall(node, context, bindExpression);
    case 'array':
      return bindArray(node, bind);
    case 'map':
      return builtin('map', node.entries.map(bind), node.span, 'MAP');
    case 'row':
      return builtin('row', node.elements.map(bind), node.span, 'ROW');
    case 'json':
      return bindJson(node, context, bindExpression);
    case 'in-query':
    case 'quantified':
    case 'exists':
    case 'subquery':
      if (context.subquery === undefined)
        throw notSupported(`a sub-query in ${context.clause}`, node.span, 'put it into FROM, or into a view of its own');
      return context.subquery(node, context);
  }
}

const missing = (operator: string): never => {
  throw internalError(`no catalogue name for ${operator}`);
};
const unitLiteral = (unit: string, span: Span): Expression => literal(unit, types.char(unit.length, false), span);

/** Operands of a chain that is bound as it is written; a longer one becomes a balanced tree, which nothing that walks it overflows on. */
const chainedMax = 64;

function bindConnective(node: Binary, bind: (inner: ast.Expression) => Expression): Expression {
  const operands: ast.Expression[] = [];
  let first: ast.Expression = node;
  while (first.kind === 'binary' && first.operator === node.operator) {
    operands.push(first.right);
    first = first.left;
  }
  const join = (left: Expression, right: Expression): Expression =>
    builtin(binaryNames[node.operator]!, [left, right], node.span, node.operator);
  if (operands.length < chainedMax) return join(bind(node.left), bind(node.right));
  const bound = [first, ...operands.reverse()].map(bind);
  const balanced = (from: number, to: number): Expression =>
    to - from === 1 ? bound[from]! : join(balanced(from, (from + to) >> 1), balanced((from + to) >> 1, to));
  return balanced(0, bound.length);
}

/** Two rows that are written out are compared field by field, with NULL for what is not known. */
function bindRowComparison(
  node: { readonly operator: string; readonly span: Span },
  left: ast.RowConstructor,
  right: ast.RowConstructor,
  bind: (inner: ast.Expression) => Expression,
): Expression {
  if (left.elements.length !== right.elements.length)
    throw new TidemillError(
      'wrong-argument',
      `a row of ${left.elements.length} cannot be compared with one of ${right.elements.length}`,
      {
        span: node.span,
      },
    );
  const negated = node.operator === '<>';
  return left.elements
    .map((element, index) => {
      const name = negated ? 'not-equals' : 'equals';
      return builtin(name, [bind(element), bind(right.elements[index]!)], node.span, node.operator);
    })
    .reduce((all, next) => builtin(negated ? 'or' : 'and', [all, next], node.span));
}

function bindUnary(node: ast.Unary, operand: Expression): Expression {
  switch (node.operator) {
    case '+':
      return builtin('unary-plus', [operand], node.span, '+');
    case '-':
      // the smallest BIGINT has no positive counterpart
      if (
        operand.kind === 'literal' &&
        operand.type.kind === 'DECIMAL' &&
        operand.type.scale === 0 &&
        operand.value === 1n << 63n
      )
        return literal(-(1n << 63n), types.bigint(false), node.span);
      return builtin('negate', [operand], node.span, '-');
    case 'NOT':
      return builtin('not', [operand], node.span, 'NOT');
  }
}

function bindIs(node: ast.IsTest, operand: Expression): Expression {
  const name = `is-${node.negated ? 'not-' : ''}${node.test.toLowerCase().replace(' value', '').replaceAll(' ', '-')}`;
  return builtin(name, [operand], node.span, `IS ${node.negated ? 'NOT ' : ''}${node.test}`);
}

function bindBetween(node: ast.Between, bind: (inner: ast.Expression) => Expression): Expression {
  const [operand, lower, upper] = [bind(node.operand), bind(node.lower), bind(node.upper)];
  const between = (low: Expression, high: Expression): Expression =>
    builtin(
      'and',
      [
        builtin('greater-or-equal', [operand, low], node.span, 'BETWEEN'),
        builtin('less-or-equal', [operand, high], node.span, 'BETWEEN'),
      ],
      node.span,
    );
  const inside = node.symmetric
    ? builtin('or', [between(lower, upper), between(upper, lower)], node.span)
    : between(lower, upper);
  return node.negated ? builtin('not', [inside], node.span) : inside;
}

/** IN over one common type; each value keeps its own place for errors. */
function bindInList(node: ast.InList, bind: (inner: ast.Expression) => Expression): Expression {
  const row = node.operand;
  if (row.kind === 'row' && node.values.every(value => value.kind === 'row')) {
    const found = node.values
      .map(value => bindRowComparison({ operator: '=', span: value.span }, row, value, bind))
      .reduce((all, next) => builtin('or', [all, next], node.span));
    return node.negated ? builtin('not', [found], node.span) : found;
  }
  const operand = bind(row);
  const listed = node.values.map(bind);
  const type = commonTypeOf([operand, ...listed], node.span, 'IN');
  const found = builtin('in', [coerce(operand, type), ...listed.map(value => coerce(value, type))], node.span, 'IN');
  return node.negated ? builtin('not', [found], node.span) : found;
}

function bindLike(node: ast.Like, bind: (inner: ast.Expression) => Expression): Expression {
  const args = [bind(node.operand), bind(node.pattern), ...(node.escape === undefined ? [] : [bind(node.escape)])];
  const found = builtin(node.operator === 'LIKE' ? 'like' : 'similar-to', args, node.span, node.operator);
  return node.negated ? builtin('not', [found], node.span) : found;
}

function bindCase(node: ast.Case, bind: (inner: ast.Expression) => Expression): Expression {
  const operand = node.operand && bind(node.operand);
  const branches = node.branches.map(branch => {
    const when = bind(branch.when);
    const condition =
      operand === undefined ? requireBoolean(when, 'WHEN') : builtin('equals', [operand, when], branch.span, 'CASE');
    return { when: condition, result: bind(branch.result) };
  });
  const otherwise = node.otherwise === undefined ? literal(null, types.null) : bind(node.otherwise);
  const results = [...branches.map(branch => branch.result), otherwise];
  if (results.every(result => result.type.kind === 'NULL'))
    throw new TidemillError('wrong-argument', 'CASE needs to know the type of NULL', {
      span: node.span,
      hint: 'write CAST(NULL AS INT), or whatever type it is, in one branch',
    });
  const common = commonTypeOf(results, node.span, 'CASE');
  const type = withNullable(
    common,
    results.some(result => result.type.nullable),
  );
  return caseOf(
    branches.map(branch => ({ when: branch.when, result: coerce(branch.result, type) })),
    coerce(otherwise, type),
    type,
    node.span,
  );
}

function bindArray(node: ast.ArrayConstructor, bind: (inner: ast.Expression) => Expression): Expression {
  if (node.elements.length === 0)
    throw new TidemillError('wrong-argument', 'ARRAY[] has no elements, so that its type is not known', { span: node.span });
  const elements = node.elements.map(bind);
  const common = commonTypeOf(elements, node.span, 'ARRAY');
  const type = withNullable(
    common,
    elements.some(element => element.type.nullable),
  );
  return builtin(
    'array',
    elements.map(element => coerce(element, type)),
    node.span,
    'ARRAY',
  );
}
