// What a price is worth, by the channel it came through. The line below is the function in SQL.
// @sql __NAME__(price DOUBLE NOT NULL, channel STRING) RETURNS DOUBLE NOT NULL NULLS CALL
export function __NAME__(price, channel) {
  if (price < 0) throw new Error(`negative price ${price}`);
  return channel === 'direct' ? price : price * 2;
}
