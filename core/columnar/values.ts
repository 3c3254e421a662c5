/**
 * A SQL value as plain JavaScript, outside hot paths: literals, function references, results, tests.
 *
 * | type | value |
 * |---|---|
 * | BOOLEAN | boolean |
 * | TINYINT SMALLINT INT FLOAT DOUBLE | number |
 * | BIGINT, DECIMAL (unscaled) | bigint |
 * | CHAR VARCHAR | string |
 * | BINARY VARBINARY | Uint8Array |
 * | DATE (days since 1970-01-01), TIME (ms of the day), INTERVAL_YEAR_MONTH (months) | number |
 * | TIMESTAMP, TIMESTAMP_LTZ (µs up to precision 6, else ns, since 1970-01-01 local / UTC) | bigint |
 * | INTERVAL_DAY_TIME (ms) | bigint |
 * | ARRAY, ROW | array of values |
 * | MAP, MULTISET | array of [key, value] or [element, count] |
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[];
