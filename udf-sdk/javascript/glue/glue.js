// Behind a user's functions of values: the world tidemill:udf/functions, which gives columns.
// SIGNATURES is [{ name, arguments: [type], result: type }] with the types' kinds of storage.
// QuickJS has no TextDecoder; URI escapes are UTF-8.
const tidemillAscii = /^[\0-\x7f]*$/;
function tidemillDecode(bytes) {
  let text = '';
  for (let from = 0; from < bytes.length; from += 4096)
    text += String.fromCharCode.apply(null, bytes.subarray(from, from + 4096));
  return tidemillAscii.test(text) ? text : decodeURIComponent(escape(text));
}
function tidemillEncode(text) {
  const plain = tidemillAscii.test(text) ? text : unescape(encodeURIComponent(text));
  const bytes = new Uint8Array(plain.length);
  for (let at = 0; at < plain.length; at++) bytes[at] = plain.charCodeAt(at);
  return bytes;
}
const tidemillStores = {
  boolean: { bytes: 1, get: (view, at) => view.getUint8(at) !== 0, set: (view, at, value) => view.setUint8(at, value ? 1 : 0) },
  i8: { bytes: 1, get: (view, at) => view.getInt8(at), set: (view, at, value) => view.setInt8(at, value) },
  i16: { bytes: 2, get: (view, at) => view.getInt16(at, true), set: (view, at, value) => view.setInt16(at, value, true) },
  i32: { bytes: 4, get: (view, at) => view.getInt32(at, true), set: (view, at, value) => view.setInt32(at, value, true) },
  f32: { bytes: 4, get: (view, at) => view.getFloat32(at, true), set: (view, at, value) => view.setFloat32(at, value, true) },
  f64: { bytes: 8, get: (view, at) => view.getFloat64(at, true), set: (view, at, value) => view.setFloat64(at, value, true) },
  i64: {
    bytes: 8,
    get: (view, at) => view.getBigInt64(at, true),
    set: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  },
  i128: {
    bytes: 16,
    get: (view, at) => (view.getBigInt64(at + 8, true) << 64n) | view.getBigUint64(at, true),
    set: (view, at, value) => {
      view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
      view.setBigInt64(at + 8, BigInt(value) >> 64n, true);
    },
  },
};
const tidemillView = bytes => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function tidemillReader(column, type) {
  const { validity, data, text } = column;
  const view = tidemillView(data);
  const isNull = row => validity.length > 0 && ((validity[row >> 3] >> (row & 7)) & 1) === 0;
  const store = tidemillStores[type];
  if (store !== undefined) return row => (isNull(row) ? null : store.get(view, row * store.bytes));
  const bytes = row => text.subarray(view.getInt32(4 * row, true), view.getInt32(4 * row + 4, true));
  return type === 'text'
    ? row => (isNull(row) ? null : tidemillDecode(bytes(row)))
    : row => (isNull(row) ? null : bytes(row).slice());
}

function tidemillColumn(values, type) {
  const validity = new Uint8Array((values.length + 7) >> 3).fill(255);
  let nulls = false;
  for (let row = 0; row < values.length; row++)
    if (values[row] === null || values[row] === undefined) {
      nulls = true;
      validity[row >> 3] &= ~(1 << (row & 7));
    }
  const valid = nulls ? validity : new Uint8Array(0);
  const store = tidemillStores[type];
  if (store !== undefined) {
    const data = new Uint8Array(values.length * store.bytes);
    const view = tidemillView(data);
    for (let row = 0; row < values.length; row++) if (values[row] != null) store.set(view, row * store.bytes, values[row]);
    return { validity: valid, data, text: new Uint8Array(0) };
  }
  const parts = values.map(value =>
    value == null ? new Uint8Array(0) : type === 'text' ? tidemillEncode(String(value)) : value,
  );
  const data = new Uint8Array(4 * (values.length + 1));
  const view = tidemillView(data);
  let end = 0;
  for (const [row, part] of parts.entries()) {
    end += part.length;
    view.setInt32(4 * row + 4, end, true);
  }
  const text = new Uint8Array(end);
  let at = 0;
  for (const part of parts) {
    text.set(part, at);
    at += part.length;
  }
  return { validity: valid, data, text };
}

export function call(name, rows, columns) {
  const entry = tidemillFunctions[name];
  const readers = columns.map((column, index) => tidemillReader(column, entry.arguments[index]));
  // with "propagate", and of arguments that are NOT NULL, a NULL is the engine's: what is given for the row does not count
  const skips = readers.filter((_, index) => !entry.nullable[index]);
  const results = new Array(rows);
  for (let row = 0; row < rows; row++) {
    if (skips.some(reader => reader(row) === null)) {
      results[row] = null;
      continue;
    }
    try {
      results[row] = entry.function(...readers.map(reader => reader(row)));
    } catch (error) {
      throw new Error(`row ${row} of the batch: ${error.message ?? error}`);
    }
  }
  return tidemillColumn(results, entry.result);
}
