import type { Column } from '../../../columnar/batch.ts';
import { isNull } from '../../../columnar/read-values.ts';
import { limits } from '../../../common/limits.ts';
import type { TaskMemory } from '../../../wasm/memory.ts';

/**
 * Headers of records, from a column MAP<STRING, BYTES>, as they stand in records (a count, then lengths and bytes of names and values); the address of
 * their places. Written straight from the column: no object a row.
 */
export function placeHeaders(memory: TaskMemory, column: Column, count: number): number {
  const { arena } = memory;
  const [names, values] = column.children!;
  const places = arena.allocate(Math.max(count, 1) * 8);
  const out = arena.allocate(Math.max(sizeOf(memory, column, count), 1));
  // only now: memory that grows has other arrays
  const { u8, u32, i32 } = memory;
  let at = out;
  const varint = (value: number): void => {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    for (; rest > 127; rest = Math.floor(rest / 128)) u8[at++] = (rest & 127) | 128;
    u8[at++] = rest;
  };
  const text = (view: number): void => {
    const bytes = u32[view >>> 2]!;
    varint(bytes);
    const from = bytes <= limits.stringInlineBytes ? view + 4 : u32[(view + 8) >>> 2]!;
    u8.copyWithin(at, from, from + bytes);
    at += bytes;
  };
  for (let row = 0; row < count; row++) {
    const start = at;
    if (!isNull(memory, column, row)) {
      const [first, end] = [i32[(column.data >>> 2) + row]!, i32[(column.data >>> 2) + row + 1]!];
      varint(end - first);
      for (let entry = first; entry < end; entry++) {
        if (isNull(memory, names!, entry)) varint(0);
        else text(names!.data + entry * 16);
        if (isNull(memory, values!, entry)) varint(-1);
        else text(values!.data + entry * 16);
      }
    }
    u32[(places >>> 2) + row * 2] = start;
    u32[(places >>> 2) + row * 2 + 1] = at - start;
  }
  return places;
}

/** No less than all rows take. */
function sizeOf({ u32, i32 }: TaskMemory, { data, children }: Column, count: number): number {
  const [names, values] = children!;
  const [first, end] = [i32[data >>> 2]!, i32[(data >>> 2) + count]!];
  let bytes = 5 * count;
  for (let entry = first; entry < end; entry++)
    bytes += 10 + u32[(names!.data + entry * 16) >>> 2]! + u32[(values!.data + entry * 16) >>> 2]!;
  return bytes;
}
