import type { Value } from '../columnar/values.ts';
import type { Operation } from './contract.ts';

/**
 * Row kinds from weights: a retraction right before an insertion with the same key is an update (−U, +U); any other is a deletion (−D), any
 * other insertion is +I. Without keys every retraction is −D. Operators put a key's retraction right before its insertion.
 */
export function operationsOf(
  rows: readonly (readonly Value[])[],
  weights: readonly number[],
  keys: readonly number[] | undefined,
): Operation[] {
  const operations: Operation[] = [];
  for (let index = 0; index < rows.length; index++) {
    if (weights[index]! > 0) operations.push('+I');
    else if (
      keys !== undefined &&
      index + 1 < rows.length &&
      weights[index + 1]! > 0 &&
      keys.every(key => sameValue(rows[index]![key]!, rows[index + 1]![key]!))
    ) {
      operations.push('-U', '+U');
      index++;
    } else operations.push('-D');
  }
  return operations;
}

function sameValue(left: Value, right: Value): boolean {
  if (left === right || Object.is(left, right)) return true;
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right) === 0;
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, index) => sameValue(item, right[index]!));
  return false;
}
