// Random and sequential values as pure functions of (key, row number), so that batches, splits and restarts do not change a row.
import { arenaAllocate } from "./memory";

// The parameter block; core/kernels/datagen.ts describes it.
const FIRST: usize = 0, STEP: usize = 8, ROWS: usize = 12, PER_ROW: usize = 16, SALT: usize = 20, KEY: usize = 24, LOW: usize = 32,
  SPAN: usize = 40, FACTOR: usize = 48, LOW_F: usize = 56, WIDTH_F: usize = 64;

// @ts-ignore: decorator
@inline
function number(block: usize, i: u32): u64 {
  const perRow = load<u32>(block, PER_ROW);
  const row = <u64>load<f64>(block, FIRST);
  const step = <u64>load<u32>(block, STEP);
  if (perRow == 1) return row + step * <u64>i;
  return (row + step * <u64>(i / perRow)) * <u64>perRow + <u64>(i % perRow);
}
/** splitmix64's finalizer. */
// @ts-ignore: decorator
@inline
function mix64(z: u64): u64 {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}
// @ts-ignore: decorator
@inline
function randomOf(block: usize, i: u32): u64 {
  return mix64((load<u64>(block, KEY) ^ <u64>load<u32>(block, SALT)) + (number(block, i) + 1) * 0x9e3779b97f4a7c15);
}
/** The high word of a product. */
// @ts-ignore: decorator
@inline
function scale(x: u64, span: u64): u64 {
  const xl = x & 0xffffffff, xh = x >> 32, sl = span & 0xffffffff, sh = span >> 32;
  const middle = xh * sl + ((xl * sl) >> 32);
  const other = xl * sh + (middle & 0xffffffff);
  return xh * sh + (middle >> 32) + (other >> 32);
}
function put(data: usize, width: u32, i: u32, value: i64): void {
  switch (width) {
    case 1: store<u8>(data + <usize>i, <u8>value); break;
    case 2: store<u16>(data + (<usize>i << 1), <u16>value); break;
    case 4: store<u32>(data + (<usize>i << 2), <u32>value); break;
    case 8: store<i64>(data + (<usize>i << 3), value); break;
    default: {
      store<i64>(data + (<usize>i << 4), value);
      store<i64>(data + (<usize>i << 4), value >> 63, 8);
    }
  }
}

/** Uniform in [LOW, LOW + SPAN), times FACTOR; SPAN 0 is all of 64 bits. */
export function datagen_integers(block: usize, data: usize, width: u32): void {
  const rows = load<u32>(block, ROWS), span = load<u64>(block, SPAN), low = load<i64>(block, LOW), factor = load<i64>(block, FACTOR);
  for (let i: u32 = 0; i < rows; i++) {
    const random = randomOf(block, i);
    put(data, width, i, (low + <i64>(span == 0 ? random : scale(random, span))) * factor);
  }
}
/** (LOW + row number) times FACTOR. */
export function datagen_sequence(block: usize, data: usize, width: u32): void {
  const rows = load<u32>(block, ROWS), low = load<i64>(block, LOW), factor = load<i64>(block, FACTOR);
  for (let i: u32 = 0; i < rows; i++) put(data, width, i, (low + <i64>number(block, i)) * factor);
}
/** Uniform in [LOW_F, LOW_F + WIDTH_F); `sequential`: LOW_F + row number. `width` 4 or 8. */
export function datagen_floats(block: usize, data: usize, width: u32, sequential: u32): void {
  const rows = load<u32>(block, ROWS), low = load<f64>(block, LOW_F), extent = load<f64>(block, WIDTH_F);
  for (let i: u32 = 0; i < rows; i++) {
    const value = sequential ? low + <f64>number(block, i) : low + extent * (<f64>(randomOf(block, i) >> 11) * (1.0 / 9007199254740992.0));
    if (width == 4) store<f32>(data + (<usize>i << 2), <f32>value);
    else store<f64>(data + (<usize>i << 3), value);
  }
}
/** Clears bits of a bitmap of ones: a row is NULL when its draw is below `threshold` of 2³². */
export function datagen_nulls(block: usize, bitmap: usize, threshold: u32): void {
  const rows = load<u32>(block, ROWS);
  for (let i: u32 = 0; i < rows; i++) {
    if (<u32>(randomOf(block, i) >> 32) < threshold) {
      const at = bitmap + <usize>(i >> 3);
      store<u8>(at, load<u8>(at) & ~(<u8>1 << <u8>(i & 7)));
    }
  }
}
/** Views of random text: hex digits, or any bytes when `binary`. `variable`: 1 to `length` long. */
export function datagen_text(block: usize, views: usize, length: u32, variable: u32, binary: u32): void {
  const rows = load<u32>(block, ROWS);
  const stride = <usize>((length + 15) & ~15);
  let text = length > 12 ? arenaAllocate(<u32>stride * rows + 16) : 0;
  for (let i: u32 = 0; i < rows; i++) {
    const seed = randomOf(block, i);
    const size: u32 = variable && length > 0 ? 1 + <u32>scale(mix64(seed ^ 0x5851f42d4c957f2d), <u64>length) : length;
    const view = views + (<usize>i << 4);
    store<u64>(view, 0);
    store<u64>(view, 0, 8);
    const at = size > 12 ? text : view + 4;
    for (let k: u32 = 0; k < size; k += 16) {
      let bits = mix64(seed + (<u64>k + 1) * 0x9e3779b97f4a7c15);
      const piece = min<u32>(16, size - k);
      for (let j: u32 = 0; j < piece; j++) {
        const digit = <u32>bits & 15;
        store<u8>(at + <usize>(k + j), binary ? <u8>(bits >> 5) : digit < 10 ? 48 + digit : 87 + digit);
        bits = binary ? bits * 6364136223846793005 + 1442695040888963407 : bits >> 4;
      }
    }
    store<u32>(view, size);
    if (size > 12) {
      store<u32>(view, load<u32>(text), 4);
      store<u32>(view, <u32>text, 8);
      text += stride;
    }
  }
}
/** Views of (LOW + row number) as text. */
export function datagen_sequence_text(block: usize, views: usize): void {
  const rows = load<u32>(block, ROWS), low = load<i64>(block, LOW);
  let text = arenaAllocate(rows * 24 + 24);
  for (let i: u32 = 0; i < rows; i++) {
    const value = low + <i64>number(block, i);
    let rest = value < 0 ? <u64>-value : <u64>value;
    let at = text + 24;
    do {
      store<u8>(--at, 48 + <u8>(rest % 10));
      rest /= 10;
    } while (rest != 0);
    if (value < 0) store<u8>(--at, 45);
    const size = <u32>(text + 24 - at);
    const view = views + (<usize>i << 4);
    store<u64>(view, 0);
    store<u64>(view, 0, 8);
    store<u32>(view, size);
    if (size <= 12) memory.copy(view + 4, at, size);
    else {
      store<u32>(view, load<u32>(at), 4);
      store<u32>(view, <u32>at, 8);
    }
    text += 24;
  }
}
