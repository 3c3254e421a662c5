// A row for each word, as records: 8 bytes that say which columns are NULL, then 8 bytes a column (udf-sdk/abi: Records).
// @sql-table __NAME__(text STRING) RETURNS TABLE (word STRING NOT NULL, length INT NOT NULL)
export function __NAME__(text: usize, bytes: i32): u64 {
  let count = 0;
  let from = -1;
  // a word has at least one letter and a space
  const room = ((bytes + 1) / 2 + 1) * 24;
  if (room > size) {
    records = heap.alloc(room);
    size = room;
  }
  for (let i = 0; i <= bytes; i++) {
    if (i < bytes && load<u8>(text + i) != 32) {
      if (from < 0) from = i;
    } else if (from >= 0) {
      const record = records + count++ * 24;
      store<i64>(record, 0);
      store<usize>(record, text + from, 8);
      store<i32>(record, i - from, 12);
      store<i32>(record, i - from, 16);
      from = -1;
    }
  }
  return count == 0 ? 0 : (<u64>count << 32) | <u64>records;
}

let records: usize = 0;
let size: i32 = 0;
