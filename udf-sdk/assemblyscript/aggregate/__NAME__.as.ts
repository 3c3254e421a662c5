// A mean of weighted values. The engine keeps 16 bytes for each group: a sum, and the weights' sum.
// @sql-aggregate __NAME__(value DOUBLE, weight BIGINT) RETURNS DOUBLE KEEPS 16 BYTES
export function __NAME___accumulate(state: usize, value: f64, weight: i64): void {
  store<f64>(state, load<f64>(state) + value * <f64>weight);
  store<i64>(state, load<i64>(state, 8) + weight, 8);
}

export function __NAME___retract(state: usize, value: f64, weight: i64): void {
  __NAME___accumulate(state, value, -weight);
}

export function __NAME___merge(state: usize, other: usize): void {
  store<f64>(state, load<f64>(state) + load<f64>(other));
  store<i64>(state, load<i64>(state, 8) + load<i64>(other, 8), 8);
}

// Writes the result to a place: bytes 0 … 7 are the value, at 16 stands 1 when it counts, 0 when it is NULL.
export function __NAME___finish(place: usize, state: usize): void {
  const weight = load<i64>(state, 8);
  store<f64>(place, load<f64>(state) / <f64>weight);
  store<i32>(place, weight == 0 ? 0 : 1, 16);
}
