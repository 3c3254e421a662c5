// Sessions: rows of a group table whose key ends with a word that numbers the sessions of one key that are open at a time: 0 is the key's first row and
// says how many further ones there may be, so that most rows cost one look-up. At `at` in a row: i64 start, i64 end (ms), u32 greatest number in use.
// A row without a session has the greatest start and the least end; one that is not to be used again, the greatest end.

import { hashKeyRow } from "./hash";
import { rowOf, touchRow } from "./group-table";
import { resetRow } from "./ttl";

const KEY_BYTES: usize = 16;
const TABLE: usize = 16;

const FLAG_LIVE: u32 = 1;
const FLAG_TOUCHED: u32 = 2;

const END: usize = 8;
const NUMBERS: usize = 16;
const FIRST_NODE: usize = 24;
const LAST_NODE: usize = 28;

const NONE: i64 = i64.MIN_VALUE;
const GONE: i64 = i64.MAX_VALUE;

// @ts-ignore: decorator
@inline
function milliseconds(micros: i64): i64 {
  const whole = micros / 1000;
  return micros < whole * 1000 ? whole - 1 : whole;
}

// @ts-ignore: decorator
@inline
function shardOf(map: usize, shards: usize, hash: u32): usize {
  return <usize>load<u32>(shards + (<usize>load<u8>(map + <usize>(hash >> 24)) << 2));
}

/** The row of a key's session by number, or 0; leaves its hash at `hashAt`. */
function numbered(map: usize, shards: usize, key: usize, words: u32, views: u64, number: u32, hashAt: usize, insert: bool): usize {
  store<u64>(key + (<usize>(words - 1) << 3), number);
  const hash = hashKeyRow(key, words, views);
  store<u32>(hashAt, hash);
  return rowOf(shardOf(map, shards, hash), hash, key, insert);
}

/**
 * Puts rows[from..to), which are the first rows of their keys, into sessions: each extends the one it touches, joins the two it lies between, or begins
 * one; rows[i] becomes the row of its session, 0 for what comes too late. `times` and `before` (the watermark a row came behind, 0 = none has one): i64
 * µs. `out`: u32 sessions begun, pairs joined, rows too late; `begun`, `pairs` (target, source) and `late` (first rows of their keys) have room for all. Returns the
 * position it stopped at, for want of what STOP of hashes[i]'s shard says.
 */
export function session_assign(
  map: usize,
  shards: usize,
  from: u32,
  to: u32,
  hashes: usize,
  keys: usize,
  words: u32,
  views: u64,
  rows: usize,
  times: usize,
  validity: usize,
  before: usize,
  watermark: i64,
  gap: i64,
  at: usize,
  out: usize,
  begun: usize,
  pairs: usize,
  late: usize,
): u32 {
  const stride = <usize>words << 3;
  const table = <usize>load<u32>(<usize>load<u32>(shards), TABLE);
  let begunCount = load<u32>(out);
  let pairCount = load<u32>(out, 4);
  let lateCount = load<u32>(out, 8);
  let i = from;
  for (; i < to; i++) {
    const place = rows + (<usize>i << 2);
    const head = <usize>load<u32>(place);
    const time = milliseconds(load<i64>(times + (<usize>i << 3)));
    const end = time + gap;
    const known = before == 0 ? watermark : max(watermark, milliseconds(load<i64>(before + (<usize>i << 3))));
    const behind = end - 1 <= known;
    let session: usize = 0;
    if (validity == 0 || (load<u8>(validity + (<usize>i >> 3)) >> (i & 7)) & 1) {
      const numbers = load<u32>(head + at, NUMBERS);
      if (numbers == 0) {
        const headStart = load<i64>(head + at);
        const headEnd = load<i64>(head + at, END);
        if (time <= headEnd && end >= headStart) {
          if (!behind || headEnd - 1 > known) {
            if (time < headStart) store<i64>(head + at, time);
            if (end > headEnd) store<i64>(head + at, end, END);
            continue;
          }
          store<u32>(late + (<usize>(lateCount++) << 2), <u32>head);
          store<u32>(place, 0);
          continue;
        }
        if (headEnd == NONE && !behind) {
          store<i64>(head + at, time);
          store<i64>(head + at, end, END);
          store<u32>(begun + (<usize>(begunCount++) << 2), <u32>head);
          continue;
        }
      }
      const key = keys + <usize>i * stride;
      const hashAt = hashes + (<usize>i << 2);
      let other: usize = 0;
      let open = false;
      let free: i32 = -1;
      let freeRow: usize = 0;
      for (let number: u32 = 0; number <= numbers; number++) {
        const row = number == 0 ? head : numbered(map, shards, key, words, views, number, hashAt, false);
        const rowEnd = row == 0 ? NONE : load<i64>(row + at, END);
        if (rowEnd == NONE) {
          if (free < 0) {
            free = number;
            freeRow = row;
          }
        } else if (time <= rowEnd && end >= load<i64>(row + at)) {
          if (session == 0) session = row;
          else other = row;
          if (rowEnd - 1 > known) open = true;
        }
      }
      if (session == 0) {
        if (!behind) {
          if (free < 0) free = numbers + 1;
          session = freeRow;
          if (session == 0) session = numbered(map, shards, key, words, views, free, hashAt, true);
          if (session == 0) break;
          if (<u32>free > numbers) store<u32>(head + at, free, NUMBERS);
          touchRow(table, session);
          store<i64>(session + at, time);
          store<i64>(session + at, end, END);
          store<u32>(begun + (<usize>(begunCount++) << 2), <u32>session);
        }
      } else if (behind && !open) session = 0;
      else {
        touchRow(table, session);
        let start = min(time, load<i64>(session + at));
        let last = max(end, load<i64>(session + at, END));
        if (other != 0) {
          touchRow(table, other);
          start = min(start, load<i64>(other + at));
          last = max(last, load<i64>(other + at, END));
          store<i64>(other + at, i64.MAX_VALUE);
          store<i64>(other + at, GONE, END);
          store<u32>(pairs + (<usize>pairCount << 3), <u32>session);
          store<u32>(pairs + (<usize>pairCount << 3), <u32>other, 4);
          pairCount++;
        }
        store<i64>(session + at, start);
        store<i64>(session + at, last, END);
      }
    }
    if (session == 0) store<u32>(late + (<usize>(lateCount++) << 2), <u32>head);
    store<u32>(place, <u32>session);
  }
  store<u32>(out, begunCount);
  store<u32>(out, pairCount, 4);
  store<u32>(out, lateCount, 8);
  return i;
}

