import { type Span, TidemillError } from '../../common/errors.ts';
import type { Expression } from '../../plan/expressions.ts';
import { type JoinKind, join } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import type * as ast from '../ast/query.ts';
import { requireBoolean } from './coercion.ts';
import { conjunctionOf } from './conditions.ts';
import type { QueryContext } from './context.ts';
import { bindExpression } from './expressions.ts';
import type { BoundFrom } from './joins.ts';
import { arrange } from './pull-conditions.ts';
import { joinedScope, type Scope } from './scope.ts';
import { freed, outerNames } from './subqueries.ts';

/**
 * A sub-query in FROM that may use the columns of what stands before it: `left, LATERAL (SELECT …)`, CROSS JOIN, JOIN … ON and LEFT JOIN … ON. `named`
 * gives the query's plan the names of its alias.
 * As in Flink, an aggregation without GROUP BY over rows that equal columns before it gives no row where there are none, unless the join is a LEFT one.
 * Source: Flink docs, "Joins / Lateral Joins" and "Top-N per group by LATERAL".
 *
 * @throws TidemillError `wrong-argument` for RIGHT, FULL, NATURAL and USING, `not-supported` for what cannot be freed from the columns before it.
 */
export function bindLateral(
  reference: ast.DerivedTable,
  left: BoundFrom,
  context: QueryContext,
  named: (query: BoundFrom['node']) => BoundFrom,
  on?: ast.Join,
): BoundFrom {
  const { span } = reference;
  const kind = on === undefined ? 'inner' : kindOf(on, span);
  const outer: Expression[] = [];
  const before: Scope = { ...left.scope, outer: context.outer };
  const query = named(context.bindQuery(reference.query, { ...context, outer: outerNames(before, outer) }));
  const [width, own] = [schemaOf(left.node).length, schemaOf(query.node).length];
  const { plan, conditions } = freed(left.node, { plan: query.node, outer, span }, kind === 'left');
  const both = schemaOf(join('inner', left.node, plan));
  const scope = joinedScope(left.scope, query.scope, both.slice(0, width + own), width, span);
  const condition =
    on?.on &&
    requireBoolean(bindExpression(on.on, { bind: context.bind, scope: { ...scope, outer: context.outer }, clause: 'ON' }), 'ON');
  const joined = join(kind, left.node, plan, conjunctionOf([...conditions, ...(condition ? [condition] : [])]), span);
  const all = schemaOf(joined).length;
  const kept = Array.from({ length: width + own }, (_, index) => index);
  const node = all === kept.length ? joined : arrange(joined, kept);
  return { node, scope: joinedScope(left.scope, query.scope, schemaOf(node), width, span) };
}

function kindOf({ type, natural, using }: ast.Join, span: Span): JoinKind {
  if (type === 'RIGHT' || type === 'FULL')
    throw new TidemillError('wrong-argument', `LATERAL cannot be the right side of a ${type} JOIN`, {
      span,
      hint: 'write CROSS JOIN LATERAL (…), or LEFT JOIN LATERAL (…) ON TRUE',
    });
  if (natural || using.length > 0)
    throw new TidemillError('wrong-argument', 'LATERAL is joined by CROSS JOIN, or by a condition with ON', { span });
  return type === 'LEFT' ? 'left' : 'inner';
}
