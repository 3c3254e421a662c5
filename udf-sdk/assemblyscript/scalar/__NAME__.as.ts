// What a price is worth, by the channel it came through. The line below is the function in SQL.
// @sql __NAME__(price DOUBLE NOT NULL, channel STRING) RETURNS DOUBLE NOT NULL NULLS CALL
export function __NAME__(price: f64, channel: string | null): f64 {
  if (price < 0) throw new Error('negative price ' + price.toString());
  return channel == 'direct' ? price : price * 2;
}
