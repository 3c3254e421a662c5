// State that ends with time: rows of keyed tables carry the time of their last change (i64, ms since 1970) at `at`. Times not above `until` have expired; a row that is new
// has the greatest time there is.

import { touchRow } from "./group-table";

const FLAG_NEW: u32 = 4;

const ROW_BYTES: usize = 12;
const KEY_BYTES: usize = 16;
const KINDS: usize = 20;
const TEMPLATE: usize = 24;
const VIEWS: usize = 28;
const HEAP_GARBAGE: usize = 56;
const KIND_VIEW: u8 = 1;

/** Addresses of those of rows[from..to) that have expired to `out`; returns how many. */
export function ttl_expired(from: u32, to: u32, rows: usize, at: usize, until: i64, out: usize): u32 {
  let found: u32 = 0;
  for (let i = from; i < to; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    if (row == 0 || load<i64>(row + at) > until) continue;
    store<u32>(out + (<usize>found << 2), <u32>row);
    found++;
  }
  return found;
}

/** Gives rows[from..to) the time `now`; those that have expired begin anew, as the table's template says. `keep`: those that live keep their time. */
export function ttl_renew(table: usize, from: u32, to: u32, rows: usize, at: usize, until: i64, now: i64, keep: u32): void {
  const keyBytes = <usize>load<u32>(table, KEY_BYTES);
  for (let i = from; i < to; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    if (row == 0) continue;
    const time = load<i64>(row + at);
    if (time <= until) resetRow(table, row, keyBytes);
    else if (keep != 0 && time != i64.MAX_VALUE) continue;
    store<i64>(row + at, now);
  }
}

/** A row's payload as the template. */
export function resetRow(table: usize, row: usize, keyBytes: usize): void {
  const rowBytes = <usize>load<u32>(table, ROW_BYTES);
  const template = <usize>load<u32>(table, TEMPLATE);
  const payload = keyBytes + 8;
  if (load<u32>(table, VIEWS) != 0) {
    const kinds = <usize>load<u32>(table, KINDS);
    for (let offset = payload + 8; offset < rowBytes; offset += 8) {
      if (load<u8>(kinds + (offset >> 3)) != KIND_VIEW) continue;
      const length = load<u32>(row + offset - 8);
      if (length > 12) store<u32>(table, load<u32>(table, HEAP_GARBAGE) + ((length + 7) & ~7), HEAP_GARBAGE);
    }
  }
  for (let offset = payload; offset < rowBytes; offset += 8) store<u64>(row + offset, load<u64>(template + offset - payload));
  store<u32>(row + keyBytes, load<u32>(row + keyBytes, 4) | FLAG_NEW, 4);
}

/** Keeps of rows and their hashes those that have expired, in place; returns how many. */
export function ttl_keep_expired(count: u32, rows: usize, hashes: usize, at: usize, until: i64): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    if (load<i64>(<usize>row + at) > until) continue;
    store<u32>(rows + (<usize>found << 2), row);
    store<u32>(hashes + (<usize>found << 2), load<u32>(hashes + (<usize>i << 2)));
    found++;
  }
  return found;
}

/** The values, of `table`, in the lists of these groups have expired with them; `head` in a group's row, `links` and `at` in those of the values. */
export function ttl_forget_lists(table: usize, count: u32, groups: usize, head: usize, links: usize, at: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const group = <usize>load<u32>(groups + (<usize>i << 2));
    let row = <usize>load<u32>(group + head);
    while (row != 0) {
      touchRow(table, row);
      store<i64>(row + at, 0);
      row = <usize>load<u32>(row + links);
    }
    store<u32>(group + head, 0);
  }
}

/** flags[i] = the count (i64 at countAt) of rows[i] is not above 0. */
export function ttl_without_rows(count: u32, rows: usize, countAt: usize, flags: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u8>(flags + i, <u8>(load<i64>(<usize>load<u32>(rows + (<usize>i << 2)) + countAt) <= 0));
}