/** Leaves of rows[0..count), first rows of their keys, those that have no session at all, each once; returns how many. */
export function session_unused(table: usize, count: u32, rows: usize, at: usize): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    if (load<i64>(row + at, END) != NONE || load<u32>(row + at, NUMBERS) != 0) continue;
    touchRow(table, row);
    store<i64>(row + at, GONE, END);
    store<u32>(rows + (<usize>(found++) << 2), <u32>row);
  }
  return found;
}

/**
 * Ends sessions: rows that nothing else hangs on go to `gone`, of them those that are not their key's first to `further` too; first rows with further ones begin
 * anew. `out`: u32 how many gone, how many further.
 */
export function session_end(table: usize, count: u32, rows: usize, at: usize, gone: usize, further: usize, out: usize): void {
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  let goneCount: u32 = 0;
  let furtherCount: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    const numbers = load<u32>(row + at, NUMBERS);
    if (load<u32>(row + keyBytes - 8) != 0) store<u32>(further + (<usize>(furtherCount++) << 2), <u32>row);
    else if (numbers != 0) {
      touchRow(table, row);
      resetRow(table, row, keyBytes);
      store<u32>(row + keyBytes, load<u32>(row + keyBytes, 4) & ~FLAG_TOUCHED, 4);
      store<u32>(row + at, numbers, NUMBERS);
      continue;
    }
    store<u32>(gone + (<usize>(goneCount++) << 2), <u32>row);
  }
  store<u32>(out, goneCount);
  store<u32>(out, furtherCount, 4);
}

/** After further sessions have gone from the keys `keys`, whose first rows are `heads`: notes the greatest numbers left; heads without any go to `gone`. Returns how many. */
export function session_renumber(
  map: usize,
  shards: usize,
  count: u32,
  heads: usize,
  keys: usize,
  words: u32,
  views: u64,
  at: usize,
  scratch: usize,
  gone: usize,
): u32 {
  const stride = <usize>words << 3;
  const table = <usize>load<u32>(<usize>load<u32>(shards), TABLE);
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const head = <usize>load<u32>(heads + (<usize>i << 2));
    if (load<i64>(head + at, END) == GONE) continue;
    let numbers = load<u32>(head + at, NUMBERS);
    while (numbers > 0 && numbered(map, shards, keys + <usize>i * stride, words, views, numbers, scratch, false) == 0) numbers--;
    touchRow(table, head);
    store<u32>(head + at, numbers, NUMBERS);
    if (numbers != 0 || load<i64>(head + at, END) != NONE) continue;
    store<i64>(head + at, GONE, END);
    store<u32>(gone + (<usize>(found++) << 2), <u32>head);
  }
  return found;
}

// Times at which sessions may end, as a binary heap of {i64 ms, u32 row}: an entry is no later than its session's end, and moves on when it is looked at.

function put(heap: usize, index: u32, time: i64, row: u32): void {
  const entry = heap + (<usize>index << 4);
  store<i64>(entry, time);
  store<u32>(entry, row, 8);
}

