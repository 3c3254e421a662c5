import type { ShardImage } from '../state/contract.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { LoadedImage, MemorySegment, OwnBytes } from './load-state.ts';
import type { TableSnapshot } from './snapshot.ts';

/** Images that lie in a task's own memory: their segments are given back when all in them have become rows. */
export class OwnImages {
  readonly #memory: TaskMemory;
  /** By address. */
  readonly #segments = new Map<number, { readonly segment: MemorySegment; images: number }>();

  constructor(memory: TaskMemory, tables: readonly TableSnapshot<LoadedImage>[]) {
    this.#memory = memory;
    for (const { bytes } of tables.flatMap(({ images }) => images)) {
      if (bytes instanceof Uint8Array) continue;
      const { segment } = bytes;
      const found = this.#segments.get(segment.address) ?? { segment, images: 0 };
      found.images++;
      this.#segments.set(segment.address, found);
    }
  }

  /** A table's images, for one restore. */
  of({ images }: TableSnapshot<LoadedImage>): ShardImage[] {
    return images.map(image => {
      const { bytes } = image;
      if (bytes instanceof Uint8Array) return { ...image, bytes };
      const { address, length } = bytes;
      let isUsed = false;
      const used = (): void => {
        if (!isUsed) this.#used(bytes);
        isUsed = true;
      };
      return { ...image, bytes: this.#memory.u8.subarray(address, address + length), address, used };
    });
  }

  #used({ segment: { address, bytes } }: OwnBytes): void {
    if (--this.#segments.get(address)!.images === 0) this.#memory.freeSegment(address, bytes);
  }
}
