import { gatherColumn } from '../codegen/gather.ts';
import { type Batch, batchOf, type Column } from '../columnar/batch.ts';
import { validityBytes } from '../columnar/write-values.ts';
import type { OperatorTask } from './contract.ts';

/** No row: what stands beside a row of an outer join that found none. */
export const noRow = 0xffff_ffff;

/**
 * Rows of a batch, each as often as it is picked (`rows`: address of `count` u32 row numbers), with their weights and watermarks. `added` go behind `kept`.
 */
export function repeatedRows(
  { memory, kernels }: Pick<OperatorTask, 'memory' | 'kernels'>,
  batch: Batch,
  kept: readonly Column[],
  picked: { readonly count: number; readonly rows: number },
  added: readonly Column[],
): Batch {
  const { count, rows } = picked;
  const { arena } = memory;
  const columns = kept.map(column => gatherColumn({ memory, kernels }, column, rows, count));
  const weights = batch.weights === 0 ? 0 : arena.allocate(count);
  if (weights !== 0) kernels.gather_8(count, rows, batch.weights, weights);
  const watermarks = batch.watermarkBefore === 0 ? 0 : arena.allocate(8 * count);
  if (watermarks !== 0) kernels.gather_64(count, rows, batch.watermarkBefore, watermarks);
  return batchOf(count, [...columns, ...added], weights, watermarks);
}

/** A validity bitmap without the rows that have {@link noRow}. */
export function withoutMissing({ memory }: Pick<OperatorTask, 'memory'>, validity: number, elements: readonly number[]): number {
  const target = memory.arena.allocateZeroed(validityBytes(elements.length));
  const bits = memory.u8;
  for (let index = 0; index < elements.length; index++) {
    const bit = 1 << (index & 7);
    if (elements[index] !== noRow && (validity === 0 || (bits[validity + (index >> 3)]! & bit) !== 0))
      bits[target + (index >> 3)]! |= bit;
  }
  return target;
}
