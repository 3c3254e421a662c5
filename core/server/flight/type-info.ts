import { maximumLength, types } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { metadataRows, type ResultStream } from './result-stream.ts';

/** What ODBC and JDBC ask of types. Numbers are Flight SQL's XdbcDataType and Searchable. */
interface TypeInfo {
  readonly name: string;
  readonly dataType: number;
  readonly size: number | null;
  readonly quotes?: readonly [string, string];
  readonly parameters?: readonly string[];
  readonly radix?: number;
  readonly scales?: readonly [number, number];
  readonly text?: boolean;
}

const typeInfos: readonly TypeInfo[] = [
  { name: 'BIGINT', dataType: -5, size: 19, radix: 10 },
  { name: 'TINYINT', dataType: -6, size: 3, radix: 10 },
  { name: 'BOOLEAN', dataType: -7, size: 1 },
  { name: 'BINARY', dataType: -2, size: maximumLength, quotes: ["X'", "'"], parameters: ['length'] },
  { name: 'VARBINARY', dataType: -3, size: maximumLength, quotes: ["X'", "'"], parameters: ['length'] },
  { name: 'BYTES', dataType: -4, size: maximumLength, quotes: ["X'", "'"] },
  { name: 'CHAR', dataType: 1, size: maximumLength, quotes: ["'", "'"], parameters: ['length'], text: true },
  { name: 'DECIMAL', dataType: 3, size: 38, parameters: ['precision', 'scale'], radix: 10, scales: [0, 38] },
  { name: 'INT', dataType: 4, size: 10, radix: 10 },
  { name: 'SMALLINT', dataType: 5, size: 5, radix: 10 },
  { name: 'FLOAT', dataType: 7, size: 24, radix: 2 },
  { name: 'DOUBLE', dataType: 8, size: 53, radix: 2 },
  { name: 'VARCHAR', dataType: 12, size: maximumLength, quotes: ["'", "'"], parameters: ['length'], text: true },
  { name: 'STRING', dataType: 12, size: maximumLength, quotes: ["'", "'"], text: true },
  { name: 'DATE', dataType: 91, size: 10, quotes: ["DATE '", "'"] },
  { name: 'TIME', dataType: 92, size: 12, quotes: ["TIME '", "'"], parameters: ['precision'], scales: [0, 3] },
  { name: 'TIMESTAMP', dataType: 93, size: 29, quotes: ["TIMESTAMP '", "'"], parameters: ['precision'], scales: [0, 9] },
];

/** The types there are; with `dataType` those of one number. */
export function typeInfoStream(dataType: number | undefined): ResultStream {
  const schema = [
    { name: 'type_name', type: types.string(false) },
    { name: 'data_type', type: types.int(false) },
    { name: 'column_size', type: types.int() },
    { name: 'literal_prefix', type: types.string() },
    { name: 'literal_suffix', type: types.string() },
    { name: 'create_params', type: types.array(types.string(false)) },
    { name: 'nullable', type: types.int(false) },
    { name: 'case_sensitive', type: types.boolean(false) },
    { name: 'searchable', type: types.int(false) },
    { name: 'unsigned_attribute', type: types.boolean() },
    { name: 'fixed_prec_scale', type: types.boolean(false) },
    { name: 'auto_increment', type: types.boolean() },
    { name: 'local_type_name', type: types.string() },
    { name: 'minimum_scale', type: types.int() },
    { name: 'maximum_scale', type: types.int() },
    { name: 'sql_data_type', type: types.int(false) },
    { name: 'datetime_subcode', type: types.int() },
    { name: 'num_prec_radix', type: types.int() },
    { name: 'interval_precision', type: types.int() },
  ];
  const rows = typeInfos
    .filter(info => dataType === undefined || info.dataType === dataType)
    .sort((a, b) => a.dataType - b.dataType)
    .map((info): Value[] => {
      const isTime = info.dataType > 90;
      return [
        info.name,
        info.dataType,
        info.size,
        info.quotes?.[0] ?? null,
        info.quotes?.[1] ?? null,
        info.parameters === undefined ? null : [...info.parameters],
        1,
        info.text ?? false,
        3,
        info.radix === undefined ? null : false,
        false,
        info.radix === undefined ? null : false,
        info.name,
        info.scales?.[0] ?? null,
        info.scales?.[1] ?? null,
        isTime ? 9 : info.dataType,
        isTime ? info.dataType - 90 : null,
        info.radix ?? null,
        null,
      ];
    });
  return metadataRows(schema, rows);
}
