// Records of Kafka's record batches (magic 2), and which partition a key belongs to. Source: Apache Kafka documentation, "Message Format".

// The parameter block; core/kernels/kafka-encode.ts describes it.
const COUNT: usize = 0, ROWS: usize = 4, KEYS: usize = 8, VALUES: usize = 12, HEADERS: usize = 16, TIMES: usize = 20, OUT: usize = 24,
  OUT_END: usize = 28, TAKEN: usize = 32, RECORDS: usize = 36, NEEDED: usize = 40, NOW: usize = 48, BASE_TIME: usize = 56, MAX_TIME: usize = 64;
const NONE: u32 = 0xffffffff;

// @ts-ignore: decorator
@inline
function lengthOf(value: u64): u32 {
  // seven bits a byte, one byte at least
  return (70 - <u32>clz(value | 1)) / 7;
}
// @ts-ignore: decorator
@inline
function zigzag(value: i64): u64 {
  return <u64>(value << 1) ^ <u64>(value >> 63);
}
// @ts-ignore: decorator
@inline
function putVarint(at: usize, value: u64): usize {
  while (value > 127) {
    store<u8>(at++, <u8>(value & 127) | 128);
    value >>= 7;
  }
  store<u8>(at, <u8>value);
  return at + 1;
}
// @ts-ignore: decorator
@inline
function putBytes(at: usize, from: usize, bytes: u32): usize {
  if (bytes == NONE) return putVarint(at, 1);
  at = putVarint(at, <u64>bytes << 1);
  memory.copy(at, from, <usize>bytes);
  return at + <usize>bytes;
}
// @ts-ignore: decorator
@inline
function bytesSize(bytes: u32): u32 {
  return bytes == NONE ? 1 : lengthOf(<u64>bytes << 1) + bytes;
}

/**
 * Appends records to the batch under way. Stops before the first that does not fit and says in NEEDED how many bytes it takes; 0: all are in.
 * TAKEN, OUT, RECORDS, BASE_TIME (set by the first record of a batch) and MAX_TIME move on.
 */
export function kafka_append(block: usize): void {
  const count = load<u32>(block, COUNT);
  const rows = <usize>load<u32>(block, ROWS), keys = <usize>load<u32>(block, KEYS), values = <usize>load<u32>(block, VALUES);
  const headers = <usize>load<u32>(block, HEADERS), times = <usize>load<u32>(block, TIMES);
  const now = load<i64>(block, NOW);
  const outEnd = <usize>load<u32>(block, OUT_END);
  let out = <usize>load<u32>(block, OUT);
  let records = load<u32>(block, RECORDS);
  let base = load<i64>(block, BASE_TIME), last = load<i64>(block, MAX_TIME);
  let taken = load<u32>(block, TAKEN);
  let needed: u32 = 0;
  for (; taken < count; taken++) {
    const row = rows == 0 ? <usize>taken : <usize>load<u32>(rows + (<usize>taken << 2));
    const keyBytes = keys == 0 ? NONE : load<u32>(keys + (row << 3), 4);
    const valueBytes = load<u32>(values + (row << 3), 4);
    const headerBytes = headers == 0 ? 0 : load<u32>(headers + (row << 3), 4);
    const time = times == 0 ? now : load<i64>(times + (row << 3));
    if (records == 0) base = last = time;
    const timeDelta = zigzag(time - base), offsetDelta = <u64>records << 1;
    const size = 1 + lengthOf(timeDelta) + lengthOf(offsetDelta) + bytesSize(keyBytes) + bytesSize(valueBytes) + (headerBytes == 0 ? 1 : headerBytes);
    const whole = size + lengthOf(<u64>size << 1);
    if (<u64>out + <u64>whole > <u64>outEnd) {
      needed = whole;
      break;
    }
    out = putVarint(out, <u64>size << 1);
    store<u8>(out++, 0);
    out = putVarint(out, timeDelta);
    out = putVarint(out, offsetDelta);
    out = putBytes(out, keys == 0 ? 0 : <usize>load<u32>(keys + (row << 3)), keyBytes);
    out = putBytes(out, <usize>load<u32>(values + (row << 3)), valueBytes);
    if (headerBytes == 0) store<u8>(out++, 0);
    else {
      memory.copy(out, <usize>load<u32>(headers + (row << 3)), <usize>headerBytes);
      out += <usize>headerBytes;
    }
    if (time > last) last = time;
    records++;
  }
  store<u32>(block, <u32>out, OUT);
  store<u32>(block, records, RECORDS);
  store<i64>(block, base, BASE_TIME);
  store<i64>(block, last, MAX_TIME);
  store<u32>(block, taken, TAKEN);
  store<u32>(block, needed, NEEDED);
}

