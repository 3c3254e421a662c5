// Functions on strings. Arguments and results are addresses of 16-byte views; a result is written to `out`, whose text may be a part of an
// argument's. Characters are code points. Functions that may give NULL return 0 then.
import { copyText, makeView, textAllocate, textLength, textShrink, viewBytes, viewLength } from "./text";

/** Upper (1) or lower case of text beyond ASCII: writes a view to `out`. */
// @ts-ignore: decorator
@external("env", "textCase")
declare function textCase(view: usize, upper: i32, out: usize): void;

const SMALL: usize = memory.data(16, 16);

// @ts-ignore: decorator
@inline
function isContinuation(byte: u8): bool {
  return (byte & 0xc0) == 0x80;
}

function isAscii(p: usize, length: u32): bool {
  const end = p + length;
  for (; p + 8 <= end; p += 8) if (load<u64>(p) & 0x8080808080808080) return false;
  for (; p < end; p++) if (load<u8>(p) & 0x80) return false;
  return true;
}

// @ts-ignore: decorator
@inline
function characterBytes(first: u8): u32 {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

function countCharacters(p: usize, length: u32): u32 {
  let count: u32 = 0;
  const end = p + length;
  for (; p + 16 <= end; p += 16) {
    // continuation bytes are below −64 as signed numbers
    count += <u32>popcnt<i32>(i8x16.bitmask(i8x16.ge_s(v128.load(p), i8x16.splat(-64))));
  }
  if (p < end) {
    const rest = <u32>i8x16.bitmask(i8x16.ge_s(v128.load(p), i8x16.splat(-64)));
    count += <u32>popcnt<u32>(rest & ((1 << <u32>(end - p)) - 1));
  }
  return count;
}

/** The place behind `count` characters, at most the end. */
function skipCharacters(p: usize, end: usize, count: u32): usize {
  while (count > 0 && p < end) {
    // characters of one byte, as many as there are together
    const others = <u32>i8x16.bitmask(v128.load(p));
    const run = others ? <u32>ctz(others) : 16;
    if (run > 0) {
      const step = min(run, count);
      p += step;
      count -= step;
      continue;
    }
    p += characterBytes(load<u8>(p));
    count--;
  }
  return p < end ? p : end;
}

function copyView(view: usize, out: usize): void {
  v128.store(out, v128.load(view));
}

export function str_length(view: usize): u32 {
  return countCharacters(viewBytes(view), viewLength(view));
}

function changeCase(view: usize, upper: bool, out: usize): void {
  const length = viewLength(view);
  const source = viewBytes(view);
  if (!isAscii(source, length)) {
    textCase(view, <i32>upper, out);
    return;
  }
  const first: u8 = upper ? 97 : 65;
  if (length <= 12) {
    const bytes = v128.load(source);
    const hit = v128.and(i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(first)), i8x16.splat(26)), i8x16.splat(32));
    v128.store(SMALL, v128.xor(bytes, hit));
    makeView(out, SMALL, length);
    return;
  }
  const target = textAllocate((length + 15) & ~15);
  for (let i: usize = 0; i < <usize>length; i += 16) {
    const bytes = v128.load(source + i);
    const shifted = i8x16.sub(bytes, i8x16.splat(first));
    const hit = v128.and(i8x16.lt_u(shifted, i8x16.splat(26)), i8x16.splat(32));
    v128.store(target + i, v128.xor(bytes, hit));
  }
  makeView(out, target, length);
}

export function str_upper(view: usize, out: usize): void {
  changeCase(view, true, out);
}
export function str_lower(view: usize, out: usize): void {
  changeCase(view, false, out);
}

export function str_concat(a: usize, b: usize, out: usize): void {
  const lengthA = viewLength(a);
  const lengthB = viewLength(b);
  if (lengthB == 0) return copyView(a, out);
  if (lengthA == 0) return copyView(b, out);
  const length = textLength(<u64>lengthA + lengthB);
  const target = textAllocate(length);
  copyText(target, viewBytes(a), lengthA);
  copyText(target + lengthA, viewBytes(b), lengthB);
  makeView(out, target, length);
  if (length <= 12) textShrink(target, length, 0);
}

