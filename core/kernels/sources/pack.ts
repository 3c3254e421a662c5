// Packing for record batches: snappy blocks and LZ4 frames, one greedy pass with a table of the places four bytes were last seen at.
// Sources: google/snappy, format_description.txt; lz4, lz4_Block_format.md and lz4_Frame_format.md; xxHash specification (XXH32).

const TABLE_BITS: u32 = 13;
/** Offsets from the block's begin, plus one. */
const TABLE = memory.data(32768, 16);

// @ts-ignore: decorator
@inline
function slotOf(word: u32): usize {
  return TABLE + (<usize>((word * 0x9e3779b1) >>> (32 - TABLE_BITS)) << 2);
}
// @ts-ignore: decorator
@inline
function matchEnd(at: usize, other: usize, end: usize): usize {
  while (at + 8 <= end) {
    const different = load<u64>(at) ^ load<u64>(other);
    if (different != 0) return at + <usize>(ctz(different) >> 3);
    at += 8;
    other += 8;
  }
  while (at < end && load<u8>(at) == load<u8>(other)) {
    at++;
    other++;
  }
  return at;
}

function snappyLiteral(out: usize, from: usize, bytes: usize): usize {
  if (bytes == 0) return out;
  const less = <u32>bytes - 1;
  if (less < 60) store<u8>(out++, <u8>(less << 2));
  else {
    const width: u32 = less < 256 ? 1 : less < 65536 ? 2 : less < 16777216 ? 3 : 4;
    store<u8>(out++, <u8>((59 + width) << 2));
    for (let i: u32 = 0; i < width; i++) store<u8>(out++, <u8>(less >>> (i << 3)));
  }
  memory.copy(out, from, bytes);
  return out + bytes;
}
function snappyCopy(out: usize, back: u32, bytes: u32): usize {
  // copies of at most 64 bytes, none of fewer than four
  while (bytes > 67) {
    store<u8>(out, (63 << 2) | 2);
    store<u16>(out, <u16>back, 1);
    out += 3;
    bytes -= 64;
  }
  if (bytes > 64) {
    store<u8>(out, (59 << 2) | 2);
    store<u16>(out, <u16>back, 1);
    out += 3;
    bytes -= 60;
  }
  if (bytes < 12 && back < 2048) {
    store<u8>(out, <u8>(((back >>> 8) << 5) | ((bytes - 4) << 2) | 1));
    store<u8>(out, <u8>back, 1);
    return out + 2;
  }
  store<u8>(out, <u8>(((bytes - 1) << 2) | 2));
  store<u16>(out, <u16>back, 1);
  return out + 3;
}
/** One snappy block, its length first. Pieces of 64 KiB are packed for themselves, so that copies reach no further. */
export function snappy_compress(from: usize, bytes: u32, target: usize): u32 {
  let out = target;
  let rest = bytes;
  while (rest > 127) {
    store<u8>(out++, <u8>(rest & 127) | 128);
    rest >>>= 7;
  }
  store<u8>(out++, <u8>rest);
  for (let piece: usize = 0; piece < <usize>bytes; piece += 65536) {
    const begin = from + piece, end = from + min<usize>(piece + 65536, <usize>bytes);
    memory.fill(TABLE, 0, 32768);
    let at = begin, literal = begin, misses: usize = 32;
    while (at + 4 <= end) {
      const word = load<u32>(at), slot = slotOf(word), seen = <usize>load<u32>(slot);
      store<u32>(slot, <u32>(at - begin) + 1);
      if (seen == 0 || load<u32>(begin + seen - 1) != word) {
        at += misses++ >> 5;
        continue;
      }
      misses = 32;
      const other = begin + seen - 1;
      const stop = matchEnd(at + 4, other + 4, end);
      out = snappyLiteral(out, literal, at - literal);
      out = snappyCopy(out, <u32>(at - other), <u32>(stop - at));
      at = literal = stop;
    }
    out = snappyLiteral(out, literal, end - literal);
  }
  return <u32>(out - target);
}

function lz4Length(out: usize, rest: u32): usize {
  while (rest >= 255) {
    store<u8>(out++, 255);
    rest -= 255;
  }
  store<u8>(out, <u8>rest);
  return out + 1;
}
function lz4Sequence(out: usize, literal: usize, literals: u32, back: u32, matched: u32): usize {
  const token = out++;
  store<u8>(token, <u8>(min<u32>(literals, 15) << 4));
  if (literals >= 15) out = lz4Length(out, literals - 15);
  memory.copy(out, literal, <usize>literals);
  out += <usize>literals;
  if (matched == 0) return out;
  store<u16>(out, <u16>back);
  out += 2;
  const more = matched - 4;
  store<u8>(token, load<u8>(token) | <u8>min<u32>(more, 15));
  return more >= 15 ? lz4Length(out, more - 15) : out;
}
/** One block of at most 64 KiB. The last match begins 12 bytes before the end at the latest, and the last 5 bytes are literals. */
function lz4Block(begin: usize, end: usize, out: usize): usize {
  memory.fill(TABLE, 0, 32768);
  let at = begin, literal = begin, misses: usize = 64;
  while (at + 12 < end) {
    const word = load<u32>(at), slot = slotOf(word), seen = <usize>load<u32>(slot);
    store<u32>(slot, <u32>(at - begin) + 1);
    if (seen == 0 || load<u32>(begin + seen - 1) != word) {
      at += misses++ >> 6;
      continue;
    }
    misses = 64;
    const other = begin + seen - 1;
    const stop = matchEnd(at + 4, other + 4, end - 5);
    out = lz4Sequence(out, literal, <u32>(at - literal), <u32>(at - other), <u32>(stop - at));
    at = literal = stop;
  }
  return lz4Sequence(out, literal, <u32>(end - literal), 0, 0);
}

/** XXH32 of fewer than 16 bytes, with seed 0: what a frame's head is checked by. */
function xxh32Short(from: usize, bytes: u32): u32 {
  let hash: u32 = 374761393 + bytes;
  let at: usize = 0;
  for (; at + 4 <= <usize>bytes; at += 4) hash = rotl<u32>(hash + load<u32>(from + at) * 3266489917, 17) * 668265263;
  for (; at < <usize>bytes; at++) hash = rotl<u32>(hash + <u32>load<u8>(from + at) * 374761393, 11) * 2654435761;
  hash = (hash ^ (hash >>> 15)) * 2246822519;
  hash = (hash ^ (hash >>> 13)) * 3266489917;
  return hash ^ (hash >>> 16);
}
/** A frame of independent blocks of at most 64 KiB, without check sums but the head's. */
export function lz4_compress(from: usize, bytes: u32, target: usize): u32 {
  store<u32>(target, 0x184d2204);
  store<u8>(target, 0x60, 4);
  store<u8>(target, 0x40, 5);
  store<u8>(target, <u8>(xxh32Short(target + 4, 2) >>> 8), 6);
  let out = target + 7;
  for (let piece: usize = 0; piece < <usize>bytes; piece += 65536) {
    const begin = from + piece, end = from + min<usize>(piece + 65536, <usize>bytes);
    const stop = lz4Block(begin, end, out + 4);
    const packed = <u32>(stop - out - 4);
    if (packed < <u32>(end - begin)) {
      store<u32>(out, packed);
      out = stop;
      continue;
    }
    // as it is: the highest bit says so
    store<u32>(out, <u32>(end - begin) | 0x80000000);
    memory.copy(out + 4, begin, end - begin);
    out += 4 + (end - begin);
  }
  store<u32>(out, 0);
  return <u32>(out + 4 - target);
}