/** Murmur2 with the seed of Kafka's clients. */
function murmur2(from: usize, bytes: u32): u32 {
  const m: u32 = 0x5bd1e995;
  let hash: u32 = 0x9747b28c ^ bytes;
  let at = from;
  const end = from + <usize>(bytes & ~3);
  for (; at < end; at += 4) {
    let word = load<u32>(at) * m;
    word ^= word >>> 24;
    hash = (hash * m) ^ (word * m);
  }
  const rest = bytes & 3;
  if (rest == 3) hash ^= <u32>load<u8>(at, 2) << 16;
  if (rest >= 2) hash ^= <u32>load<u8>(at, 1) << 8;
  if (rest >= 1) hash = (hash ^ <u32>load<u8>(at)) * m;
  hash = (hash ^ (hash >>> 13)) * m;
  return hash ^ (hash >>> 15);
}

/** By row, the partition of its key among `partitions`; `otherwise` for a row without key. */
export function kafka_partitions(count: u32, keys: usize, partitions: u32, otherwise: u32, target: usize): void {
  for (let row: usize = 0; row < <usize>count; row++) {
    const bytes = load<u32>(keys + (row << 3), 4);
    const partition = bytes == NONE ? otherwise : (murmur2(<usize>load<u32>(keys + (row << 3)), bytes) & 0x7fffffff) % partitions;
    store<u32>(target + (row << 2), partition);
  }
}

