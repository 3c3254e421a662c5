import { sameType, types, withNullable } from '../../columnar/types.ts';
import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import { evaluatedConstant, scalarFunctions } from '../../functions/index.ts';
import { column, type Expression } from '../../plan/expressions.ts';
import { inputsOf, type LogicalNode, limit, project, setOperation, sort, unionAll, values } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import type * as ast from '../ast/query.ts';
import { coerce, commonTypeOf } from './coercion.ts';
import type { QueryContext } from './context.ts';
import { bindExpression } from './expressions.ts';
import { renameColumns } from './from.ts';
import { resolveColumn, scopeOf } from './scope.ts';
import { at, bindSelect, direction, distinct, ordinalOf } from './select.ts';
import { bindName } from './table-scan.ts';

/** A whole query: WITH, body, ORDER BY, OFFSET and LIMIT. */
export function bindQuery(query: ast.Query, outer: QueryContext): LogicalNode {
  if (query.recursive) throw notSupported('WITH RECURSIVE', query.span);
  const commonTables = new Map(outer.commonTables);
  const context: QueryContext = { ...outer, commonTables };
  for (const common of query.with) {
    const bound = bindQuery(common.query, context);
    const named =
      common.columns.length === 0
        ? bound
        : renameColumns(
            bound,
            common.columns.map(name => name.name),
            common.span,
          );
    commonTables.set(common.name.name, named);
  }
  const ordered =
    query.body.kind === 'select'
      ? bindSelect(query.body, query.orderBy, context)
      : orderOutput(bindBody(query.body, context), query.orderBy, context);
  if (query.limit === undefined && query.offset === undefined) return ordered;
  const count = query.limit && rowCount(query.limit, 'LIMIT');
  return limit(ordered, count, query.offset === undefined ? 0 : rowCount(query.offset, 'OFFSET'));
}

function rowCount(node: ast.Expression, clause: string): number {
  if (node.kind === 'number' && node.form === 'integer' && Number.isSafeInteger(Number(node.text))) return Number(node.text);
  throw new TidemillError('wrong-literal', `${clause} takes a whole number`, { span: node.span });
}

function bindBody(body: ast.QueryBody, context: QueryContext): LogicalNode {
  switch (body.kind) {
    case 'select':
      return bindSelect(body, [], context);
    case 'query':
      return bindQuery(body, context);
    case 'table-query':
      return bindName(body.name, [], context, body.span);
    case 'values':
      return bindValues(body, context);
    case 'set-operation':
      return bindSetOperation(body, context);
  }
}

/** ORDER BY over a result that is no plain SELECT: its columns by name or position. */
function orderOutput(node: LogicalNode, orderBy: readonly ast.SortItem[], context: QueryContext): LogicalNode {
  if (orderBy.length === 0) return node;
  const schema = schemaOf(node);
  const columns = schema.map((field, index) => column(index, field));
  const keys = orderBy.map(item => {
    const ordinal = ordinalOf(item.expression);
    const expression =
      ordinal !== undefined
        ? at(columns, ordinal, item.span)
        : item.expression.kind === 'column'
          ? resolveColumn(scopeOf(schema), item.expression.parts, item.expression.span)
          : bindExpression(item.expression, { bind: context.bind, scope: scopeOf(schema), clause: 'ORDER BY' });
    return { expression, ...direction(item) };
  });
  return sort(node, keys, { start: orderBy[0]!.span.start, end: orderBy[orderBy.length - 1]!.span.end });
}

function bindSetOperation(node: ast.SetOperation, context: QueryContext): LogicalNode {
  if (node.operator !== 'UNION') {
    const united = uniteBranches(
      [bindBody(node.left, context), bindBody(node.right, context)],
      node.span,
      node.right.span,
      node.operator,
    );
    const [left, right] = inputsOf(united);
    return setOperation(node.operator === 'EXCEPT' ? 'except' : 'intersect', node.all, left!, right!, node.span);
  }
  const branches = flatten(node, node.all).map(branch => bindBody(branch, context));
  const united = uniteBranches(branches, node.span, node.right.span);
  return node.all ? united : distinct(united, node.span);
}

