import { isCharacter, types, withNullable } from '../../columnar/types.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import { expandAggregate } from '../../functions/index.ts';
import { call, type Expression, literal, nullLiteral } from '../../plan/expressions.ts';
import type * as ast from '../ast/query.ts';
import { aggregateBySpelling, builtin } from './builtins.ts';
import { explicitCast } from './coercion.ts';
import type { ExpressionContext } from './context.ts';

type BindInner = (node: ast.Expression, context: ExpressionContext) => Expression;

/** SQL/JSON's own syntax as calls of the catalogue, whose clauses are literals among the arguments. */
export function bindJson(node: ast.JsonCall, context: ExpressionContext, bindInner: BindInner): Expression {
  const bind = (inner: ast.Expression): Expression => bindInner(inner, context);
  const word = (text: string): Expression => literal(text, types.char(text.length, false), node.span);
  switch (node.function) {
    case 'JSON_VALUE': {
      const returning = withNullable(node.returning?.type ?? types.string(), true);
      const behavior = (given: ast.JsonBehavior | undefined): Expression[] => {
        const value = given?.value === undefined ? nullLiteral(returning) : bind(given.value);
        return [
          word(given?.behavior ?? 'NULL'),
          given?.value === undefined ? value : explicitCast(value, returning, false, given.span),
        ];
      };
      const args = [...node.arguments.map(bind), ...behavior(node.onEmpty), ...behavior(node.onError), nullLiteral(returning)];
      return builtin('json-value', args, node.span, 'JSON_VALUE');
    }
    case 'JSON_QUERY':
      return builtin(
        'json-query',
        [
          ...node.arguments.map(bind),
          word(node.wrapper ?? 'WITHOUT ARRAY'),
          word(node.onEmpty?.behavior ?? 'NULL'),
          word(node.onError?.behavior ?? 'NULL'),
          nullLiteral(withNullable(node.returning?.type ?? types.string(), true)),
        ],
        node.span,
        'JSON_QUERY',
      );
    case 'JSON_EXISTS':
      return builtin(
        'json-exists',
        [...node.arguments.map(bind), word(node.onError?.behavior ?? 'FALSE')],
        node.span,
        'JSON_EXISTS',
      );
    case 'JSON_OBJECT': {
      const values = node.arguments.filter((_, index) => index % 2 === 1);
      return builtin(
        'json-object',
        [clauses(node, values, 'NULL'), ...node.arguments.map(bindItem(bind))],
        node.span,
        'JSON_OBJECT',
      );
    }
    case 'JSON_ARRAY':
      return builtin(
        'json-array',
        [clauses(node, node.arguments, 'ABSENT'), ...node.arguments.map(bindItem(bind))],
        node.span,
        'JSON_ARRAY',
      );
    case 'JSON_ARRAYAGG':
    case 'JSON_OBJECTAGG':
      return bindAggregate(node, context, bindInner);
  }
}

/** Calls whose result is JSON already. */
const isJsonCall = (node: ast.Expression): boolean =>
  (node.kind === 'json' && (node.function === 'JSON_OBJECT' || node.function === 'JSON_ARRAY')) || isJsonFunction(node);
const isJsonFunction = (node: ast.Expression): boolean =>
  node.kind === 'call' && node.name.length === 1 && node.name[0]!.name.toUpperCase() === 'JSON';

/** What to do with NULL, then a mark for each value; see functions/json-construction.ts. */
function clauses(node: ast.JsonCall, values: readonly ast.Expression[], otherwise: 'NULL' | 'ABSENT'): Expression {
  const text = `${node.onNull ?? otherwise} ${values.map(value => (isJsonCall(value) ? 'j' : 'v')).join('')}`;
  return literal(text, types.char(text.length, false), node.span);
}

/** JSON(…) may stand only here. */
const bindItem =
  (bind: (inner: ast.Expression) => Expression) =>
  (node: ast.Expression): Expression => {
    if (!isJsonFunction(node) || node.kind !== 'call') return bind(node);
    const [text, ...more] = node.arguments;
    const bound = text && bind(text as ast.Expression);
    if (bound === undefined || more.length > 0 || !isCharacter(bound.type))
      throw new TidemillError('wrong-argument', 'JSON expects one string', { span: node.span });
    return call('json', [bound], types.string(bound.type.nullable), node.span);
  };

/** JSON_ARRAYAGG and JSON_OBJECTAGG: LISTAGG over the JSON texts of their values. */
function bindAggregate(node: ast.JsonCall, context: ExpressionContext, bindInner: BindInner): Expression {
  const spelling = node.function;
  if (node.over !== undefined) throw notSupported(`${spelling} with OVER`, node.span);
  if (node.filter !== undefined)
    throw new TidemillError('wrong-argument', `${spelling} takes no FILTER`, {
      span: node.span,
      hint: 'put a CASE into its argument',
    });
  if (context.aggregate === undefined)
    throw new TidemillError('aggregate-not-allowed', `${spelling} is an aggregate and cannot stand in ${context.clause}`, {
      span: node.span,
    });
  const inner: ExpressionContext = {
    ...context,
    aggregate: undefined,
    aliases: undefined,
    clause: `the arguments of ${spelling}`,
  };
  const bind = (item: ast.Expression): Expression => bindInner(item, inner);
  const isObject = spelling === 'JSON_OBJECTAGG';
  const value = node.arguments.at(-1)!;
  const item = builtin(
    'json-item',
    [clauses(node, [value], isObject ? 'NULL' : 'ABSENT'), bindItem(bind)(value)],
    node.span,
    spelling,
  );
  const string = types.string();
  const text = (content: string): Expression => literal(content, types.varchar(content.length, false), node.span);
  const joined = (argument: Expression): Expression =>
    expandAggregate(
      aggregateBySpelling('LISTAGG'),
      { name: 'listagg', arguments: [argument, text(',')], distinct: false, type: string, span: node.span },
      context.aggregate!,
    );
  if (isObject) {
    const key = bind(node.arguments[0]!);
    if (!isCharacter(key.type))
      throw new TidemillError('wrong-argument', `${spelling} expects a string as its key`, {
        span: node.arguments[0]!.span,
        hint: 'CAST it to STRING',
      });
    const entry = call('concat', [builtin('json-string', [key], node.span), text(':'), item], string, node.span);
    return builtin('json-entries', [joined(entry)], node.span, spelling);
  }
  const items = call('coalesce', [joined(item), text('')], types.string(false), node.span);
  return call('concat', [text('['), items, text(']')], types.varchar(2000, false), node.span);
}