/** SUBSTRING by characters: start 1 is the first, −1 the last; 0 for a negative length (NULL). */
export function str_substring(view: usize, start: i32, length: i32, out: usize): i32 {
  if (length < 0) return 0;
  const bytes = viewBytes(view);
  const size = viewLength(view);
  const end = bytes + size;
  let from: usize;
  if (start > 0) from = skipCharacters(bytes, end, <u32>start - 1);
  else if (start == 0) from = bytes;
  else {
    const characters = <i64>countCharacters(bytes, size);
    if (characters + <i64>start < 0) {
      makeView(out, bytes, 0);
      return 1;
    }
    from = skipCharacters(bytes, end, <u32>(characters + <i64>start));
  }
  const to = skipCharacters(from, end, <u32>length);
  makeView(out, from, <u32>(to - from));
  return 1;
}

export function str_right(view: usize, count: i32, out: usize): void {
  const bytes = viewBytes(view);
  const size = viewLength(view);
  if (count <= 0) return makeView(out, bytes, 0);
  const characters = countCharacters(bytes, size);
  const from = <u32>count >= characters ? bytes : skipCharacters(bytes, bytes + size, characters - <u32>count);
  makeView(out, from, <u32>(bytes + size - from));
}

function inSet(p: usize, width: u32, set: usize, setEnd: usize): bool {
  while (set < setEnd) {
    const other = characterBytes(load<u8>(set));
    if (other == width) {
      let same = true;
      for (let i: u32 = 0; i < width; i++) if (load<u8>(p + i) != load<u8>(set + i)) same = false;
      if (same) return true;
    }
    set += other;
  }
  return false;
}

/** sides: 1 the start, 2 the end, 3 both; takes off characters of a set. */
export function str_trim(view: usize, set: usize, sides: i32, out: usize): void {
  let p = viewBytes(view);
  let end = p + viewLength(view);
  const first = viewBytes(set);
  const setEnd = first + viewLength(set);
  if (sides & 1) {
    while (p < end) {
      const width = characterBytes(load<u8>(p));
      if (!inSet(p, width, first, setEnd)) break;
      p += width;
    }
  }
  if (sides & 2) {
    while (end > p) {
      let last = end - 1;
      while (last > p && isContinuation(load<u8>(last))) last--;
      if (!inSet(last, <u32>(end - last), first, setEnd)) break;
      end = last;
    }
  }
  makeView(out, p, <u32>(end - p));
}

function equalBytes(p: usize, q: usize, length: u32): bool {
  let i: u32 = 0;
  for (; i + 8 <= length; i += 8) if (load<u64>(p + i) != load<u64>(q + i)) return false;
  for (; i < length; i++) if (load<u8>(p + i) != load<u8>(q + i)) return false;
  return true;
}

/** The place of a part from `p` on, or `end` + 1. */
function find(p: usize, end: usize, part: usize, length: u32): usize {
  if (length == 0) return p;
  const first = load<u8>(part);
  const last = end - length;
  if (<usize>length > end - p) return end + 1;
  const wanted = i8x16.splat(first);
  while (p <= last) {
    // 16 candidates a step; bytes behind the end are readable
    const hits = <u32>i8x16.bitmask(i8x16.eq(v128.load(p), wanted));
    if (hits == 0) {
      p += 16;
      continue;
    }
    p += <usize>ctz(hits);
    if (p > last) break;
    if (equalBytes(p, part, length)) return p;
    p++;
  }
  return end + 1;
}

/** 1-based place in characters of a part at or after character `from`; 0 when there is none. */
export function str_locate(part: usize, view: usize, from: i32): i32 {
  const bytes = viewBytes(view);
  const size = viewLength(view);
  const end = bytes + size;
  const length = viewLength(part);
  if (length == 0) return 1;
  let start = bytes;
  if (from > 1) {
    if (<u32>from - 1 > countCharacters(bytes, size)) return 0;
    start = skipCharacters(bytes, end, <u32>from - 1);
  }
  const at = find(start, end, viewBytes(part), length);
  return at > end ? 0 : <i32>countCharacters(bytes, <u32>(at - bytes)) + 1;
}

export function str_starts_with(view: usize, part: usize): i32 {
  const length = viewLength(part);
  return <i32>(viewLength(view) >= length && equalBytes(viewBytes(view), viewBytes(part), length));
}
export function str_ends_with(view: usize, part: usize): i32 {
  const length = viewLength(part);
  const size = viewLength(view);
  return <i32>(size >= length && equalBytes(viewBytes(view) + (size - length), viewBytes(part), length));
}
export function str_contains(view: usize, part: usize): i32 {
  const bytes = viewBytes(view);
  const end = bytes + viewLength(view);
  return <i32>(find(bytes, end, viewBytes(part), viewLength(part)) <= end);
}

