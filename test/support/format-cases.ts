/** A table of some types in one format, and the rows that Flink and we write into it. */
export interface FormatCase {
  readonly name: string;
  readonly ending: string;
  readonly options: string;
  readonly columns: string;
  /** One SELECT a row. */
  readonly rows: readonly string[];
  /** What is selected to compare, when it is not all. */
  readonly shown?: string;
}

export const valuesOf = (one: FormatCase): string => one.rows.map(row => `SELECT ${row}`).join(' UNION ALL ');

const flat =
  'b BOOLEAN, i INT, l BIGINT, f FLOAT, d DOUBLE, dc DECIMAL(10, 2), dw DECIMAL(30, 10), s STRING, y BYTES, dt DATE, ts TIMESTAMP(3)';
const flatRows = [
  "true, 3, CAST(4 AS BIGINT), CAST(1.5 AS FLOAT), CAST(2.5E20 AS DOUBLE), CAST(12.30 AS DECIMAL(10, 2)), CAST('-0.0000000001' AS DECIMAL(30, 10)), 'text, \"with\" more of it than fits', x'00ff7f', DATE '2024-01-31', TIMESTAMP '2024-01-01 10:00:00.123'",
  "false, -2147483647, CAST(-9223372036854775807 AS BIGINT), CAST(-1.0E-10 AS FLOAT), CAST(-0.1 AS DOUBLE), CAST(100 AS DECIMAL(10, 2)), CAST('12345678901234567890.5' AS DECIMAL(30, 10)), 'ä', x'', DATE '0099-12-31', TIMESTAMP '1969-12-31 23:59:59.999'",
  'CAST(NULL AS BOOLEAN), CAST(NULL AS INT), CAST(NULL AS BIGINT), CAST(NULL AS FLOAT), CAST(NULL AS DOUBLE), CAST(NULL AS DECIMAL(10, 2)), CAST(NULL AS DECIMAL(30, 10)), CAST(NULL AS STRING), CAST(NULL AS BYTES), CAST(NULL AS DATE), CAST(NULL AS TIMESTAMP(3))',
];
const nested = 'a ARRAY<STRING>, m MAP<STRING, INT>, r ROW<x INT, y ROW<z STRING>>';
const nestedRows = [
  "ARRAY['a', CAST(NULL AS STRING), 'a longer one than that'], MAP['k', 1], ROW(1, ROW('z'))",
  "ARRAY['b'], MAP['p', CAST(NULL AS INT)], CAST(ROW(CAST(NULL AS INT), ROW(CAST(NULL AS STRING))) AS ROW<x INT, y ROW<z STRING>>)",
  'CAST(NULL AS ARRAY<STRING>), CAST(NULL AS MAP<STRING, INT>), CAST(NULL AS ROW<x INT, y ROW<z STRING>>)',
];
const both = flatRows.map((row, index) => `${row}, ${nestedRows[index]}`);
const small = ', ti TINYINT, si SMALLINT, t TIME(3)';
const smallRows = [
  "CAST(1 AS TINYINT), CAST(-2 AS SMALLINT), CAST(TIME '10:00:01' AS TIME(3))",
  "CAST(-128 AS TINYINT), CAST(32767 AS SMALLINT), CAST(TIME '00:00:00' AS TIME(3))",
  'CAST(NULL AS TINYINT), CAST(NULL AS SMALLINT), CAST(NULL AS TIME(3))',
];
const withSmall = (rows: readonly string[]): string[] => rows.map((row, index) => `${row}, ${smallRows[index]}`);

export const formatCases: readonly FormatCase[] = [
  {
    name: 'json',
    ending: 'ndjson',
    options: "'format' = 'json'",
    columns: `${flat}, ${nested}${small}`,
    rows: withSmall(both),
  },
  {
    name: 'json-iso',
    ending: 'ndjson',
    options:
      "'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601', 'json.encode.decimal-as-plain-number' = 'true', 'json.encode.ignore-null-fields' = 'true'",
    columns: flat,
    rows: flatRows,
  },
  {
    name: 'csv',
    ending: 'csv',
    options: "'format' = 'csv', 'csv.null-literal' = 'nil'",
    columns: `${flat}${small}, a ARRAY<INT>, r ROW<x INT, y STRING>`,
    rows: withSmall(flatRows).map(
      (row, index) =>
        `${row}, ${["ARRAY[1, 2, CAST(NULL AS INT)], ROW(1, 'p q')", "ARRAY[7], ROW(2, 'x')", "ARRAY[3], ROW(3, 'y')"][index]}`,
    ),
  },
  {
    name: 'csv-other',
    ending: 'csv',
    options:
      "'format' = 'csv', 'csv.field-delimiter' = '|', 'csv.quote-character' = '''', 'csv.escape-character' = '\\', 'csv.array-element-delimiter' = '/', 'csv.null-literal' = '-'",
    columns: 'i INT, s STRING, a ARRAY<STRING>',
    rows: [
      "1, 'it''s \\ a | pipe', ARRAY['p', 'q']",
      "2, 'plain', ARRAY['x']",
      "3, CAST(NULL AS STRING), ARRAY['y', CAST(NULL AS STRING)]",
    ],
  },
  { name: 'avro', ending: 'avro', options: "'format' = 'avro'", columns: `${flat}, ${nested}${small}`, rows: withSmall(both) },
  {
    name: 'avro-deflate',
    ending: 'avro',
    options: "'format' = 'avro', 'avro.codec' = 'deflate', 'avro.timestamp_mapping.legacy' = 'false'",
    columns: `${flat}, ${nested}`,
    rows: both,
  },
  { name: 'raw-int', ending: 'raw', options: "'format' = 'raw'", columns: 'i INT', rows: ['1', '-258', '2147483647'] },
  {
    name: 'raw-double',
    ending: 'raw',
    options: "'format' = 'raw', 'raw.endianness' = 'little-endian'",
    columns: 'd DOUBLE',
    rows: ['CAST(1.5 AS DOUBLE)', 'CAST(-0.1 AS DOUBLE)'],
  },
  {
    name: 'raw-text',
    ending: 'raw',
    options: "'format' = 'raw', 'raw.charset' = 'ISO-8859-1'",
    columns: 's STRING',
    rows: ["'plain'", "'ü'"],
  },
];
