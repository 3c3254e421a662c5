import { notSupported, TidemillError } from '../common/errors.ts';
import type { Sort } from '../plan/nodes.ts';
import { sortsByTime } from '../plan/properties.ts';

/** Why an endless input cannot be put in order. */
export function unboundedSort(node: Sort): TidemillError {
  if (sortsByTime(node))
    return notSupported(
      'OFFSET without LIMIT over an endless input in order of time',
      node.span,
      'add LIMIT n for the first rows',
    );
  return new TidemillError('unbounded-sort', 'an endless input never comes to an end, so that its rows cannot be put in order', {
    span: node.span,
    hint: 'add LIMIT n to keep the first n rows up to date, or read a bounded input',
  });
}