export function str_reverse(view: usize, out: usize): void {
  const size = viewLength(view);
  let p = viewBytes(view);
  const end = p + size;
  const target = textAllocate(size);
  let to = target + size;
  while (p < end) {
    let width = characterBytes(load<u8>(p));
    if (p + width > end) width = <u32>(end - p);
    to -= width;
    for (let i: u32 = 0; i < width; i++) store<u8>(to + i, load<u8>(p + i));
    p += width;
  }
  makeView(out, target, size);
}

/** Every occurrence of `from` by `to`; an empty `from` stands before every character and at the end, as in Java. */
export function str_replace(view: usize, from: usize, to: usize, out: usize): void {
  const bytes = viewBytes(view);
  const size = viewLength(view);
  const end = bytes + size;
  const part = viewBytes(from);
  const length = viewLength(from);
  const filling = viewBytes(to);
  const fillingLength = viewLength(to);
  let hits: u32 = 0;
  if (length == 0) hits = countCharacters(bytes, size) + 1;
  else for (let p = find(bytes, end, part, length); p <= end; p = find(p + length, end, part, length)) hits++;
  if (hits == 0) return copyView(view, out);
  const total = textLength(<u64>size - <u64>hits * length + <u64>hits * fillingLength);
  const target = textAllocate(total);
  let write = target;
  let read = bytes;
  for (; hits > 0; hits--) {
    const at = length == 0 ? read : find(read, end, part, length);
    copyText(write, read, at - read);
    write += at - read;
    copyText(write, filling, fillingLength);
    write += fillingLength;
    read = at + length;
    if (length == 0 && read < end) {
      const width = characterBytes(load<u8>(read));
      copyText(write, read, width);
      write += width;
      read += width;
    }
  }
  copyText(write, read, end - read);
  makeView(out, target, total);
}

export function str_repeat(view: usize, count: i32, out: usize): void {
  const size = viewLength(view);
  if (count <= 0 || size == 0) return makeView(out, view, 0);
  const total = textLength(<u64>size * <u64>count);
  const target = textAllocate(total);
  const source = viewBytes(view);
  for (let i: u32 = 0; i < <u32>count; i++) copyText(target + i * size, source, size);
  makeView(out, target, total);
}

/** UTF-16 units of a text: Flink pads and cuts by them. */
function countUnits(bytes: usize, size: u32): u32 {
  let pairs: u32 = 0;
  for (let i: u32 = 0; i < size; i++) pairs += <u32>(load<u8>(bytes + i) >= 0xf0);
  return countCharacters(bytes, size) + pairs;
}
/** Whether skipUnits stopped inside of a pair, whose first half is written as `?`. */
let halfTaken: bool = false;
function skipUnits(p: usize, end: usize, count: u32): usize {
  halfTaken = false;
  while (p < end && count > 0) {
    const width = characterBytes(load<u8>(p));
    if (width == 4) {
      if (count == 1) {
        halfTaken = true;
        return p;
      }
      count--;
    }
    count--;
    p += width;
  }
  return p;
}

/** Fills on the left (1) or the right (0), or cuts, to a number of characters; 0 (NULL) when it is negative or the filling empty. */
export function str_pad(view: usize, count: i32, filling: usize, left: i32, out: usize): i32 {
  const fill = viewBytes(filling);
  const fillSize = viewLength(filling);
  if (count < 0 || fillSize == 0) return 0;
  const bytes = viewBytes(view);
  const size = viewLength(view);
  const units = countUnits(bytes, size);
  if (units >= <u32>count) {
    const kept = <u32>(skipUnits(bytes, bytes + size, <u32>count) - bytes);
    if (!halfTaken) {
      makeView(out, bytes, kept);
      return 1;
    }
    const cut = textAllocate(kept + 1);
    copyText(cut, bytes, kept);
    store<u8>(cut + kept, 0x3f);
    makeView(out, cut, kept + 1);
    return 1;
  }
  const missing = <u32>count - units;
  const inFilling = countUnits(fill, fillSize);
  const rest = <u32>(skipUnits(fill, fill + fillSize, missing % inFilling) - fill);
  const half = <u32>halfTaken;
  const added = textLength(<u64>(missing / inFilling) * fillSize + rest + half);
  const target = textAllocate(size + added);
  // from left to right, because a copy writes beyond its end
  let at = target;
  if (!left) {
    copyText(at, bytes, size);
    at += size;
  }
  for (let i: u32 = 0; i < missing / inFilling; i++) {
    copyText(at, fill, fillSize);
    at += fillSize;
  }
  copyText(at, fill, rest);
  if (half) store<u8>(at + rest, 0x3f);
  if (left) copyText(at + rest + half, bytes, size);
  makeView(out, target, size + added);
  return 1;
}

