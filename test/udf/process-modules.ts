/** Process table functions in AssemblyScript, byte by byte as udf-sdk/abi says. */
export const processModules = `
// @sql-function {"name": "counted", "kind": "process", "table": {"columns": [{"name": "name", "type": "STRING"}]}, "states": [{"name": "seen", "columns": [{"name": "times", "type": "BIGINT NOT NULL"}, {"name": "last", "type": "STRING"}]}], "columns": [{"name": "times", "type": "BIGINT NOT NULL"}, {"name": "before", "type": "STRING"}]}
export function counted(context: usize, name: usize, bytes: i32, has: i32): u64 {
  const out = area;
  const state = context + 64;
  store<i64>(state + 8, load<i64>(state + 8) + 1);
  store<u64>(out, load<u64>(state) & 2);
  store<i64>(out + 8, load<i64>(state + 8));
  store<u64>(out + 16, load<u64>(state + 16));
  if (has) {
    store<u64>(state, 0);
    store<u32>(state + 16, <u32>name);
    store<u32>(state + 20, bytes);
  }
  return ((<u64>1) << 32) | out;
}

// Rows of a session are gathered until none came for a gap.
// @sql-function {"name": "sessions", "kind": "process", "table": {"columns": [{"name": "price", "type": "DOUBLE"}]}, "requireOnTime": true, "arguments": ["BIGINT NOT NULL"], "argumentNames": ["gap"], "states": [{"name": "open", "columns": [{"name": "first", "type": "BIGINT"}, {"name": "last", "type": "BIGINT NOT NULL"}, {"name": "gap", "type": "BIGINT NOT NULL"}, {"name": "total", "type": "DOUBLE NOT NULL"}, {"name": "items", "type": "BIGINT NOT NULL"}]}], "columns": [{"name": "first_ms", "type": "BIGINT"}, {"name": "last_ms", "type": "BIGINT"}, {"name": "items", "type": "BIGINT"}, {"name": "total", "type": "DOUBLE"}]}
export function sessions(context: usize, price: f64, has: i32, gap: i64): u64 {
  const state = context + 64;
  const time = load<i64>(context);
  let made: u64 = 0;
  if (!(load<u64>(state) & 1) && time > load<i64>(state + 16) + gap) {
    // the watermark lags behind rows that are in order
    made = sessions_timer(context);
    store<u32>(context + 40, 0);
    memory.fill(state, 0, 48);
    store<u64>(state, 1);
  }
  if (load<u64>(state) & 1) {
    store<u64>(state, 0);
    store<i64>(state + 8, time);
    store<i64>(state + 16, time);
  }
  if (time < load<i64>(state + 8)) store<i64>(state + 8, time);
  if (time > load<i64>(state + 16)) store<i64>(state + 16, time);
  store<i64>(state + 24, gap);
  if (has) store<f64>(state + 32, load<f64>(state + 32) + price);
  store<i64>(state + 40, load<i64>(state + 40) + 1);
  ask(context, 1, load<i64>(state + 16) + gap);
  return made;
}
export function sessions_timer(context: usize): u64 {
  const out = area;
  const state = context + 64;
  store<u64>(out, 0);
  store<i64>(out + 8, load<i64>(state + 8));
  store<i64>(out + 16, load<i64>(state + 16));
  store<i64>(out + 24, load<i64>(state + 40));
  store<f64>(out + 32, load<f64>(state + 32));
  store<u32>(context + 40, 1);
  return ((<u64>1) << 32) | out;
}

// Every row gives as many rows as it says, the first of its partition one more; timers without a name.
// @sql-function {"name": "repeated", "kind": "process", "table": {"optionalPartitionBy": true, "columns": [{"name": "n", "type": "INT NOT NULL"}]}, "columns": [{"name": "what", "type": "STRING NOT NULL"}, {"name": "k", "type": "INT NOT NULL"}]}
export function repeated(context: usize, n: i32): u64 {
  ask(context, 1, load<i64>(context) + n);
  store<u32>(context + 32, <u32>requests);
  store<u32>(requests + 12, 0);
  left = n;
  return repeated_next();
}
export function repeated_next(): u64 {
  const count = min(left, 10);
  for (let k = 0; k < count; k++) {
    const record = area + k * 24;
    store<u64>(record, 0);
    store<u32>(record + 8, <u32>word);
    store<u32>(record + 12, 20);
    store<i32>(record + 16, left - k);
  }
  left -= count;
  return (left > 0 ? (<u64>1) << 63 : 0) | ((<u64>count) << 32) | area;
}
export function repeated_timer(context: usize): u64 {
  store<u64>(area, 0);
  store<u32>(area + 8, <u32>word);
  store<u32>(area + 12, 3);
  store<i32>(area + 16, <i32>load<i64>(context));
  return ((<u64>1) << 32) | area;
}

// Sets a timer (1), clears it (2), or all of its partition (3).
// @sql-function {"name": "alarms", "kind": "process", "table": {"columns": [{"name": "what", "type": "INT NOT NULL"}, {"name": "ms", "type": "BIGINT NOT NULL"}]}, "requireOnTime": true, "columns": [{"name": "fired", "type": "BIGINT NOT NULL"}]}
export function alarms(context: usize, what: i32, ms: i64): u64 {
  ask(context, what, load<i64>(context) + ms);
  store<u32>(requests + 12, 0);
  return 0;
}
export function alarms_timer(context: usize): u64 {
  store<u64>(area, 0);
  store<i64>(area + 8, load<i64>(context));
  return ((<u64>1) << 32) | area;
}

// @sql-function {"name": "greeting", "kind": "process", "table": {"semantics": "row", "passThrough": true, "columns": [{"name": "name", "type": "STRING"}]}, "columns": [{"name": "length", "type": "INT"}]}
export function greeting(context: usize, name: usize, bytes: i32, has: i32): u64 {
  store<u64>(area, has ? 0 : 1);
  store<i32>(area + 8, bytes);
  return ((<u64>1) << 32) | area;
}

const area: usize = heap.alloc(4096);
const requests: usize = heap.alloc(64);
const word: usize = letters();
let left: i32 = 0;
function letters(): usize {
  const at = heap.alloc(32);
  for (let i = 0; i < 32; i++) store<u8>(at + i, 97 + i % 26);
  return at;
}
function ask(context: usize, action: i32, time: i64): void {
  store<i64>(requests, time);
  store<u32>(requests + 8, <u32>word);
  store<u32>(requests + 12, 7);
  store<u32>(requests + 16, action);
  store<u32>(context + 32, <u32>requests);
  store<u32>(context + 36, 1);
}
`;
