// What pieces cost: NULL pieces are one, no pieces cost NULL. Columns come as Apache Arrow has them (udf-sdk/abi: Batch functions).
// @sql-function {"name": "__NAME__", "kind": "batch", "arguments": ["DOUBLE NOT NULL", "BIGINT"], "argumentNames": ["price", "pieces"], "result": "DOUBLE", "nulls": "call"}
export function __NAME__(rows: i32, given: usize, result: usize): void {
  const prices = buffer(given, 1);
  const known = buffer(given + 64, 0);
  const pieces = buffer(given + 64, 1);
  const valid = buffer(result, 0);
  const costs = buffer(result, 1);
  let nulls = 0;
  for (let row = 0; row < rows; row++) {
    const count = known == 0 || isSet(known, row) ? load<i64>(pieces + (row << 3)) : 1;
    store<f64>(costs + (row << 3), load<f64>(prices + (row << 3)) * <f64>count);
    if (count == 0) {
      const byte = valid + (row >> 3);
      const bit: u32 = 1 << (row & 7);
      store<u8>(byte, <u8>(load<u8>(byte) & ~bit));
      nulls++;
    }
  }
  store<i64>(result, nulls, 8);
}

/** Of a column, the address of its validity bits (0), data (1) or bytes of text (2). */
function buffer(column: usize, index: i32): usize {
  return load<usize>(load<usize>(column, 40) + (index << 2));
}
function isSet(bits: usize, row: i32): bool {
  return ((load<u8>(bits + (row >> 3)) >> (row & 7)) & 1) != 0;
}
