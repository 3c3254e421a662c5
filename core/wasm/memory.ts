import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';

/**
 * Layout of a task memory's first bytes. Kernels read the arena's control words here; AssemblyScript's static data lies above
 * {@link memoryLayout.kernelDataStart} and must end before {@link memoryLayout.firstSegment}.
 */
export const memoryLayout = {
  /** u32: next free byte of the arena. */
  arenaCursor: 16,
  /** u32: end of the arena's current chunk. */
  arenaEnd: 20,
  kernelDataStart: 1024,
  firstSegment: 4 * limits.wasmPageBytes,
} as const;

/**
 * The one linear memory of a task: shared (measured: no slower), at most 4 GiB, never shrinking, cut into page-aligned segments that are
 * recycled. Views are made anew after growth: read them through this object, do not keep them over an allocation.
 */
export class TaskMemory {
  readonly memory: WebAssembly.Memory;
  readonly arena: Arena;
  /** Bytes that state should not take more of: beyond it rows go to disk between two inputs. */
  budgetBytes = Number.POSITIVE_INFINITY;
  #freeBytes = 0;
  #top: number;
  readonly #free = new Map<number, number[]>();
  #views: Views;

  /**
   * `memory`: one made elsewhere; the thread that runs the task wraps it, and no other does at the same time. `top`: the {@link sizeBytes} it had there, when
   * it has been used; who knows of segments below it gives them back here.
   */
  constructor(options: { pagesInitial?: number; pagesMax?: number; memory?: WebAssembly.Memory; top?: number } = {}) {
    this.memory = options.memory ?? newTaskMemory(options.pagesInitial, options.pagesMax);
    this.#views = viewsOf(this.memory.buffer);
    this.#top = options.top ?? memoryLayout.firstSegment;
    this.arena = new Arena(this);
  }

  get u8(): Uint8Array<ArrayBufferLike> {
    return this.#current().u8;
  }
  get i8(): Int8Array<ArrayBufferLike> {
    return this.#current().i8;
  }
  get u16(): Uint16Array<ArrayBufferLike> {
    return this.#current().u16;
  }
  get i16(): Int16Array<ArrayBufferLike> {
    return this.#current().i16;
  }
  get u32(): Uint32Array<ArrayBufferLike> {
    return this.#current().u32;
  }
  get i32(): Int32Array<ArrayBufferLike> {
    return this.#current().i32;
  }
  get f32(): Float32Array<ArrayBufferLike> {
    return this.#current().f32;
  }
  get f64(): Float64Array<ArrayBufferLike> {
    return this.#current().f64;
  }
  /** For edges and tests; 64-bit integers never pass through BigInt on a hot path. */
  get i64(): BigInt64Array<ArrayBufferLike> {
    return this.#current().i64;
  }

  /** Bytes of the memory in use or recycled; the rest has never been touched. */
  get sizeBytes(): number {
    return this.#top;
  }

  /** Bytes of segments that somebody holds. */
  get usedBytes(): number {
    return this.#top - this.#freeBytes;
  }

  /**
   * A segment of at least `bytes`, aligned to a wasm page; its content is unspecified when recycled.
   * @throws TidemillError `out-of-memory` when the task's 4 GiB (or its cap) are used up.
   */
  allocateSegment(bytes: number): number {
    const size = segmentBytes(bytes);
    const recycled = this.#free.get(size)?.pop();
    if (recycled !== undefined) {
      this.#freeBytes -= size;
      return recycled;
    }
    const address = this.#top;
    const needed = address + size - this.memory.buffer.byteLength;
    if (needed > 0) this.#grow(Math.ceil(needed / limits.wasmPageBytes), size);
    this.#top = address + size;
    return address;
  }

  /** Gives a segment back; `bytes` as it was asked for. */
  freeSegment(address: number, bytes: number): void {
    const size = segmentBytes(bytes);
    this.#freeBytes += size;
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [address]);
    else list.push(address);
  }

  #grow(pages: number, size: number): void {
    const have = this.memory.buffer.byteLength / limits.wasmPageBytes;
    for (const wanted of [Math.max(pages, Math.min(have, 1024)), pages]) {
      try {
        this.memory.grow(wanted);
        return;
      } catch {
        // a smaller step may still fit below the maximum
      }
    }
    throw new TidemillError(
      'out-of-memory',
      `a task needs ${size} bytes more than its memory of ${have * limits.wasmPageBytes} bytes can give`,
      {
        domain: 'external',
        hint: 'Raise --parallelism (each task has its own memory), or bound the state by a window.',
      },
    );
  }

  #current(): Views {
    if (this.#views.buffer !== this.memory.buffer) this.#views = viewsOf(this.memory.buffer);
    return this.#views;
  }
}

/** What a {@link TaskMemory} wraps. */
export function newTaskMemory(
  initial: number = limits.taskMemoryPagesInitial,
  maximum: number = limits.taskMemoryPagesMax,
): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial, maximum, shared: true });
}