/** The same for a separator of one byte: all its places in 16 bytes at once. */
function splitAtByte(p: usize, end: usize, separator: u8, index: i32, out: usize): i32 {
  const wanted = i8x16.splat(separator);
  let start = p;
  for (; p < end; p += 16) {
    let hits = <u32>i8x16.bitmask(i8x16.eq(v128.load(p), wanted));
    if (end - p < 16) hits &= (1 << <u32>(end - p)) - 1;
    const count = <i32>popcnt(hits);
    if (count < index) {
      // all of them are before the piece
      index -= count;
      if (hits) start = p + <usize>(32 - clz(hits));
      continue;
    }
    while (hits) {
      const at = p + <usize>ctz(hits);
      if (index == 0) {
        makeView(out, start, <u32>(at - start));
        return 1;
      }
      index--;
      start = at + 1;
      hits &= hits - 1;
    }
  }
  if (index > 0) return 0;
  makeView(out, start, <u32>(end - start));
  return 1;
}

/** Piece `index` between separators; 0 (NULL) when there is none. */
export function str_split_index(view: usize, separator: usize, index: i32, out: usize): i32 {
  const length = viewLength(separator);
  let p = viewBytes(view);
  const end = p + viewLength(view);
  if (index < 0 || p == end) return 0;
  if (length == 0) {
    makeView(out, p, <u32>(end - p));
    return <i32>(index == 0);
  }
  const part = viewBytes(separator);
  if (length == 1) return splitAtByte(p, end, load<u8>(part), index, out);
  for (;;) {
    const at = find(p, end, part, length);
    if (index == 0) {
      makeView(out, p, <u32>(min(at, end) - p));
      return 1;
    }
    if (at > end) return 0;
    p = at + length;
    index--;
  }
  return 0;
}

/**
 * LIKE by a compiled pattern (codegen/like-program.ts): 1 and a u32 length and that many bytes, padded to 4: this text; 2: one character; 3: any
 * number of them; 0: the end; each operation is a u32.
 */
export function str_like(view: usize, program: usize): i32 {
  let p = viewBytes(view);
  const end = p + viewLength(view);
  let at = program;
  // where to go on after the last %, one character further each time
  let retryProgram: usize = 0;
  let retry: usize = 0;
  for (;;) {
    let fits = true;
    switch (load<u32>(at)) {
      case 0:
        if (p == end) return 1;
        fits = false;
        break;
      case 1: {
        const length = load<u32>(at, 4);
        if (<usize>length <= end - p && equalBytes(p, at + 8, length)) {
          p += length;
          at += 8 + ((length + 3) & ~3);
        } else fits = false;
        break;
      }
      case 2:
        if (p < end) {
          p += characterBytes(load<u8>(p));
          at += 4;
        } else fits = false;
        break;
      default:
        at += 4;
        if (load<u32>(at) == 0) return 1;
        retryProgram = at;
        retry = p;
    }
    if (fits) continue;
    if (retryProgram == 0) return 0;
    // one character further behind the last %; where text follows, at its next place
    if (retry >= end) return 0;
    retry += characterBytes(load<u8>(retry));
    if (load<u32>(retryProgram) == 1) {
      retry = find(retry, end, retryProgram + 8, load<u32>(retryProgram, 4));
      if (retry > end) return 0;
    }
    p = retry;
    at = retryProgram;
  }
  return 0;
}

/** CHAR(n) and VARCHAR(n): cut to n characters; with `padded`, filled with spaces. */
export function str_fit(view: usize, count: u32, padded: i32, out: usize): void {
  const bytes = viewBytes(view);
  const size = viewLength(view);
  if (size <= count && !padded) return copyView(view, out);
  const characters = countCharacters(bytes, size);
  if (characters >= count) return makeView(out, bytes, <u32>(skipCharacters(bytes, bytes + size, count) - bytes));
  if (!padded) return copyView(view, out);
  const total = textLength(<u64>size + count - characters);
  const target = textAllocate(total);
  copyText(target, bytes, size);
  memory.fill(target + size, 32, total - size);
  makeView(out, target, total);
}

/** The first byte, 0 for an empty string. */
export function str_first_byte(view: usize): i32 {
  return viewLength(view) == 0 ? 0 : <i32>load<i8>(viewBytes(view));
}
