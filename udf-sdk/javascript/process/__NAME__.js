// Rows of a partition that follow one another within `gap` milliseconds are one visit: a row with their total and number when it is over.
// The line below is the function in SQL. Each of its states is an object whose fields may be changed.
// @sql-function {"name": "__NAME__", "kind": "process", "table": {"columns": [{"name": "price", "type": "DOUBLE NOT NULL"}]}, "arguments": ["BIGINT NOT NULL"], "argumentNames": ["gap"], "states": [{"name": "visit", "columns": [{"name": "total", "type": "DOUBLE NOT NULL"}, {"name": "items", "type": "BIGINT NOT NULL"}, {"name": "last", "type": "BIGINT"}]}], "columns": [{"name": "total", "type": "DOUBLE NOT NULL"}, {"name": "items", "type": "BIGINT NOT NULL"}]}
export function* __NAME__(context, visit, price, gap) {
  const timed = context.time !== null;
  if (timed && visit.items > 0n && context.time > visit.last + gap) {
    yield [visit.total, visit.items];
    context.clearState();
  }
  visit.total += price;
  visit.items += 1n;
  visit.last = context.time;
  if (timed) context.setTimer('over', context.time + gap);
}

/** No row came for a while: the watermark has reached the timer's time. */
export function* __NAME___timer(context, visit) {
  yield [visit.total, visit.items];
  context.clearState();
}