/** Numbers of rows by partition: `ends` (u32 a partition) gets where each partition's rows end in `rows`. */
export function kafka_group(count: u32, partitionOf: usize, partitions: u32, ends: usize, rows: usize): void {
  memory.fill(ends, 0, <usize>partitions << 2);
  for (let row: usize = 0; row < <usize>count; row++) {
    const at = ends + (<usize>load<u32>(partitionOf + (row << 2)) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let start: u32 = 0;
  for (let partition: usize = 0; partition < <usize>partitions; partition++) {
    const here = load<u32>(ends + (partition << 2));
    store<u32>(ends + (partition << 2), start);
    start += here;
  }
  for (let row: usize = 0; row < <usize>count; row++) {
    const at = ends + (<usize>load<u32>(partitionOf + (row << 2)) << 2);
    const place = load<u32>(at);
    store<u32>(rows + (<usize>place << 2), <u32>row);
    store<u32>(at, place + 1);
  }
}

/**
 * Places (address and length, u32 each) of records that lie one behind the other from `start`, each ending `gap` bytes before its end in `ends`;
 * where `absent` (a byte a row, or 0) is 1 there is none. `weights` (an i8 a row, or 0): rows taken back have none either.
 */
export function kafka_places(count: u32, start: usize, ends: usize, gap: u32, weights: usize, places: usize): void {
  let from = start;
  for (let row: usize = 0; row < <usize>count; row++) {
    const end = <usize>load<u32>(ends + (row << 2));
    const gone = weights != 0 && load<i8>(weights + row) < 0;
    store<u32>(places + (row << 3), <u32>from);
    store<u32>(places + (row << 3), gone ? NONE : <u32>(end - <usize>gap - from), 4);
    from = end;
  }
}

/** Milliseconds of timestamps in `perMs` units a millisecond; of NULL, `now`. */
export function kafka_times(count: u32, data: usize, validity: usize, perMs: i64, now: i64, target: usize): void {
  for (let row: usize = 0; row < <usize>count; row++) {
    const isNull = validity != 0 && (<u32>load<u8>(validity + (row >> 3)) & (1 << (<u32>row & 7))) == 0;
    const value = load<i64>(data + (row << 3));
    store<i64>(target + (row << 3), isNull ? now : value / perMs - <i64>(value % perMs < 0));
  }
}

// @ts-ignore: decorator
@inline
function sameBytes(places: usize, a: usize, b: usize): bool {
  const bytes = load<u32>(places + (a << 3), 4);
  if (bytes != load<u32>(places + (b << 3), 4)) return false;
  if (bytes == NONE) return true;
  return memory.compare(<usize>load<u32>(places + (a << 3)), <usize>load<u32>(places + (b << 3)), <usize>bytes) == 0;
}

/**
 * What a batch of changes is as upserts: per key the last row that came and was not taken back again, or a tombstone (its value becomes NULL) when
 * rows were only taken back. Numbers of those rows go to `rows`, in order of the last row of their key; returns how many. `slots`: u32 entries, a power of two, at
 * least 2 × count, zeroed; `links`: 2 u32 a row.
 */
export function kafka_upserts(count: u32, keys: usize, values: usize, weights: usize, slots: usize, slotsMask: u32, links: usize, rows: usize): u32 {
  // links: [number + 1 of the row before of the same key, state]; states: 0 live, 1 cancelled, 2 not the last of its key
  for (let row: usize = 0; row < <usize>count; row++) {
    const from = <usize>load<u32>(keys + (row << 3)), bytes = load<u32>(keys + (row << 3), 4);
    let slot = murmur2(from, bytes == NONE ? 0 : bytes) & slotsMask;
    let before: u32 = 0;
    for (;; slot = (slot + 1) & slotsMask) {
      before = load<u32>(slots + (<usize>slot << 2));
      if (before == 0 || sameBytes(keys, <usize>before - 1, row)) break;
    }
    store<u32>(slots + (<usize>slot << 2), <u32>row + 1);
    store<u32>(links + (row << 3), before);
    store<u32>(links + (row << 3), 0, 4);
    if (before != 0) store<u32>(links + ((<usize>before - 1) << 3), load<u32>(links + ((<usize>before - 1) << 3), 4) | 2, 4);
    if (weights == 0) continue;
    // one row in, and the same out: neither was there
    const sign = load<i8>(weights + row);
    for (let other = before; other != 0; other = load<u32>(links + ((<usize>other - 1) << 3))) {
      const at = <usize>other - 1;
      const state = load<u32>(links + (at << 3), 4);
      if ((state & 1) != 0 || load<i8>(weights + at) == sign || !sameBytes(values, at, row)) continue;
      store<u32>(links + (at << 3), state | 1, 4);
      store<u32>(links + (row << 3), 1, 4);
      break;
    }
  }
  let found: u32 = 0;
  for (let row: usize = 0; row < <usize>count; row++) {
    if ((load<u32>(links + (row << 3), 4) & 2) != 0) continue;
    let chosen: u32 = 0;
    let taken: u32 = 0;
    for (let other = <u32>row + 1; other != 0; other = load<u32>(links + ((<usize>other - 1) << 3))) {
      const at = <usize>other - 1;
      if ((load<u32>(links + (at << 3), 4) & 1) != 0) continue;
      if (weights == 0 || load<i8>(weights + at) > 0) {
        chosen = other;
        break;
      }
      if (taken == 0) taken = other;
    }
    if (chosen == 0 && taken == 0) continue;
    if (chosen == 0) {
      chosen = taken;
      store<u32>(values + ((<usize>chosen - 1) << 3), NONE, 4);
    }
    store<u32>(rows + (<usize>found << 2), chosen - 1);
    found++;
  }
  return found;
}
