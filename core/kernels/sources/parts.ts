// Rows of group tables on their way to and from disk in parts: those whose hashes have the same top byte lie together, so that what was written at several
// times is merged one part after another. On disk the hash stands where rows in memory have their epoch, and views hold offsets among the long strings.

const ROW_BYTES: usize = 12;
const KEY_BYTES: usize = 16;
const KINDS: usize = 20;
const VIEWS: usize = 28;
const FLAG_LIVE: u32 = 1;
const KIND_VIEW: u8 = 1;

/** Adds to 256 u32 each at `rowBytes` and `heapBytes` what rows (u32 addresses) take, by the top byte of their hashes (u32). */
export function parts_measure(table: usize, count: u32, rows: usize, hashes: usize, rowBytes: usize, heapBytes: usize): void {
  const bytes = load<u32>(table, ROW_BYTES);
  for (let i: u32 = 0; i < count; i++) {
    const at = rowBytes + (<usize>(load<u32>(hashes + (<usize>i << 2)) >> 24) << 2);
    store<u32>(at, load<u32>(at) + bytes);
  }
  if (load<u32>(table, VIEWS) == 0) return;
  const kinds = <usize>load<u32>(table, KINDS);
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    const at = heapBytes + (<usize>(load<u32>(hashes + (<usize>i << 2)) >> 24) << 2);
    for (let offset: usize = 8; offset < <usize>bytes; offset += 8) {
      if (load<u8>(kinds + (offset >> 3)) != KIND_VIEW) continue;
      const length = load<u32>(row + offset - 8);
      if (length > 12) store<u32>(at, load<u32>(at) + ((length + 7) & ~7));
    }
  }
}

/** Copies rows to where the 256 addresses at `rowCursors` say, their long strings to those at `heapCursors`; both go on. Views count from `heap`. */
export function parts_scatter(table: usize, count: u32, rows: usize, hashes: usize, rowCursors: usize, heapCursors: usize, heap: usize): void {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  const kinds = <usize>load<u32>(table, KINDS);
  const views = load<u32>(table, VIEWS) != 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    const hash = load<u32>(hashes + (<usize>i << 2));
    const part = <usize>(hash >> 24) << 2;
    const to = <usize>load<u32>(rowCursors + part);
    store<u32>(rowCursors + part, <u32>(to + rowBytes));
    for (let offset: usize = 0; offset < rowBytes; offset += 8) store<u64>(to + offset, load<u64>(row + offset));
    store<u32>(to + keyBytes, hash);
    store<u32>(to + keyBytes, FLAG_LIVE, 4);
    if (!views) continue;
    for (let offset: usize = 8; offset < rowBytes; offset += 8) {
      if (load<u8>(kinds + (offset >> 3)) != KIND_VIEW) continue;
      const length = load<u32>(row + offset - 8);
      if (length <= 12) continue;
      const free = <usize>load<u32>(heapCursors + part);
      memory.copy(free, <usize>load<u32>(row + offset), length);
      store<u32>(heapCursors + part, <u32>(free + ((length + 7) & ~7)));
      store<u64>(to + offset, <u64>(free - heap));
    }
  }
}

/** Addresses and hashes of rows that were read side by side to `base`, their long strings to `heap` (what views call `heapFrom`). */
export function parts_open(table: usize, count: u32, base: usize, heap: usize, heapFrom: u32, rows: usize, hashes: usize): void {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  const kinds = <usize>load<u32>(table, KINDS);
  const views = load<u32>(table, VIEWS) != 0;
  let row = base;
  for (let i: u32 = 0; i < count; i++, row += rowBytes) {
    store<u32>(rows + (<usize>i << 2), <u32>row);
    store<u32>(hashes + (<usize>i << 2), load<u32>(row + keyBytes));
    if (!views) continue;
    for (let offset: usize = 8; offset < rowBytes; offset += 8) {
      if (load<u8>(kinds + (offset >> 3)) != KIND_VIEW || load<u32>(row + offset - 8) <= 12) continue;
      store<u64>(row + offset, load<u64>(row + offset) - <u64>heapFrom + <u64>heap);
    }
  }
}
