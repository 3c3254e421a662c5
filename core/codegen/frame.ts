import type { TaskMemory } from '../wasm/memory.ts';

/** Byte offsets of a frame's fixed head: what a run takes and gives. All are u32 but where said otherwise. */
export const frameHead = {
  rows: 0,
  keptRows: 4,
  /** Where a row failed: its index, the site (see {@link ErrorSite}), and a view of the value that was refused or 0. */
  errorRow: 8,
  errorSite: 12,
  errorView: 16,
  /** u32 per kept row: its index in the input; 0 when not wanted. */
  selection: 20,
  keyRows: 24,
  hashes: 28,
  /** f64: ms since 1970, for CURRENT_TIMESTAMP. */
  epochMs: 32,
  end: 48,
} as const;

/**
 * Lays out a block of memory that a generated module's runs share: head, addresses of columns, scratch, constants. Offsets are known while
 * generating; the block is placed once per task.
 */
export class FrameLayout {
  #size: number = frameHead.end;
  readonly #constants = new Map<string, number>();
  readonly #bytes: { offset: number; bytes: Uint8Array }[] = [];
  readonly #places: { offset: number; target: number }[] = [];

  get sizeBytes(): number {
    return this.#size;
  }

  /** `bytes` for addresses, results or scratch; zero at first. */
  reserve(bytes: number, align = 8): number {
    const offset = (this.#size + align - 1) & -align;
    this.#size = offset + bytes;
    return offset;
  }

  /** Constant bytes, 8-aligned and readable 16 bytes past their end. */
  bytes(bytes: Uint8Array): number {
    const key = `b${Buffer.from(bytes).toString('latin1')}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const offset = this.reserve(bytes.length + 16, 16);
    this.#bytes.push({ offset, bytes });
    this.#constants.set(key, offset);
    return offset;
  }

  /** A constant 16-byte view of bytes. */
  view(content: Uint8Array): number {
    const key = `v${Buffer.from(content).toString('latin1')}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const view = new Uint8Array(16);
    new DataView(view.buffer).setUint32(0, content.length, true);
    const offset = this.reserve(16, 16);
    if (content.length <= 12) view.set(content, 4);
    else {
      view.set(content.subarray(0, 4), 4);
      this.#places.push({ offset: offset + 8, target: this.bytes(content) });
    }
    this.#bytes.push({ offset, bytes: view });
    this.#constants.set(key, offset);
    return offset;
  }

  /** Writes the constants of a frame that starts at `address`. */
  fill(memory: TaskMemory, address: number): void {
    const { u8, u32 } = memory;
    u8.fill(0, address, address + this.#size);
    for (const { offset, bytes } of this.#bytes) u8.set(bytes, address + offset);
    for (const { offset, target } of this.#places) u32[(address + offset) >>> 2] = address + target;
  }
}

interface FrameHeap {
  cursor: number;
  end: number;
}
const heaps = new WeakMap<TaskMemory, FrameHeap>();

/** Memory for a frame that lives as long as the task's memory. */
export function placeFrame(memory: TaskMemory, layout: FrameLayout): number {
  let heap = heaps.get(memory);
  const bytes = (layout.sizeBytes + 63) & ~15;
  if (heap === undefined || heap.cursor + bytes > heap.end) {
    const segment = Math.max(bytes, 65536);
    const address = memory.allocateSegment(segment);
    heap = { cursor: address, end: address + segment };
    heaps.set(memory, heap);
  }
  const address = heap.cursor;
  heap.cursor += bytes;
  layout.fill(memory, address);
  return address;
}
