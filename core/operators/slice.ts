import { type Batch, batchOf, type Column } from '../columnar/batch.ts';
import { childTypes, storageBytes, storageOf } from '../columnar/types.ts';
import type { Kernels } from '../kernels/index.ts';
import type { TaskMemory } from '../wasm/memory.ts';

interface Code {
  readonly memory: TaskMemory;
  readonly kernels: Kernels;
}

/** Rows `from` to `to` of a batch as a batch; data is shared, only bitmaps that do not start at a byte are copied to the arena. */
export function sliceBatch(batch: Batch, from: number, to: number, code: Code): Batch {
  if (from === 0 && to === batch.length) return batch;
  return batchOf(
    to - from,
    batch.columns.map(column => sliceColumn(column, from, to, code)),
    batch.weights === 0 ? 0 : batch.weights + from,
    batch.watermarkBefore === 0 ? 0 : batch.watermarkBefore + 8 * from,
  );
}

function sliceColumn(column: Column, from: number, to: number, code: Code): Column {
  const { type } = column;
  const storage = storageOf(type);
  const sliced = { type, validity: sliceBits(column.validity, from, to, code), data: column.data + storageBytes(storage) * from };
  if (column.children === undefined || childTypes(type).length === 0) return sliced;
  // offsets of lists point into their children whole, whichever rows are left
  if (storage === 'list') return { ...sliced, children: column.children };
  return { ...sliced, children: column.children.map(child => sliceColumn(child, from, to, code)) };
}

function sliceBits(bits: number, from: number, to: number, { memory, kernels }: Code): number {
  if (bits === 0 || from === 0) return bits;
  const rows = to - from;
  const numbers = memory.arena.allocate(4 * rows);
  const target = memory.arena.allocate(((rows + 63) >> 6) * 8);
  const words = memory.u32.subarray(numbers >> 2, (numbers >> 2) + rows);
  for (let row = 0; row < rows; row++) words[row] = from + row;
  kernels.append_bits(rows, numbers, bits, target, 0);
  return target;
}
