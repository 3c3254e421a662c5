// Kafka's record batches (magic 2) to runs of keys, values, headers, times and offsets. Source: Apache Kafka, "Message Format" and its protocol guide.
import { crc32c } from "./crc32c";

// Fields of the block; core/kernels/kafka-decode.ts has the same.
const POSITION: usize = 0, END: usize = 4, ROWS_MAX: usize = 8, ROWS: usize = 12;
const RECORD_AT: usize = 16, RECORD_END: usize = 20, REMAINING: usize = 24, ATTRIBUTES: usize = 28;
const LEADER_EPOCH: usize = 32, CHECK: usize = 36, DAMAGED_AT: usize = 40;
const VALUES: usize = 44, KEYS: usize = 48, HEADERS: usize = 52, OFFSETS: usize = 56, TIMES: usize = 60, EPOCHS: usize = 64, KINDS: usize = 68;
const BASE_OFFSET: usize = 72, LAST_OFFSET: usize = 80, BASE_TIME: usize = 88, MAX_TIME: usize = 96, PRODUCER: usize = 104;
const FROM_OFFSET: usize = 112, STOP_OFFSET: usize = 120, NEXT_OFFSET: usize = 128;

const MORE: u32 = 0, FULL: u32 = 1, ATTENTION: u32 = 2, STOPPED: u32 = 3, CHECKSUM: u32 = 4, DAMAGED: u32 = 5, OLD: u32 = 6;

const LOG_APPEND_TIME: u32 = 8, CODEC: u32 = 7, TRANSACTIONAL: u32 = 16, CONTROL: u32 = 32;
const NULL_LENGTH: u32 = 0xffffffff;

let cursor: usize = 0;
let bad: bool = false;

// @ts-ignore: decorator
@inline
function big32(at: usize): u32 {
  return bswap<u32>(load<u32>(at));
}
// @ts-ignore: decorator
@inline
function big64(at: usize): i64 {
  return bswap<i64>(load<i64>(at));
}

