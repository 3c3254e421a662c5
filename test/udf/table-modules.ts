/** Table functions in AssemblyScript, byte by byte as udf-sdk/abi says: records begin with the NULL bits, and have a slot of 8 bytes a field. */
export const tableModules = `
// @sql-table split(text STRING) RETURNS TABLE (word STRING NOT NULL, length INT)
export function split(text: usize, bytes: i32): u64 {
  const out = room((bytes + 1) * 24);
  let count: u64 = 0;
  let from = 0;
  for (let at = 0; at <= bytes; at++) {
    if (at < bytes && load<u8>(text + at) != 32) continue;
    if (at > from) {
      const record = out + <usize>count * 24;
      store<u64>(record, at - from > 40 ? 2 : 0);
      store<u32>(record, <u32>(text + from), 8);
      store<u32>(record, at - from, 12);
      store<i32>(record, at - from, 16);
      count++;
    }
    from = at + 1;
  }
  return (count << 32) | out;
}

// @sql-table series(first BIGINT, last BIGINT) RETURNS TABLE (n BIGINT)
export function series(first: i64, last: i64): u64 {
  current = first;
  end = last;
  return series_next();
}
export function series_next(): u64 {
  const out = room(100 * 16);
  let count: u64 = 0;
  for (; count < 100 && current <= end; count++) {
    store<u64>(out + <usize>count * 16, 0);
    store<i64>(out + <usize>count * 16 + 8, current++);
  }
  return (current <= end ? 1 << 63 : <u64>0) | (count << 32) | out;
}
let current: i64 = 0;
let end: i64 = 0;

let area: usize = 0;
let size: i32 = 0;
function room(bytes: i32): usize {
  if (bytes > size) {
    size = 2 * bytes;
    area = heap.alloc(size);
  }
  return area;
}
`;
