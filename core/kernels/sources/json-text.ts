// The texture of JSON: blanks, strings, where values end. What json.ts finds its way with.
import { E_OBJECT_END, E_STRING, E_SYNTAX, fail } from "./decode-fields";
import { isDigit } from "./decode-values";

// @ts-ignore: decorator
@inline
export function skipBlanks(p: usize): usize {
  let c = <u32>load<u8>(p);
  while (c == 32 || c == 9 || c == 13) c = <u32>load<u8>(++p);
  return p;
}

/** The end of a string's plain part: its quote, a backslash, or a control character (a line's end at the latest). */
// @ts-ignore: decorator
@inline
export function plainEnd(p: usize): usize {
  while (true) {
    const x = v128.load(p);
    const hits = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(x, i8x16.splat(34)), i8x16.eq(x, i8x16.splat(92))),
        i8x16.lt_u(x, i8x16.splat(32)),
      ),
    );
    if (hits) return p + <usize>ctz(hits);
    p += 16;
  }
}

export function hex4(p: usize): i32 {
  let value: i32 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const c = <u32>load<u8>(p + i);
    const digit = c - 48 < 10 ? c - 48 : (c | 32) - 97 < 6 ? (c | 32) - 87 : 255;
    if (digit > 15) return -1;
    value = (value << 4) | <i32>digit;
  }
  return value;
}
export function putCodePoint(at: usize, c: u32): usize {
  if (c < 0x80) {
    store<u8>(at, <u8>c);
    return at + 1;
  }
  if (c < 0x800) {
    store<u8>(at, <u8>(0xc0 | (c >> 6)));
    store<u8>(at, <u8>(0x80 | (c & 63)), 1);
    return at + 2;
  }
  if (c < 0x10000) {
    store<u8>(at, <u8>(0xe0 | (c >> 12)));
    store<u8>(at, <u8>(0x80 | ((c >> 6) & 63)), 1);
    store<u8>(at, <u8>(0x80 | (c & 63)), 2);
    return at + 3;
  }
  store<u8>(at, <u8>(0xf0 | (c >> 18)));
  store<u8>(at, <u8>(0x80 | ((c >> 12) & 63)), 1);
  store<u8>(at, <u8>(0x80 | ((c >> 6) & 63)), 2);
  store<u8>(at, <u8>(0x80 | (c & 63)), 3);
  return at + 4;
}

export function skipString(p: usize): usize {
  while (true) {
    p = plainEnd(p);
    const c = <u32>load<u8>(p);
    if (c == 34) return p + 1;
    if (c != 92) return fail(E_STRING, p, 0);
    p += load<u8>(p, 1) >= 32 ? 2 : 1;
  }
}
/** The end of a number or word. */
export function tokenEnd(p: usize): usize {
  while (true) {
    const c = <u32>load<u8>(p);
    if (c <= 32 || c == 44 || c == 93 || c == 125 || c == 58) return p;
    p++;
  }
}
/** Behind a value of any kind. */
export function skipValue(p: usize): usize {
  const c = <u32>load<u8>(p);
  if (c == 34) return skipString(p + 1);
  if (c != 123 && c != 91) {
    const end = tokenEnd(p);
    return end == p ? fail(E_SYNTAX, p, 0) : end;
  }
  let depth: u32 = 0;
  while (true) {
    const x = <u32>load<u8>(p);
    if (x == 34) {
      p = skipString(p + 1);
      if (!p) return 0;
      continue;
    }
    if (x == 10) return fail(depth ? E_OBJECT_END : E_SYNTAX, p, 0);
    p++;
    if (x == 123 || x == 91) depth++;
    else if (x == 125 || x == 93) {
      if (--depth == 0) return p;
    }
  }
}

/** Whether nested JSON reads as Jackson would write it: no blanks, no escapes, no numbers but plain integers. */
export function isCompact(p: usize, end: usize): bool {
  while (p < end) {
    const c = <u32>load<u8>(p);
    if (c == 34) {
      p = plainEnd(p + 1);
      if (load<u8>(p) != 34) return false;
    } else if (c <= 32 || c == 46 || c == 43 || c == 69 || (c == 101 && isDigit(load<u8>(p - 1))) || (c == 45 && load<u8>(p, 1) == 48)) return false;
    p++;
  }
  return true;
}

export function lineEnd(p: usize): usize {
  while (true) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(10)));
    if (hits) return p + <usize>ctz(hits);
    p += 16;
  }
}