function sink(heap: usize, count: u32, time: i64, row: u32): void {
  let index: u32 = 0;
  while (true) {
    let child: u32 = 2 * index + 1;
    if (child >= count) break;
    if (child + 1 < count && load<i64>(heap + (<usize>(child + 1) << 4)) < load<i64>(heap + (<usize>child << 4))) child++;
    const entry = heap + (<usize>child << 4);
    if (load<i64>(entry) >= time) break;
    put(heap, index, load<i64>(entry), load<u32>(entry, 8));
    index = child;
  }
  put(heap, index, time, row);
}

/** Adds the ends of the sessions among rows[0..added) to a heap of `count` entries that has room; returns how many there are. */
export function session_timers_add(heap: usize, count: u32, added: u32, rows: usize, at: usize): u32 {
  for (let i: u32 = 0; i < added; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    const time = load<i64>(<usize>row + at, END);
    if (time == NONE || time == GONE) continue;
    let index = count++;
    while (index > 0) {
      const parent = heap + (<usize>((index - 1) >> 1) << 4);
      if (load<i64>(parent) <= time) break;
      put(heap, index, load<i64>(parent), load<u32>(parent, 8));
      index = (index - 1) >> 1;
    }
    put(heap, index, time, row);
  }
  return count;
}

/** Up to `most` sessions that the watermark has passed, to `rows`, each once (they are marked); `out`: u32 how many. Returns how many entries are left. */
export function session_timers_due(heap: usize, count: u32, watermark: i64, most: u32, at: usize, keyBytes: usize, rows: usize, out: usize): u32 {
  let found: u32 = 0;
  while (count > 0 && found < most && load<i64>(heap) - 1 <= watermark) {
    const row = load<u32>(heap, 8);
    const flags = load<u32>(<usize>row + keyBytes, 4);
    const end = load<i64>(<usize>row + at, END);
    const open = (flags & (FLAG_LIVE | FLAG_TOUCHED)) == FLAG_LIVE && end != NONE && end != GONE;
    if (open && end - 1 > watermark) {
      sink(heap, count, end, row);
      continue;
    }
    count--;
    const last = heap + (<usize>count << 4);
    if (count > 0) sink(heap, count, load<i64>(last), load<u32>(last, 8));
    if (!open) continue;
    store<u32>(<usize>row + keyBytes, flags | FLAG_TOUCHED, 4);
    store<u32>(rows + (<usize>(found++) << 2), row);
  }
  store<u32>(out, found);
  return count;
}

/** Moves the first entry on until it is the end of the session that ends first; returns how many entries are left. */
export function session_timers_next(heap: usize, count: u32, at: usize, keyBytes: usize): u32 {
  while (count > 0) {
    const row = load<u32>(heap, 8);
    const end = load<i64>(<usize>row + at, END);
    const open = (load<u32>(<usize>row + keyBytes, 4) & FLAG_LIVE) != 0 && end != NONE && end != GONE;
    if (open && end == load<i64>(heap)) break;
    if (open) sink(heap, count, end, row);
    else {
      count--;
      const last = heap + (<usize>count << 4);
      if (count > 0) sink(heap, count, load<i64>(last), load<u32>(last, 8));
    }
  }
  return count;
}

// Rows that wait for the end of their session: nodes {u32 row, u32 next} in a list, from the session's first to its last.

/** Hangs nodes[0..count) on their sessions. */
export function session_hang(count: u32, sessions: usize, nodes: usize, at: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const session = <usize>load<u32>(sessions + (<usize>i << 2)) + at;
    const node = load<u32>(nodes + (<usize>i << 2));
    const last = <usize>load<u32>(session, LAST_NODE);
    if (last == 0) store<u32>(session, node, FIRST_NODE);
    else store<u32>(last, node, 4);
    store<u32>(session, node, LAST_NODE);
  }
}

/** The rows of the second session of each of `pairs` go to the first one. */
export function session_rehang(count: u32, pairs: usize, at: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const target = <usize>load<u32>(pairs + (<usize>i << 3)) + at;
    const source = <usize>load<u32>(pairs + (<usize>i << 3), 4) + at;
    const first = load<u32>(source, FIRST_NODE);
    if (first == 0) continue;
    const last = <usize>load<u32>(target, LAST_NODE);
    if (last == 0) store<u32>(target, first, FIRST_NODE);
    else store<u32>(last, first, 4);
    store<u32>(target, load<u32>(source, LAST_NODE), LAST_NODE);
  }
}

/** The rows that hang on sessions to `out`, and their nodes to `nodes`, which have room for all (0: only counts them); returns how many. */
export function session_hanging(count: u32, sessions: usize, at: usize, out: usize, nodes: usize): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    let node = load<u32>(<usize>load<u32>(sessions + (<usize>i << 2)) + at, FIRST_NODE);
    while (node != 0) {
      if (out != 0) {
        store<u32>(out + (<usize>found << 2), load<u32>(<usize>node));
        store<u32>(nodes + (<usize>found << 2), node);
      }
      found++;
      node = load<u32>(<usize>node, 4);
    }
  }
  return found;
}
