import type { SqlType } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { compareValues } from './comparison.ts';

/**
 * −1, 0 or 1 for two values of one type that are not NULL, as sorting puts them: NaN behind all numbers; ARRAY and ROW element by element, where
 * NULL is the least and a beginning comes before what is longer. Source: Flink's sort order in batch mode.
 */
export function compareOrdered(left: Value, right: Value, type: SqlType): number {
  if (type.kind === 'ARRAY' || type.kind === 'ROW') {
    const [a, b] = [left as readonly Value[], right as readonly Value[]];
    for (let index = 0; index < Math.min(a.length, b.length); index++) {
      const itemType = type.kind === 'ARRAY' ? type.element : type.fields[index]!.type;
      const [x, y] = [a[index]!, b[index]!];
      const order = x === null || y === null ? Number(y === null) - Number(x === null) : compareOrdered(x, y, itemType);
      if (order !== 0) return order;
    }
    return Math.sign(a.length - b.length);
  }
  const order = compareValues(left, right, type, type);
  if (order !== undefined) return order;
  return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
}
