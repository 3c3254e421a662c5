// Views (columnar/batch.ts) and the text they point to. Text that kernels make is packed into blocks of the arena; a run of generated code
// starts a new block, because the arena may have been released since.
import { arenaAllocate } from "./memory";

let cursor: usize = 0;
let end: usize = 0;
const BLOCK: u32 = 8192;

/** Forgets the block at hand. */
export function text_begin(): void {
  cursor = 0;
  end = 0;
}

/** Room for `length` bytes of text; at least 16 bytes behind it are writable. */
// @ts-ignore: decorator
@inline
export function textAllocate(length: u32): usize {
  const place = cursor;
  if (place + length > end || place == 0) return textBlock(length);
  cursor = place + length;
  return place;
}

function textBlock(length: u32): usize {
  if (length > BLOCK / 4) return arenaAllocate(length);
  const place = arenaAllocate(BLOCK);
  cursor = place + length;
  end = place + BLOCK;
  return place;
}

/** Gives back what `length` bytes at `place`, the newest text, do not need. */
// @ts-ignore: decorator
@inline
export function textShrink(place: usize, reserved: u32, length: u32): void {
  if (cursor == place + reserved) cursor = place + length;
}

// @ts-ignore: decorator
@inline
export function viewLength(view: usize): u32 {
  return load<u32>(view);
}

// @ts-ignore: decorator
@inline
export function viewBytes(view: usize): usize {
  return load<u32>(view) > 12 ? <usize>load<u32>(view, 8) : view + 4;
}

/** A view of bytes that stay where they are when there are more than 12. */
export function makeView(out: usize, bytes: usize, length: u32): void {
  if (length > 12) {
    store<u32>(out, length);
    store<u32>(out, load<u32>(bytes), 4);
    store<u64>(out, <u64>bytes, 8);
    return;
  }
  // bytes may lie inside the view that is being written
  let low: u64 = 0;
  let high: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const byte = load<u8>(bytes + i);
    if (i < 8) low |= <u64>byte << <u64>(i << 3);
    else high |= <u32>byte << ((i - 8) << 3);
  }
  store<u32>(out, length);
  store<u64>(out, low, 4);
  store<u32>(out, high, 12);
}

/** Views of equal length above 12 and equal prefix: are their bytes the same? */
export function view_equal_bytes(a: usize, b: usize): i32 {
  const length = load<u32>(a);
  let p = <usize>load<u32>(a, 8);
  let q = <usize>load<u32>(b, 8);
  if (p == q) return 1;
  const last = p + length - 8;
  const offset = q - p;
  for (; p < last; p += 8) if (load<u64>(p) != load<u64>(p + offset)) return 0;
  return <i32>(load<u64>(last) == load<u64>(last + offset));
}
