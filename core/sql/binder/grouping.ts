import { notSupported, TidemillError } from '../../common/errors.ts';
import type { Expression } from '../../plan/expressions.ts';
import type * as ast from '../ast/query.ts';

/** The keys of a plain GROUP BY. As in Flink, positions and aliases of SELECT do not count here; the error says what to write. */
export function expandGroupBy(
  groupBy: ast.GroupBy | undefined,
  select: ast.Select,
  bind: (key: ast.Expression) => Expression,
): Expression[] {
  if (groupBy === undefined) return [];
  return groupBy.elements.flatMap(element => {
    if (element.kind !== 'grouping-set')
      throw notSupported(nameOf[element.kind], element.span, 'UNION ALL of one aggregation per grouping set gives the same');
    return element.expressions.map(key => {
      if (key.kind === 'number')
        throw new TidemillError('wrong-ordinal', 'GROUP BY takes no positions', {
          span: key.span,
          hint: 'write the expression itself, as Flink wants it',
        });
      try {
        return bind(key);
      } catch (error) {
        throw withAliasHint(error, key, select);
      }
    });
  });
}

const nameOf: Readonly<Record<'rollup' | 'cube' | 'grouping-sets', string>> = {
  rollup: 'ROLLUP',
  cube: 'CUBE',
  'grouping-sets': 'GROUPING SETS',
};

function withAliasHint(error: unknown, key: ast.Expression, select: ast.Select): unknown {
  if (!(error instanceof TidemillError) || error.code !== 'unknown-column' || key.kind !== 'column' || key.parts.length !== 1)
    return error;
  const alias = key.parts[0]!.name;
  const item = select.items.find(candidate => candidate.kind === 'item' && candidate.alias?.name === alias);
  if (item === undefined) return error;
  return new TidemillError(error.code, `'${alias}' is an alias of SELECT, which GROUP BY does not see`, {
    span: key.span,
    hint: 'repeat the expression in GROUP BY, or select it in a sub-query first',
  });
}