/** `a UNION ALL b UNION ALL c` is one union. */
function flatten(node: ast.QueryBody, all: boolean): ast.QueryBody[] {
  if (node.kind !== 'set-operation' || node.operator !== 'UNION' || node.all !== all) return [node];
  return [...flatten(node.left, all), ...flatten(node.right, all)];
}

/** Casts every branch to the columns' common types; the first one's names stay. */
export function uniteBranches(branches: readonly LogicalNode[], span: Span, rightSpan: Span, operator = 'UNION'): LogicalNode {
  const schemas = branches.map(schemaOf);
  const first = schemas[0]!;
  const other = schemas.find(schema => schema.length !== first.length);
  if (other !== undefined)
    throw new TidemillError('wrong-column-count', `${operator} of ${first.length} and ${other.length} columns`, {
      span: rightSpan,
      hint: 'each branch must select as many columns as the first',
    });
  const columns = schemas.map(schema => schema.map((field, index) => column(index, field)));
  const common = first.map((field, index) =>
    commonTypeOf(
      columns.map(branch => branch[index]!),
      span,
      `${operator}, column '${field.name}'`,
    ),
  );
  return unionAll(
    branches.map((branch, position) => {
      const schema = schemas[position]!;
      if (schema.every((field, index) => sameType(field.type, common[index]!))) return branch;
      const expressions = columns[position]!.map(
        (expression, index): Expression =>
          sameType(expression.type, common[index]!) ? expression : coerce(expression, common[index]!),
      );
      return project(
        branch,
        expressions,
        first.map(field => field.name),
      );
    }),
  );
}

/** Rows of constants become a values node; of anything else, a projection per row. */
function bindValues(node: ast.Values, context: QueryContext): LogicalNode {
  const rows = node.rows.map(row =>
    row.map(item => bindExpression(item, { bind: context.bind, scope: { tables: [] }, clause: 'VALUES' })),
  );
  const width = rows[0]!.length;
  const odd = rows.findIndex(row => row.length !== width);
  if (odd >= 0)
    throw new TidemillError(
      'wrong-column-count',
      `row ${odd + 1} of VALUES has ${rows[odd]!.length} columns, the first has ${width}`,
      {
        span: spanOf(node.rows[odd]!, node.span),
      },
    );
  const columnTypes = rows[0]!.map((_, index) => {
    const items = rows.map(row => row[index]!);
    return withNullable(
      commonTypeOf(items, node.span, `VALUES, column ${index + 1}`),
      items.some(item => item.type.nullable),
    );
  });
  const names = columnTypes.map((_, index) => `EXPR$${index}`);
  const given = rows.map(row => row.map((item, index) => coerce(item, columnTypes[index]!)));
  const typed = rows.length === 1 ? given : given.map(row => row.map(item => constantOf(item, context.bind.localTimeZone)));
  if (typed.every(row => row.every(item => item.kind === 'literal'))) {
    const schema = names.map((name, index) => ({ name, type: columnTypes[index]! }));
    return values(
      schema,
      typed.map(row => row.map(item => (item.kind === 'literal' ? item.value : null))),
    );
  }
  const single = values([{ name: 'ZERO', type: types.int(false) }], [[0]]);
  const branches = typed.map(row => project(single, row, names));
  return branches.length === 1 ? branches[0]! : unionAll(branches);
}

/** The value of a constant as a literal; anything else, and what fails, as it is. */
function constantOf(expression: Expression, localTimeZone: string): Expression {
  if (expression.kind === 'literal' || !isConstant(expression)) return expression;
  return evaluatedConstant(expression, { localTimeZone });
}

function isConstant(expression: Expression): boolean {
  switch (expression.kind) {
    case 'literal':
      return true;
    case 'call':
      return (scalarFunctions.get(expression.name)?.deterministic ?? false) && expression.arguments.every(isConstant);
    case 'cast':
      return isConstant(expression.input);
    case 'column':
    case 'user-call':
    case 'case':
    case 'field':
      return false;
  }
}

function spanOf(row: readonly ast.Expression[], fallback: Span): Span {
  return row.length === 0 ? fallback : { start: row[0]!.span.start, end: row[row.length - 1]!.span.end };
}
