/** Functions over columns, byte by byte as the Arrow C data interface and udf-sdk/abi say. */
export const batchModules = `
// @sql-function {"name": "weighed", "kind": "batch", "arguments": ["DOUBLE", "INT"], "result": "DOUBLE"}
export function weighed(rows: i32, given: usize, result: usize): void {
  const price = data(given, 1);
  const weight = data(given + 64, 1);
  const out = data(result, 1);
  const valid = data(result, 0);
  for (let row = 0; row < rows; row++) {
    const value = load<f64>(price + row * 8) * load<i32>(weight + row * 4);
    store<f64>(out + row * 8, value);
    if (value < 0) {
      store<u8>(valid + (row >> 3), load<u8>(valid + (row >> 3)) & ~(<u8>1 << <u8>(row & 7)));
      store<i64>(result, -1, 8);
    }
  }
}
// @sql-function {"name": "reversed", "kind": "batch", "arguments": ["STRING", "BOOLEAN"], "result": "STRING", "nulls": "call"}
export function reversed(rows: i32, given: usize, result: usize): void {
  const offsets = data(given, 1);
  const text = data(given, 2);
  const valid = data(given, 0);
  const flags = data(given + 64, 1);
  const out = heap.alloc(load<i32>(offsets + rows * 4) + rows * 4 + 4);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const start = load<i32>(offsets + row * 4);
    const end = load<i32>(offsets + row * 4 + 4);
    if (valid != 0 && !(load<u8>(valid + (row >> 3)) & (1 << (row & 7)))) {
      store<u32>(out + at, 0x4c4c554e);
      at += 4;
    } else if (load<u8>(flags + (row >> 3)) & (1 << (row & 7)))
      for (let i = end - 1; i >= start; i--) store<u8>(out + at++, load<u8>(text + i));
    else for (let i = start; i < end; i++) store<u8>(out + at++, load<u8>(text + i));
    store<i32>(data(result, 1) + row * 4 + 4, at);
  }
  store<u32>(load<u32>(result + 40) + 8, <u32>out);
}
// @sql-function {"name": "positive", "kind": "batch", "arguments": ["INT NOT NULL"], "result": "BOOLEAN NOT NULL"}
export function positive(rows: i32, given: usize, result: usize): void {
  const from = data(given, 1);
  const to = data(result, 1);
  for (let row = 0; row < rows; row++)
    if (load<i32>(from + row * 4) > 0) store<u8>(to + (row >> 3), load<u8>(to + (row >> 3)) | (<u8>1 << <u8>(row & 7)));
}
// @sql-function {"name": "wrong", "kind": "batch", "arguments": ["INT"], "result": "STRING"}
export function wrong(rows: i32, given: usize, result: usize): void {
  const how = load<i32>(data(given, 1));
  const list = <usize>load<u32>(result + 40);
  if (how == 1) store<i64>(result, rows + 1);
  if (how == 2) store<u32>(list + 4, 0xfffffff0);
  if (how == 3) { store<i32>(data(result, 1) + rows * 4, 1 << 28); store<u32>(list + 8, 16); }
  if (how == 4) store<i32>(data(result, 1) + rows * 4, -1);
  if (how == 5) unreachable();
  if (how == 6) while (true) {}
  if (how == 7) store<u32>(result + 40, 0xfffffff8);
  if (how == 8) { store<i32>(data(result, 1) + rows * 4, 1); store<u8>(list + 12, 0xff); store<u32>(list + 8, <u32>list + 12); }
  if (how == 9) store<i64>(result + 16, 1);
  if (how == 10) store<i32>(data(result, 1), 1);
}
function data(array: usize, buffer: i32): usize { return load<u32>(load<u32>(array + 40) + buffer * 4); }
`;
