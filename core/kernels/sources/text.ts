// Views (columnar/batch.ts) and the text they point to. Text that kernels make is packed into blocks of the arena; a run of generated code
// starts a new block, because the arena may have been released since.
import { arenaAllocate } from "./memory";

// @ts-ignore: decorator
@external("env", "arenaRefill")
declare function arenaRefill(bytes: u32): usize;

const LONGEST: u64 = 0x3fffffff;

/** A text's length, when it is one: longer ones fail as out of memory. */
export function textLength(length: u64): u32 {
  if (length > LONGEST) arenaRefill(0xfff00000);
  return <u32>length;
}

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

/** A view of bytes that stay where they are when there are more than 12. The 12 bytes at `bytes` are readable whatever the length. */
export function makeView(out: usize, bytes: usize, length: u32): void {
  if (length > 12) {
    store<u32>(out, length);
    store<u32>(out, load<u32>(bytes), 4);
    store<u64>(out, <u64>bytes, 8);
    return;
  }
  // both are read before one is written: the bytes may lie inside the view
  let low = load<u64>(bytes);
  let high = load<u32>(bytes, 8);
  if (length < 8) {
    low &= ((<u64>1 << <u64>(length << 3)) - 1);
    high = 0;
  } else high &= <u32>((<u64>1 << <u64>((length - 8) << 3)) - 1);
  store<u32>(out, length);
  store<u64>(out, low, 4);
  store<u32>(out, high, 12);
}

/** Copies into text that has just been allocated: up to 15 bytes more than asked for are written, and read. */
// @ts-ignore: decorator
@inline
export function copyText(target: usize, source: usize, length: u32): void {
  for (let i: u32 = 0; i < length; i += 16) v128.store(target + i, v128.load(source + i));
}

/** Copies exactly so many bytes, lowest first. */
export function moveBytes(target: usize, source: usize, length: u32): void {
  for (let i: u32 = 0; i < length; i++) store<u8>(target + i, load<u8>(source + i));
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
