import { TidemillError } from '../../common/errors.ts';
import type { Identifier } from '../ast/node.ts';
import type { Query } from '../ast/query.ts';

/** Names as written in a plain SELECT list, without those that `*` stands for. */
export function selectedNames({ body }: Query): readonly Identifier[] {
  if (body.kind !== 'select') return [];
  return body.items.flatMap(item => {
    if (item.kind === 'star') return [];
    if (item.alias !== undefined) return [item.alias];
    return item.expression.kind === 'column' ? [item.expression.parts[item.expression.parts.length - 1]!] : [];
  });
}

/** At the top a query makes equal names different; around one that names a column twice, nobody can say which is meant. Errors: ambiguous-column. */
export function requireDistinctNames(query: Query): void {
  const names = selectedNames(query);
  const again = names.find((name, index) => names.findIndex(other => other.name === name.name) < index);
  if (again !== undefined)
    throw new TidemillError('ambiguous-column', `'${again.name}' could be any of 2 columns`, {
      span: again.span,
      hint: 'give the columns different names with AS',
    });
}
