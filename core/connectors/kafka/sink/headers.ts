import type { Column } from '../../../columnar/batch.ts';
import { readColumn } from '../../../columnar/read-values.ts';
import type { TaskMemory } from '../../../wasm/memory.ts';

/** Headers of records, from a column MAP<STRING, BYTES>, as they stand in records; the address of their places. */
export function placeHeaders(memory: TaskMemory, column: Column, count: number): number {
  const values = readColumn(memory, column, count);
  const places = memory.arena.allocate(Math.max(count, 1) * 8);
  for (const [row, value] of values.entries()) {
    const bytes = value === null ? undefined : headerBytes(entriesOf(value));
    const at = bytes === undefined ? 0 : memory.arena.allocate(bytes.length);
    if (bytes !== undefined) memory.u8.set(bytes, at);
    memory.u32[(places >> 2) + row * 2] = at;
    memory.u32[(places >> 2) + row * 2 + 1] = bytes?.length ?? 0;
  }
  return places;
}

type Entry = readonly [unknown, unknown];
const entriesOf = (value: unknown): readonly Entry[] => (value instanceof Map ? [...value] : (value as readonly Entry[]));

function headerBytes(entries: readonly Entry[]): Uint8Array {
  const parts: Uint8Array[] = [varint(entries.length)];
  for (const [name, value] of entries) {
    const key = Buffer.from(String(name ?? ''));
    parts.push(varint(key.length), key);
    if (value === null) parts.push(varint(-1));
    else parts.push(varint((value as Uint8Array).length), value as Uint8Array);
  }
  return Buffer.concat(parts);
}

/** Zig-zag. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value < 0 ? -2 * value - 1 : 2 * value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}