/** A zigzag varint at the cursor; what stands behind `end` is never used, though it may be read. */
// @ts-ignore: decorator
@inline
function varint(end: usize): i32 {
  let byte = <u32>load<u8>(cursor++);
  if (byte < 128) return <i32>(byte >>> 1) ^ -<i32>(byte & 1);
  let value = byte & 127;
  for (let shift: u32 = 7; ; shift += 7) {
    if (cursor >= end || shift > 28) {
      bad = true;
      return 0;
    }
    byte = <u32>load<u8>(cursor++);
    value |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  return <i32>(value >>> 1) ^ -<i32>(value & 1);
}

// @ts-ignore: decorator
@inline
function varlong(end: usize): i64 {
  let value: u64 = 0;
  for (let shift: u64 = 0; ; shift += 7) {
    if (cursor >= end || shift > 63) {
      bad = true;
      return 0;
    }
    const byte = <u64>load<u8>(cursor++);
    value |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  return <i64>(value >>> 1) ^ -<i64>(value & 1);
}

/** Records of the batch under way; 0, or the status that ends the call. */
function records(block: usize): u32 {
  const values = load<u32>(block, VALUES), keys = load<u32>(block, KEYS), headers = load<u32>(block, HEADERS);
  const offsets = load<u32>(block, OFFSETS), times = load<u32>(block, TIMES), epochs = load<u32>(block, EPOCHS), kinds = load<u32>(block, KINDS);
  const baseOffset = load<i64>(block, BASE_OFFSET), baseTime = load<i64>(block, BASE_TIME), maxTime = load<i64>(block, MAX_TIME);
  const from = load<i64>(block, FROM_OFFSET), stop = load<i64>(block, STOP_OFFSET);
  const attributes = load<u32>(block, ATTRIBUTES), epoch = load<i32>(block, LEADER_EPOCH);
  const rowsMax = load<u32>(block, ROWS_MAX);
  const sectionEnd = <usize>load<u32>(block, RECORD_END);
  const appended = (attributes & LOG_APPEND_TIME) != 0;
  let rows = load<u32>(block, ROWS), remaining = load<u32>(block, REMAINING);
  let status: u32 = 0;
  cursor = <usize>load<u32>(block, RECORD_AT);
  bad = false;
  while (remaining > 0) {
    if (rows == rowsMax) {
      status = FULL;
      break;
    }
    const start = cursor;
    if (cursor >= sectionEnd) {
      status = DAMAGED;
      break;
    }
    const length = varint(sectionEnd);
    const end = cursor + <usize>length;
    if (bad || length < 6 || <usize>length > sectionEnd - cursor) {
      cursor = start;
      status = DAMAGED;
      break;
    }
    cursor++;
    const timeDelta = varlong(end);
    const offset = baseOffset + <i64>varint(end);
    const keyLength = varint(end);
    const keyAt = cursor;
    if (keyLength > 0) cursor += <usize>keyLength;
    if (bad || cursor >= end || keyLength > length) {
      cursor = start;
      status = DAMAGED;
      break;
    }
    const valueLength = varint(end);
    const valueAt = cursor;
    if (valueLength > 0) cursor += <usize>valueLength;
    if (bad || cursor >= end || valueLength > length) {
      cursor = start;
      status = DAMAGED;
      break;
    }
    if (offset >= stop) {
      cursor = start;
      status = STOPPED;
      break;
    }
    remaining--;
    if (offset >= from) {
      store<u32>(<usize>values + (<usize>rows << 3), <u32>valueAt);
      store<u32>(<usize>values + (<usize>rows << 3), valueLength < 0 ? NULL_LENGTH : <u32>valueLength, 4);
      store<u32>(<usize>keys + (<usize>rows << 3), <u32>keyAt);
      store<u32>(<usize>keys + (<usize>rows << 3), keyLength < 0 ? NULL_LENGTH : <u32>keyLength, 4);
      store<u32>(<usize>headers + (<usize>rows << 3), <u32>cursor);
      store<u32>(<usize>headers + (<usize>rows << 3), <u32>(end - cursor), 4);
      store<i64>(<usize>offsets + (<usize>rows << 3), offset);
      store<i64>(<usize>times + (<usize>rows << 3), (appended ? maxTime : baseTime + timeDelta) * 1000);
      store<i32>(<usize>epochs + (<usize>rows << 2), epoch);
      store<u8>(<usize>kinds + <usize>rows, appended ? 1 : 0);
      rows++;
    }
    store<i64>(block, offset + 1, NEXT_OFFSET);
    cursor = end;
  }
  if (remaining == 0) store<i64>(block, max(load<i64>(block, LAST_OFFSET) + 1, load<i64>(block, NEXT_OFFSET)), NEXT_OFFSET);
  if (status == DAMAGED) store<u32>(block, <u32>cursor, DAMAGED_AT);
  store<u32>(block, <u32>cursor, RECORD_AT);
  store<u32>(block, remaining, REMAINING);
  store<u32>(block, rows, ROWS);
  return status;
}

/** Reads batches in [position, end) until there are rows enough, or one that JavaScript has to look at; the status. */
export function kafka_read(block: usize): u32 {
  while (true) {
    if (load<u32>(block, REMAINING) > 0) {
      const status = records(block);
      if (status != 0) return status;
    }
    if (load<u32>(block, ROWS) == load<u32>(block, ROWS_MAX)) return FULL;
    if (load<i64>(block, NEXT_OFFSET) >= load<i64>(block, STOP_OFFSET)) return STOPPED;
    const at = <usize>load<u32>(block, POSITION), end = <usize>load<u32>(block, END);
    if (end - at < 17) return MORE;
    const length = big32(at + 8);
    if (<usize>length > end - at - 12) return MORE;
    store<u32>(block, <u32>at, DAMAGED_AT);
    if (load<u8>(at, 16) != 2) return OLD;
    if (length < 49) return DAMAGED;
    const last = at + 12 + <usize>length;
    if (load<u32>(block, CHECK) != 0 && big32(at + 17) != crc32c(at + 21, length - 9)) return CHECKSUM;
    const count = big32(at + 57);
    if (<i32>count < 0) return DAMAGED;
    const base = big64(at);
    const attributes = <u32>bswap<u16>(load<u16>(at, 21));
    store<u32>(block, attributes, ATTRIBUTES);
    store<i64>(block, base, BASE_OFFSET);
    store<i64>(block, base + <i64><i32>big32(at + 23), LAST_OFFSET);
    store<i32>(block, <i32>big32(at + 12), LEADER_EPOCH);
    store<i64>(block, big64(at + 27), BASE_TIME);
    store<i64>(block, big64(at + 35), MAX_TIME);
    store<i64>(block, big64(at + 43), PRODUCER);
    store<u32>(block, <u32>at + 61, RECORD_AT);
    store<u32>(block, <u32>last, RECORD_END);
    store<u32>(block, count, REMAINING);
    store<u32>(block, <u32>last, POSITION);
    if ((attributes & (CODEC | TRANSACTIONAL | CONTROL)) != 0) return ATTENTION;
    if (count == 0) store<i64>(block, max(load<i64>(block, LAST_OFFSET) + 1, load<i64>(block, NEXT_OFFSET)), NEXT_OFFSET);
  }
}

/**
 * Copies `count` records (places: address and length; NULL is none) one behind the other, each with a line's end behind it, to `target`; `starts`: where
 * each begins, and the end of all. In `json`, line ends within become blanks. Bits of what was met: 1: a record without bytes; 2: one with a line's end
 * within; 4: one that does not begin with a brace.
 */
export function records_lay(places: usize, count: u32, target: usize, starts: usize, json: u32): u32 {
  let met: u32 = 0;
  let to = target;
  for (let record: u32 = 0; record < count; record++) {
    const from = <usize>load<u32>(places + (<usize>record << 3));
    let length = <usize>load<u32>(places + (<usize>record << 3), 4);
    if (length == NULL_LENGTH) length = 0;
    store<u32>(starts + (<usize>record << 2), <u32>to);
    if (length == 0) met |= 1;
    else {
      if (load<u8>(from) != 123) met |= 4;
      const newline = i8x16.splat(10);
      const end = to + length;
      let at = to, source = from;
      // Whole vectors: what is copied too much is written over, and room for it is behind the last.
      for (; at < end; at += 16, source += 16) {
        let bytes = v128.load(source);
        const ends = i8x16.eq(bytes, newline);
        if (v128.any_true(ends)) {
          const mask = <u32>i8x16.bitmask(ends) & (end - at < 16 ? (1 << <u32>(end - at)) - 1 : 0xffff);
          if (mask != 0) {
            met |= 2;
            if (json != 0) bytes = v128.bitselect(i8x16.splat(13), bytes, ends);
          }
        }
        v128.store(at, bytes);
      }
      to = end;
    }
    store<u8>(to++, 10);
  }
  store<u32>(starts + (<usize>count << 2), <u32>to);
  return met;
}

/**
 * Unpacks an LZ4 frame [from, end) to `target`, at most `room` bytes with 16 more behind them; the length. 0xffffffff: damaged, 0xfffffffe: there
 * is not room enough. Sources: lz4, lz4_Frame_format.md and lz4_Block_format.md; checksums are left to that of the record batch.
 */
export function lz4_decompress(from: usize, end: usize, target: usize, room: u32): u32 {
  if (end - from < 7 || load<u32>(from) != 0x184d2204) return 0xffffffff;
  const flags = <u32>load<u8>(from, 4);
  let p = from + 6 + ((flags & 8) != 0 ? 8 : 0) + ((flags & 1) != 0 ? 4 : 0) + 1;
  const limit = target + <usize>room;
  let out = target;
  while (true) {
    if (p + 4 > end) return 0xffffffff;
    const head = load<u32>(p);
    p += 4;
    if (head == 0) return <u32>(out - target);
    const size = <usize>(head & 0x7fffffff);
    if (size > end - p) return 0xffffffff;
    const stop = p + size;
    if ((head & 0x80000000) != 0) {
      if (size > limit - out) return 0xfffffffe;
      memory.copy(out, p, size);
      out += size;
    } else {
      while (p < stop) {
        const token = <u32>load<u8>(p++);
        let run = <usize>(token >>> 4);
        if (run == 15) {
          let more: u32;
          do {
            if (p >= stop) return 0xffffffff;
            more = load<u8>(p++);
            run += <usize>more;
          } while (more == 255);
        }
        if (run > stop - p) return 0xffffffff;
        if (run > limit - out) return 0xfffffffe;
        memory.copy(out, p, run);
        out += run;
        p += run;
        if (p == stop) break;
        if (stop - p < 2) return 0xffffffff;
        const back = <usize>load<u16>(p);
        p += 2;
        let length = <usize>(token & 15);
        if (length == 15) {
          let more: u32;
          do {
            if (p >= stop) return 0xffffffff;
            more = load<u8>(p++);
            length += <usize>more;
          } while (more == 255);
        }
        length += 4;
        if (back == 0 || back > out - target) return 0xffffffff;
        if (length > limit - out) return 0xfffffffe;
        const copied = out + length;
        if (back >= 8) for (let at = out; at < copied; at += 8) store<u64>(at, load<u64>(at - back));
        else for (let at = out; at < copied; at++) store<u8>(at, load<u8>(at - back));
        out = copied;
      }
    }
    p = stop + ((flags & 16) != 0 ? 4 : 0);
  }
  return 0xffffffff;
}
