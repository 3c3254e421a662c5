// Rows of a partition that follow one another within `gap` milliseconds are one visit: a row with their total and number when it is over.
// The state lies behind the context: 8 bytes of NULL bits, then 8 bytes a field (udf-sdk/abi: Process table functions).
// @sql-function {"name": "__NAME__", "kind": "process", "table": {"columns": [{"name": "price", "type": "DOUBLE NOT NULL"}]}, "arguments": ["BIGINT NOT NULL"], "argumentNames": ["gap"], "states": [{"name": "state", "columns": [{"name": "total", "type": "DOUBLE NOT NULL"}, {"name": "items", "type": "BIGINT NOT NULL"}, {"name": "last", "type": "BIGINT NOT NULL"}]}], "columns": [{"name": "total", "type": "DOUBLE NOT NULL"}, {"name": "items", "type": "BIGINT NOT NULL"}]}
export function __NAME__(context: usize, price: f64, gap: i64): u64 {
  const state = context + 64;
  const time = load<i64>(context);
  let over: u64 = 0;
  if (load<i64>(state, 16) > 0 && time > load<i64>(state, 24) + gap) {
    over = visit(state);
    store<f64>(state, 0, 8);
    store<i64>(state, 0, 16);
  }
  store<f64>(state, load<f64>(state, 8) + price, 8);
  store<i64>(state, load<i64>(state, 16) + 1, 16);
  store<i64>(state, time, 24);
  const hasTime = (load<u32>(context, 16) & 1) != 0;
  if (hasTime) setTimer(context, time + gap);
  return over;
}

export function __NAME___timer(context: usize): u64 {
  store<u32>(context, 1, 40); // the state is cleared
  return visit(context + 64);
}

/** A block of one record: the visit in the state. */
function visit(state: usize): u64 {
  store<i64>(record, 0);
  store<f64>(record, load<f64>(state, 8), 8);
  store<i64>(record, load<i64>(state, 16), 16);
  return ((<u64>1) << 32) | <u64>record;
}

const record = memory.data(24, 8);
const timer = memory.data(24, 8);
const name = memory.data<u8>([111, 118, 101, 114]); // "over", the timer's name: setting it again moves it

function setTimer(context: usize, time: i64): void {
  store<i64>(timer, time);
  store<usize>(timer, name, 8);
  store<u32>(timer, 4, 12);
  store<u32>(timer, 1, 16);
  store<usize>(context, timer, 32);
  store<u32>(context, 1, 36);
}
