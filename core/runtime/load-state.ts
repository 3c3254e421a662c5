import { limits } from '../common/limits.ts';
import type { ShardImage } from '../state/contract.ts';
import { type KeyGroupRange, keyGroupsOf } from '../state/key-groups.ts';
import { newTaskMemory, TaskMemory } from '../wasm/memory.ts';
import type { StoredImage, TaskSnapshot, UnreadBytes } from './snapshot.ts';

/** Bytes in the memory of the task that they are for, in a segment that others of its images share. */
export interface OwnBytes {
  readonly address: number;
  readonly length: number;
  readonly segment: MemorySegment;
}

export interface MemorySegment {
  readonly address: number;
  readonly bytes: number;
}

/** An image in memory that threads share. */
export interface LoadedImage extends Omit<ShardImage, 'bytes'> {
  readonly bytes: Uint8Array | OwnBytes;
}

/** A task's memory with what it goes on from; plain data that crosses threads. */
export interface LoadedTask {
  readonly memory: WebAssembly.Memory;
  /** Where what nobody has taken begins in it. */
  readonly memoryTop: number;
  readonly restored: TaskSnapshot<LoadedImage> | undefined;
}

export interface TaskToLoad {
  readonly subtask: number;
  readonly parallelism: number;
  readonly restored: TaskSnapshot<StoredImage> | undefined;
  /** Bytes of its memory that images may take while they become rows. */
  readonly bytesMax: number;
}

interface Read {
  readonly from: UnreadBytes;
  readonly target: Uint8Array;
}

/**
 * Reads what tasks go on from out of a checkpoint's files, right into the memories of the tasks: pages that nobody has used before cost more than all else,
 * and here they become the rows' own. What several tasks need, or what would not fit, is read once into memory of its own.
 *
 * @throws TidemillError `bad-checkpoint` when a file is damaged: nothing has been done then that anybody could see.
 */
export async function loadState(tasks: readonly TaskToLoad[]): Promise<LoadedTask[]> {
  const reads: Read[] = [];
  const elsewhere = new Map<UnreadBytes, Uint8Array>();
  const loaded = tasks.map(task => placeTask(task, reads, elsewhere));
  for (const [, ofFile] of Map.groupBy(reads, ({ from }) => from.file)) await readFile(ofFile);
  return loaded;
}

function placeTask(task: TaskToLoad, reads: Read[], elsewhere: Map<UnreadBytes, Uint8Array>): LoadedTask {
  const memory = new TaskMemory({ memory: newTaskMemory() });
  const { restored } = task;
  if (restored === undefined) return { memory: memory.memory, memoryTop: memory.sizeBytes, restored };
  const own = keyGroupsOf(task.subtask, task.parallelism);
  const unread = restored.tables.flatMap(({ images }) => images).filter(({ bytes }) => !(bytes instanceof Uint8Array));
  const fits = unread.reduce((sum, { bytes }) => sum + bytes.length, 0) <= task.bytesMax;
  const place = new SegmentFiller(memory);
  const tables = restored.tables.map(({ images, ...name }) => ({
    ...name,
    images: images.map((image): LoadedImage => {
      const { bytes, ...rest } = image;
      if (bytes instanceof Uint8Array) return { ...rest, bytes };
      if (bytes.length > 0 && fits && isWithin(image.keyGroups, own)) {
        const there = place.take(bytes.length);
        const target = memory.u8.subarray(there.address, there.address + bytes.length);
        reads.push({ from: bytes, target });
        return { ...rest, bytes: there };
      }
      let target = elsewhere.get(bytes);
      if (target === undefined) {
        target = new Uint8Array(new SharedArrayBuffer(bytes.length));
        elsewhere.set(bytes, target);
        reads.push({ from: bytes, target });
      }
      return { ...rest, bytes: target };
    }),
  }));
  return { memory: memory.memory, memoryTop: memory.sizeBytes, restored: { ...restored, tables } };
}

const isWithin = (part: KeyGroupRange, whole: KeyGroupRange): boolean => whole.first <= part.first && part.end <= whole.end;

/** Puts bytes side by side into segments of the size that rows take: what has become rows is room for more. */
class SegmentFiller {
  readonly #memory: TaskMemory;
  #segment: MemorySegment | undefined;
  #cursor = 0;

  constructor(memory: TaskMemory) {
    this.#memory = memory;
  }

  take(length: number): OwnBytes {
    let segment = this.#segment;
    if (segment === undefined || this.#cursor + length > segment.address + segment.bytes) {
      const bytes = Math.max(length, limits.stateSegmentBytesMax);
      segment = { address: this.#memory.allocateSegment(bytes), bytes };
      this.#segment = segment;
      this.#cursor = segment.address;
    }
    const address = this.#cursor;
    this.#cursor += (length + 7) & ~7;
    return { address, length, segment };
  }
}

/** Several pieces at a time: the system's threads read while this one checks. */
async function readFile(reads: readonly Read[]): Promise<void> {
  const { checkpoint, file: name } = reads[0]!.from;
  const file = await checkpoint.openFile(name);
  try {
    const left = joined(reads);
    const work = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) await file.read(next.from.from, next.target);
    };
    await Promise.all(Array.from({ length: limits.stateReadsMax }, work));
  } finally {
    await file.close();
  }
}

/** Reads that follow one another in the file and in memory, as one; the last first. */
function joined(reads: readonly Read[]): Read[] {
  const runs: Read[] = [];
  for (const read of reads) {
    const last = runs.at(-1);
    const { from, target } = read;
    if (
      last !== undefined &&
      last.target.buffer === target.buffer &&
      last.target.byteOffset + last.target.length === target.byteOffset &&
      last.from.from + last.from.length === from.from &&
      last.target.length + target.length <= limits.checkpointPieceBytes
    )
      runs[runs.length - 1] = {
        from: { ...last.from, length: last.from.length + from.length },
        target: new Uint8Array(target.buffer, last.target.byteOffset, last.target.length + target.length),
      };
    else runs.push(read);
  }
  return runs.reverse();
}
