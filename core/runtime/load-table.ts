import { limits } from '../common/limits.ts';
import type { ShardImage } from '../state/contract.ts';
import { TaskMemory } from '../wasm/memory.ts';
import { loadState } from './load-state.ts';
import { OwnImages } from './own-images.ts';
import { finishedTask, type StoredImage, type TableSnapshot, type TaskSnapshot } from './snapshot.ts';

/**
 * One table's images in a memory of their own, for whoever looks at a checkpoint without starting its job; see loadState.
 *
 * @throws TidemillError `bad-checkpoint`
 */
export async function loadTable(
  table: TableSnapshot<StoredImage>,
): Promise<{ readonly memory: TaskMemory; readonly images: readonly ShardImage[] }> {
  const bytesMax = limits.taskMemoryShareMax * limits.taskMemoryPagesMax * limits.wasmPageBytes * limits.loadedShareMax;
  const restored: TaskSnapshot<StoredImage> = { ...finishedTask, tables: [table] };
  const [loaded] = await loadState([{ subtask: 0, parallelism: 1, restored, bytesMax }]);
  const memory = new TaskMemory({ memory: loaded!.memory, top: loaded!.memoryTop });
  const { tables } = loaded!.restored!;
  return { memory, images: new OwnImages(memory, tables).of(tables[0]!) };
}
