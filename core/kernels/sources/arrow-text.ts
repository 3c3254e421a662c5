// Texts between our views (columnar/batch.ts) and Arrow's offsets into one buffer. `validity`: a bitmap, or 0 when all rows are there.
import { makeView, viewBytes } from "./text";

// @ts-ignore: decorator
@inline
function isThere(validity: usize, row: u32): bool {
  return validity == 0 || ((<u32>load<u8>(validity + (row >> 3)) >> (row & 7)) & 1) != 0;
}

/** Sixteen bytes of ones, then of zeros: loaded from 12 - length on, a mask of a view of so many bytes. */
const MASKS = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

// @ts-ignore: decorator
@inline
function storeView(view: usize, bytes: usize, length: u32): void {
  if (length > 12) makeView(view, bytes, length);
  else {
    const text = v128.and(v128.load(bytes - 4), v128.load(MASKS + 12 - <usize>length));
    v128.store(view, i32x4.replace_lane(text, 0, length));
  }
}

/**
 * Views of `count` texts at `text + offsets[i] - offsets[0]`; empty ones where there is none. 12 bytes behind the last are readable, and 4 before the
 * first.
 */
export function arrow_views(count: u32, offsets: usize, text: usize, validity: usize, out: usize): void {
  let start = load<u32>(offsets);
  const base = text - <usize>start;
  for (let i: u32 = 0; i < count; i++) {
    const view = out + (<usize>i << 4);
    const end = load<u32>(offsets + (<usize>i << 2), 4);
    if (validity == 0 || isThere(validity, i)) storeView(view, base + start, end - start);
    else v128.store(view, i64x2.splat(0));
    start = end;
  }
}

/** Offsets of 64 bits, count + 1 of them, as those of 32 from 0. */
export function arrow_narrow(count: u32, offsets: usize, out: usize): void {
  const first = load<u64>(offsets);
  for (let i: usize = 0; i <= <usize>count; i++) store<u32>(out + (i << 2), <u32>(load<u64>(offsets + (i << 3)) - first));
}

/** Offsets of the texts of rows `from` to `from + count`, count + 1 of them from 0; gives the bytes of all, or -1 for more than offsets can say. */
export function arrow_offsets(count: u32, views: usize, validity: usize, from: u32, offsets: usize): i32 {
  let total: u64 = 0;
  store<u32>(offsets, 0);
  for (let i: u32 = 0; i < count; i++) {
    if (isThere(validity, from + i)) total += load<u32>(views + (<usize>(from + i) << 4));
    store<u32>(offsets + (<usize>i << 2), <u32>total, 4);
  }
  return total > 0x7fffffff ? -1 : <i32>total;
}

/** Those texts, one behind the other; up to 15 bytes behind the last are written. */
export function arrow_text(count: u32, views: usize, from: u32, offsets: usize, out: usize): void {
  // texts that lie one behind the other, as readers of files leave them, are copied together
  let run: usize = 0;
  let runEnd: usize = 0;
  let runOut: usize = out;
  for (let i: u32 = 0; i < count; i++) {
    const start = load<u32>(offsets + (<usize>i << 2));
    const length = load<u32>(offsets + (<usize>i << 2), 4) - start;
    if (length == 0) continue;
    const view = views + (<usize>(from + i) << 4);
    const target = out + start;
    if (length <= 12) {
      if (run != runEnd) memory.copy(runOut, run, runEnd - run);
      run = runEnd = 0;
      store<u64>(target, load<u64>(view, 4));
      store<u32>(target, load<u32>(view, 12), 8);
      continue;
    }
    const bytes = viewBytes(view);
    if (bytes != runEnd) {
      if (run != runEnd) memory.copy(runOut, run, runEnd - run);
      run = bytes;
      runOut = target;
    }
    runEnd = bytes + length;
  }
  if (run != runEnd) memory.copy(runOut, run, runEnd - run);
}

/** The bits of bytes that are 0 or 1; 8 bytes behind the last are readable. */
export function arrow_bits(count: u32, bytes: usize, out: usize): void {
  for (let i: u32 = 0; i < count; i += 8) {
    // each byte's lowest bit comes to stand in the highest byte of the product
    let eight = load<u64>(bytes + i);
    if (count - i < 8) eight &= (<u64>1 << (<u64>(count - i) << 3)) - 1;
    store<u8>(out + (i >> 3), <u8>((eight * 0x0102040810204080) >> 56));
  }
}

/** Decimals of 64 bits as Arrow's of 128. */
export function arrow_decimals(count: u32, source: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<i64>(source + (i << 3));
    store<i64>(out + (i << 4), value);
    store<i64>(out + (i << 4), value >> 63, 8);
  }
}
