import { type Schema, types, typeToString } from '../../columnar/types.ts';
import { type Span, TidemillError } from '../../common/errors.ts';
import type { Expression } from '../../plan/expressions.ts';
import { filter, type LogicalNode, unnest, values } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import { elementFieldsOf, unnestedFields } from '../../plan/unnest.ts';
import type * as ast from '../ast/query.ts';
import { requireBoolean } from './coercion.ts';
import type { QueryContext } from './context.ts';
import { bindExpression } from './expressions.ts';
import { emptyScope, joinedScope, type Scope, scopeOf } from './scope.ts';

interface Bound {
  readonly node: LogicalNode;
  readonly scope: Scope;
}

/** UNNEST alone in FROM has one row without columns before it. */
const nothing: Bound = { node: values([{ name: 'ZERO', type: types.int(false) }], [[0]]), scope: emptyScope };

/**
 * UNNEST of a collection that may use the columns of what stands before it in FROM: `left, UNNEST(a)`, CROSS JOIN, JOIN … ON and LEFT JOIN … ON.
 * Source: Flink docs, "Joins / Array, Multiset and Map Expansion"; names as Flink 2.3 gives them.
 */
export function bindUnnest(
  reference: ast.Unnest,
  left: Bound | undefined,
  context: QueryContext,
  join?: Pick<ast.Join, 'type' | 'natural' | 'on' | 'using' | 'span'>,
): Bound {
  const before = left ?? nothing;
  const { span } = reference;
  if (join !== undefined) refuseOthers(join, span);
  const scope: Scope = { ...before.scope, outer: context.outer };
  const collection = bindExpression(reference.operand, { bind: context.bind, scope, clause: 'UNNEST' });
  if (elementFieldsOf(collection.type) === undefined)
    throw new TidemillError(
      'wrong-argument',
      `UNNEST takes an ARRAY, MAP or MULTISET, and this is ${typeToString(collection.type, false)}`,
      { span: collection.span ?? span },
    );
  const width = schemaOf(before.node).length;
  const kept = left === undefined ? [] : Array.from({ length: width }, (_, index) => index);
  const { ordinality } = reference;
  const made = (outer: boolean, condition?: Expression): Bound => {
    const fields = unnestedFields(collection.type, { outer, ordinality });
    const names = namesOf(reference, fields);
    const node = unnest(before.node, collection, {
      kept,
      outer,
      ordinality,
      names,
      span,
      ...(condition && { condition }),
    });
    const right = scopeOf(schemaOf(node).slice(kept.length), reference.alias?.name.name);
    return { node, scope: joinedScope(before.scope, right, schemaOf(node), kept.length, span) };
  };
  const outer = join?.type === 'LEFT';
  if (join?.on === undefined) return made(outer);
  const inner = made(false);
  const condition = bindExpression(join.on, {
    bind: context.bind,
    scope: { ...inner.scope, outer: context.outer },
    clause: 'ON',
  });
  const required = requireBoolean(condition, 'ON');
  if (required.kind === 'literal' && required.value === true) return outer ? made(true) : inner;
  return outer ? made(true, required) : { ...inner, node: filter(inner.node, required) };
}

/** A name without columns names the only column of an element, as in Flink. */
function namesOf(reference: ast.Unnest, fields: Schema): readonly string[] {
  const { alias } = reference;
  if (alias === undefined) return fields.map(field => field.name);
  if (alias.columns.length === 0)
    return fields.length === 1 && fields[0]!.name === 'EXPR$0' ? [alias.name.name] : fields.map(field => field.name);
  if (alias.columns.length !== fields.length)
    throw new TidemillError('wrong-column-count', `${alias.columns.length} names are given for ${fields.length} columns`, {
      span: alias.span,
      hint: `UNNEST gives ${fields.map(field => field.name).join(', ')}`,
    });
  return alias.columns.map(column => column.name);
}

function refuseOthers(join: Pick<ast.Join, 'type' | 'natural' | 'using'>, span: Span): void {
  if (join.type === 'RIGHT' || join.type === 'FULL')
    throw new TidemillError('wrong-argument', `UNNEST cannot be the right side of a ${join.type} JOIN`, {
      span,
      hint: 'write CROSS JOIN UNNEST(…), or LEFT JOIN UNNEST(…) ON TRUE',
    });
  if (join.natural || join.using.length > 0)
    throw new TidemillError('wrong-argument', 'UNNEST is joined by CROSS JOIN, or by a condition with ON', { span });
}