/** Sizes are rounded to a power of two of pages up to 1 MiB, then to whole MiB, so that freed segments fit again. */
function segmentBytes(bytes: number): number {
  const page = limits.wasmPageBytes;
  if (bytes > 1 << 20) return Math.ceil(bytes / (1 << 20)) * (1 << 20);
  let size: number = page;
  while (size < bytes) size *= 2;
  return size;
}

interface Views {
  readonly buffer: ArrayBufferLike;
  readonly u8: Uint8Array<ArrayBufferLike>;
  readonly i8: Int8Array<ArrayBufferLike>;
  readonly u16: Uint16Array<ArrayBufferLike>;
  readonly i16: Int16Array<ArrayBufferLike>;
  readonly u32: Uint32Array<ArrayBufferLike>;
  readonly i32: Int32Array<ArrayBufferLike>;
  readonly f32: Float32Array<ArrayBufferLike>;
  readonly f64: Float64Array<ArrayBufferLike>;
  readonly i64: BigInt64Array<ArrayBufferLike>;
}

function viewsOf(buffer: ArrayBufferLike): Views {
  return {
    buffer,
    u8: new Uint8Array(buffer),
    i8: new Int8Array(buffer),
    u16: new Uint16Array(buffer),
    i16: new Int16Array(buffer),
    u32: new Uint32Array(buffer),
    i32: new Int32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
    i64: new BigInt64Array(buffer),
  };
}

export interface ArenaMark {
  readonly chunk: number;
  readonly cursor: number;
}

const arenaChunkBytes = 1 << 20;
/** Kernels read and write whole vectors past the end of what they were given. */
const arenaSlackBytes = 64;

/**
 * Short-lived memory of a chain: bump allocation, released like a stack. The chain marks before it calls an operator and releases once that
 * operator's output has been used up downstream, so nothing may be kept here between two calls but the input batch.
 * Generated code and kernels allocate through the control words at {@link memoryLayout.arenaCursor} and call `refill` when a chunk is full.
 */
export class Arena {
  readonly #memory: TaskMemory;
  readonly #chunks: { address: number; bytes: number }[] = [];
  #index = -1;

  constructor(memory: TaskMemory) {
    this.#memory = memory;
  }

  /** `bytes` of unspecified content, 16-aligned, readable and writable for 64 bytes past the end. */
  allocate(bytes: number): number {
    const words = this.#memory.u32;
    const cursor = words[memoryLayout.arenaCursor >> 2]!;
    const next = cursor + ((bytes + arenaSlackBytes + 15) & ~15);
    if (this.#index >= 0 && next <= words[memoryLayout.arenaEnd >> 2]!) {
      words[memoryLayout.arenaCursor >> 2] = next;
      return cursor;
    }
    return this.refill(bytes);
  }

  /** Like allocate, with all bytes 0. */
  allocateZeroed(bytes: number): number {
    const address = this.allocate(bytes);
    // bytes of shared memory are filled one by one, doubles eight at a time; the slack takes the rest of the last one
    this.#memory.f64.fill(0, address / 8, Math.ceil((address + bytes) / 8));
    return address;
  }

  /** Moves to a chunk that has room for `bytes` and allocates them there; kernels import this as `env.arenaRefill`. */
  refill(bytes: number): number {
    const needed = ((bytes + arenaSlackBytes + 15) & ~15) >>> 0;
    let next = this.#index + 1;
    while (next < this.#chunks.length && this.#chunks[next]!.bytes < needed) {
      const [small] = this.#chunks.splice(next, 1);
      this.#memory.freeSegment(small!.address, small!.bytes);
    }
    if (next >= this.#chunks.length) {
      const size = Math.max(arenaChunkBytes, needed);
      this.#chunks.push({ address: this.#memory.allocateSegment(size), bytes: size });
      next = this.#chunks.length - 1;
    }
    const chunk = this.#chunks[next]!;
    this.#index = next;
    this.#set(chunk.address + needed, chunk.address + chunk.bytes);
    return chunk.address;
  }

  mark(): ArenaMark {
    return { chunk: this.#index, cursor: this.#memory.u32[memoryLayout.arenaCursor >> 2]! };
  }

  /** Gives back all that was allocated since the mark; chunks are kept for reuse. */
  release(mark: ArenaMark): void {
    this.#index = mark.chunk;
    if (mark.chunk < 0) this.#set(0, 0);
    else {
      const chunk = this.#chunks[mark.chunk]!;
      this.#set(mark.cursor, chunk.address + chunk.bytes);
    }
  }

  reset(): void {
    this.release({ chunk: -1, cursor: 0 });
  }

  #set(cursor: number, end: number): void {
    const words = this.#memory.u32;
    words[memoryLayout.arenaCursor >> 2] = cursor;
    words[memoryLayout.arenaEnd >> 2] = end;
  }
}
