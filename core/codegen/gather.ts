import type { Column } from '../columnar/batch.ts';
import { storageBytes, storageOf } from '../columnar/types.ts';
import type { Kernels } from '../kernels/index.ts';
import type { TaskMemory } from '../wasm/memory.ts';

const kernelOfBytes = { 1: 'gather_8', 2: 'gather_16', 4: 'gather_32', 8: 'gather_64', 16: 'gather_128' } as const;

/** The rows of a column that a selection (the address of one u32 row index per picked row) picks, in the arena. */
export function gatherColumn(
  task: { readonly memory: TaskMemory; readonly kernels: Kernels },
  column: Column,
  selection: number,
  count: number,
): Column {
  const { memory, kernels } = task;
  const validity = column.validity === 0 ? 0 : gatherBits(task, column.validity, selection, count);
  const storage = storageOf(column.type);
  if (storage === 'struct') {
    return { ...column, validity, children: (column.children ?? []).map(child => gatherColumn(task, child, selection, count)) };
  }
  if (storage === 'list') {
    const offsets = memory.arena.allocate((count + 1) * 4);
    const elements = kernels.list_offsets(count, selection, column.data, offsets) >>> 0;
    const inner = memory.arena.allocate(elements * 4);
    kernels.list_elements(count, selection, column.data, inner);
    const children = (column.children ?? []).map(child => gatherColumn(task, child, inner, elements));
    return { ...column, validity, data: offsets, children };
  }
  const bytes = storageBytes(storage) as keyof typeof kernelOfBytes;
  const data = memory.arena.allocate(count * bytes);
  kernels[kernelOfBytes[bytes]](count, selection, column.data, data);
  return { ...column, validity, data };
}

function gatherBits(
  task: { readonly memory: TaskMemory; readonly kernels: Kernels },
  bits: number,
  selection: number,
  count: number,
): number {
  const target = task.memory.arena.allocate(((count + 63) >>> 6) * 8);
  task.kernels.gather_bits(count, selection, bits, target);
  return target;
}
