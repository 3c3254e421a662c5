import { childTypes, type SqlType } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';

/**
 * Whether two values of one type are the same: NULL is the same as NULL and NaN as NaN, −0 as 0; the entries of maps and multisets may stand in
 * any order. Decimals have one scale.
 *
 * @example
 * sameValue([['a', 1]], [['a', 1]], types.map(types.string(), types.int())) // true
 */
export function sameValue(left: Value, right: Value, type: SqlType): boolean {
  if (left === null || right === null) return left === right;
  switch (type.kind) {
    case 'FLOAT':
    case 'DOUBLE':
      return left === right || (Number.isNaN(left) && Number.isNaN(right));
    case 'BINARY':
    case 'VARBINARY':
    case 'BITMAP':
      return Buffer.compare(left as Uint8Array, right as Uint8Array) === 0;
    case 'ARRAY': {
      const [a, b] = [left as readonly Value[], right as readonly Value[]];
      return a.length === b.length && a.every((item, index) => sameValue(item, b[index]!, type.element));
    }
    case 'ROW': {
      const [a, b] = [left as readonly Value[], right as readonly Value[]];
      return type.fields.every((field, index) => sameValue(a[index]!, b[index]!, field.type));
    }
    case 'MAP':
    case 'MULTISET': {
      const [keyType, valueType] = childTypes(type) as [SqlType, SqlType];
      const entries = (map: Value): Map<string, Value> =>
        new Map((map as readonly (readonly Value[])[]).map(([key, value]) => [identityOf(key!, keyType), value!]));
      const [a, b] = [entries(left), entries(right)];
      return a.size === b.size && [...a].every(([key, value]) => b.has(key) && sameValue(value, b.get(key)!, valueType));
    }
    default:
      return left === right;
  }
}

/**
 * A text that equal values share and different values of the type do not: a key for JavaScript's Map and Set. Agrees with {@link sameValue}.
 */
export function identityOf(value: Value, type: SqlType): string {
  if (value === null) return 'null';
  switch (type.kind) {
    case 'FLOAT':
    case 'DOUBLE':
      return String(value === 0 ? 0 : value);
    case 'CHAR':
    case 'VARCHAR':
      return JSON.stringify(value);
    case 'BINARY':
    case 'VARBINARY':
    case 'BITMAP':
      return `x${Buffer.from(value as Uint8Array).toString('hex')}`;
    case 'ARRAY':
      return `[${(value as readonly Value[]).map(item => identityOf(item, type.element)).join()}]`;
    case 'ROW':
      return `(${type.fields.map((field, index) => identityOf((value as readonly Value[])[index]!, field.type)).join()})`;
    case 'MAP':
    case 'MULTISET': {
      const [keyType, valueType] = childTypes(type) as [SqlType, SqlType];
      const entries = (value as readonly (readonly Value[])[]).map(
        ([key, item]) => `${identityOf(key!, keyType)}:${identityOf(item!, valueType)}`,
      );
      return `{${entries.sort().join()}}`;
    }
    default:
      return String(value);
  }
}

/** The first of each value that is the same, in order. */
export function distinctValues(values: readonly Value[], type: SqlType): Value[] {
  const seen = new Set<string>();
  return values.filter(value => {
    const identity = identityOf(value, type);
    return !seen.has(identity) && seen.add(identity);
  });
}

export const isNested = (type: SqlType): boolean =>
  type.kind === 'ARRAY' || type.kind === 'MAP' || type.kind === 'MULTISET' || type.kind === 'ROW';

/** Whether Flink's functions compare values of a type by < and >: not those of ARRAY, MAP, MULTISET and ROW. */
export const hasOrder = (type: SqlType): boolean => !isNested(type) && type.kind !== 'BITMAP';

/** Whether ORDER BY takes values of a type: ARRAY and ROW go element by element, MAP and MULTISET have no order. */
export function isOrdered(type: SqlType): boolean {
  if (type.kind === 'MAP' || type.kind === 'MULTISET' || type.kind === 'BITMAP') return false;
  return childTypes(type).every(isOrdered);
}
