import { limits } from '../common/limits.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { Bindings } from './bindings.ts';

/** Strings that lie so near one another are read in one go. Both ends are live, so the bytes between them can be read. */
const gapBytesMax = 64;

/**
 * DuckDB's string_t is our 16-byte view but for the place of long strings: a native pointer. Copies the text of those into the arena, a run
 * of neighbours at a time, and puts its address into the views at `views`. `source` holds the same views as DuckDB made them.
 */
export function placeLongStrings(
  bindings: Bindings,
  memory: TaskMemory,
  views: number,
  source: Uint8Array,
  length: number,
): void {
  const lengths = new Uint32Array(source.buffer, source.byteOffset, length * 4);
  const placed = memory.u32;
  const first = views >>> 2;
  let longRows: number[] | undefined;
  // NULL rows of the source hold anything: the cleared views say which rows count
  for (let row = 0; row < length; row++) {
    if (placed[first + row * 4]! > limits.stringInlineBytes) {
      longRows ??= [];
      longRows.push(row);
    }
  }
  if (longRows === undefined) return;
  const pointers = new Float64Array(length);
  let sorted = true;
  let last = 0;
  for (const row of longRows) {
    const pointer = lengths[row * 4 + 2]! + lengths[row * 4 + 3]! * 2 ** 32;
    pointers[row] = pointer;
    sorted &&= pointer >= last;
    last = pointer;
  }
  if (!sorted) longRows.sort((left, right) => pointers[left]! - pointers[right]!);
  let index = 0;
  while (index < longRows.length) {
    const head = longRows[index]!;
    const start = pointers[head]!;
    let end = start + lengths[head * 4]!;
    let until = index + 1;
    for (; until < longRows.length; until++) {
      const row = longRows[until]!;
      const pointer = pointers[row]!;
      if (pointer > end + gapBytesMax) break;
      end = Math.max(end, pointer + lengths[row * 4]!);
    }
    const bytes = end - start;
    const text = bindings.get_data_from_pointer(source.buffer as ArrayBuffer, source.byteOffset + head * 16 + 8, bytes);
    const address = memory.arena.allocate(bytes);
    memory.u8.set(text, address);
    const words = memory.u32;
    for (; index < until; index++) {
      const row = longRows[index]!;
      words[first + row * 4 + 2] = address + (pointers[row]! - start);
      words[first + row * 4 + 3] = 0;
    }
  }
}
