import type { Batch } from '../columnar/batch.ts';
import { readColumn } from '../columnar/read-values.ts';
import type { Value } from '../columnar/values.ts';
import type { TaskMemory } from '../wasm/memory.ts';

export type Operation = '+I' | '-U' | '+U' | '-D';

/**
 * Flink's row kinds of a batch: a row taken back and the next one put in its place are −U and +U when their keys are equal (or no key is
 * known), other rows +I and −D. Undefined when all rows are +I.
 */
export function operationsOf(memory: TaskMemory, batch: Batch, keyColumns: readonly number[]): Operation[] | undefined {
  if (batch.weights === 0) return undefined;
  const weights = memory.i8.subarray(batch.weights, batch.weights + batch.length);
  if (weights.every(weight => weight > 0)) return undefined;
  const keys = keyColumns.map(index => readColumn(memory, batch.columns[index]!, batch.length));
  const operations = new Array<Operation>(batch.length);
  for (let row = 0; row < batch.length; row++) {
    const update =
      weights[row]! < 0 &&
      row + 1 < batch.length &&
      weights[row + 1]! > 0 &&
      keys.every(key => sameValue(key[row]!, key[row + 1]!));
    if (update) {
      operations[row++] = '-U';
      operations[row] = '+U';
    } else operations[row] = weights[row]! < 0 ? '-D' : '+I';
  }
  return operations;
}

function sameValue(left: Value, right: Value): boolean {
  if (left instanceof Uint8Array && right instanceof Uint8Array)
    return left.length === right.length && left.every((byte, index) => byte === right[index]);
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((value, index) => sameValue(value, right[index]));
  return Object.is(left, right);
}
