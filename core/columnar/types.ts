import { limits } from '../common/limits.ts';

/** Flink's SQL types as frozen data. Nullability is part of the type. Source: Flink docs, "Data Types". */
export type SqlType =
  | SimpleType
  | DecimalType
  | CharacterType
  | TimestampType
  | IntervalType
  | ArrayType
  | MapType
  | MultisetType
  | RowType;

/** BITMAP is a set of 32-bit numbers: bytes of the portable form of Roaring bitmaps, of which there is one for each set. */
export type SimpleKind =
  | 'NULL'
  | 'BOOLEAN'
  | 'TINYINT'
  | 'SMALLINT'
  | 'INT'
  | 'BIGINT'
  | 'FLOAT'
  | 'DOUBLE'
  | 'DATE'
  | 'TIME'
  | 'BITMAP';
export interface SimpleType {
  readonly kind: SimpleKind;
  /** Digits of the second that a TIME has; none means 0. Values are milliseconds of the day, whatever it is. */
  readonly precision?: number | undefined;
  readonly nullable: boolean;
}
export interface DecimalType {
  readonly kind: 'DECIMAL';
  readonly precision: number;
  readonly scale: number;
  readonly nullable: boolean;
}
/** STRING is VARCHAR with `length` = {@link maximumLength}; BYTES is VARBINARY with it. Lengths are characters, or bytes for binary kinds. */
export interface CharacterType {
  readonly kind: 'CHAR' | 'VARCHAR' | 'BINARY' | 'VARBINARY';
  readonly length: number;
  readonly nullable: boolean;
}
/** `attribute` marks a time attribute: 'rowtime' has a watermark, 'proctime' is the processing time. */
export interface TimestampType {
  readonly kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ';
  readonly precision: number;
  readonly attribute?: 'rowtime' | 'proctime' | undefined;
  readonly nullable: boolean;
}
export interface IntervalType {
  readonly kind: 'INTERVAL_YEAR_MONTH' | 'INTERVAL_DAY_TIME';
  readonly nullable: boolean;
}
export interface ArrayType {
  readonly kind: 'ARRAY';
  readonly element: SqlType;
  readonly nullable: boolean;
}
export interface MapType {
  readonly kind: 'MAP';
  readonly key: SqlType;
  readonly value: SqlType;
  readonly nullable: boolean;
}
export interface MultisetType {
  readonly kind: 'MULTISET';
  readonly element: SqlType;
  readonly nullable: boolean;
}
export interface RowType {
  readonly kind: 'ROW';
  readonly fields: readonly Field[];
  readonly nullable: boolean;
}
export interface Field {
  readonly name: string;
  readonly type: SqlType;
}
/** The columns of a table, plan node or batch, in order. */
export type Schema = readonly Field[];
export type TypeKind = SqlType['kind'];

export const maximumLength = 2147483647;

const simple = (kind: SimpleKind, nullable = true): SimpleType => Object.freeze({ kind, nullable });

/** Factories; nullable unless said otherwise. */
export const types = {
  null: simple('NULL'),
  boolean: (nullable = true): SimpleType => simple('BOOLEAN', nullable),
  tinyint: (nullable = true): SimpleType => simple('TINYINT', nullable),
  smallint: (nullable = true): SimpleType => simple('SMALLINT', nullable),
  int: (nullable = true): SimpleType => simple('INT', nullable),
  bigint: (nullable = true): SimpleType => simple('BIGINT', nullable),
  float: (nullable = true): SimpleType => simple('FLOAT', nullable),
  double: (nullable = true): SimpleType => simple('DOUBLE', nullable),
  bitmap: (nullable = true): SimpleType => simple('BITMAP', nullable),
  date: (nullable = true): SimpleType => simple('DATE', nullable),
  time: (nullable = true, precision = 0): SimpleType =>
    precision === 0 ? simple('TIME', nullable) : Object.freeze({ kind: 'TIME', precision, nullable }),
  decimal: (precision: number, scale: number, nullable = true): DecimalType =>
    Object.freeze({ kind: 'DECIMAL', precision, scale, nullable }),
  char: (length: number, nullable = true): CharacterType => Object.freeze({ kind: 'CHAR', length, nullable }),
  varchar: (length: number, nullable = true): CharacterType => Object.freeze({ kind: 'VARCHAR', length, nullable }),
  string: (nullable = true): CharacterType => Object.freeze({ kind: 'VARCHAR', length: maximumLength, nullable }),
  binary: (length: number, nullable = true): CharacterType => Object.freeze({ kind: 'BINARY', length, nullable }),
  varbinary: (length: number, nullable = true): CharacterType => Object.freeze({ kind: 'VARBINARY', length, nullable }),
  bytes: (nullable = true): CharacterType => Object.freeze({ kind: 'VARBINARY', length: maximumLength, nullable }),
  timestamp: (precision = 6, nullable = true, attribute?: 'rowtime' | 'proctime'): TimestampType =>
    Object.freeze({ kind: 'TIMESTAMP', precision, ...(attribute && { attribute }), nullable }),
  timestampLtz: (precision = 6, nullable = true, attribute?: 'rowtime' | 'proctime'): TimestampType =>
    Object.freeze({ kind: 'TIMESTAMP_LTZ', precision, ...(attribute && { attribute }), nullable }),
  intervalYearMonth: (nullable = true): IntervalType => Object.freeze({ kind: 'INTERVAL_YEAR_MONTH', nullable }),
  intervalDayTime: (nullable = true): IntervalType => Object.freeze({ kind: 'INTERVAL_DAY_TIME', nullable }),
  array: (element: SqlType, nullable = true): ArrayType => Object.freeze({ kind: 'ARRAY', element, nullable }),
  map: (key: SqlType, value: SqlType, nullable = true): MapType => Object.freeze({ kind: 'MAP', key, value, nullable }),
  multiset: (element: SqlType, nullable = true): MultisetType => Object.freeze({ kind: 'MULTISET', element, nullable }),
  row: (fields: readonly Field[], nullable = true): RowType =>
    Object.freeze({ kind: 'ROW', fields: Object.freeze([...fields]), nullable }),
};

export function withNullable<T extends SqlType>(type: T, nullable: boolean): T {
  return type.nullable === nullable ? type : (Object.freeze({ ...type, nullable }) as unknown as T);
}

/** The type without its time attribute: what an expression over it has. */
export function withoutTimeAttribute(type: SqlType): SqlType {
  if ((type.kind !== 'TIMESTAMP' && type.kind !== 'TIMESTAMP_LTZ') || type.attribute === undefined) return type;
  return Object.freeze({ kind: type.kind, precision: type.precision, nullable: type.nullable });
}

/** Equal kinds and parameters; nullability and time attributes compared only when asked. */
export function sameType(left: SqlType, right: SqlType, options: { nullability?: boolean } = {}): boolean {
  return (
    typeToString(withoutTimeAttribute(left), options.nullability ?? false) ===
    typeToString(withoutTimeAttribute(right), options.nullability ?? false)
  );
}

/** Flink's spelling, e.g. `DECIMAL(10, 2) NOT NULL`, `ROW<a INT, b STRING>`. */
export function typeToString(type: SqlType, nullability = true): string {
  const suffix = nullability && !type.nullable ? ' NOT NULL' : '';
  return bareTypeToString(type, nullability) + suffix;
}

function bareTypeToString(type: SqlType, nullability: boolean): string {
  switch (type.kind) {
    case 'TIME':
      return type.precision === undefined ? 'TIME' : `TIME(${type.precision})`;
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'VARCHAR':
      return type.length === maximumLength ? 'STRING' : `VARCHAR(${type.length})`;
    case 'VARBINARY':
      return type.length === maximumLength ? 'BYTES' : `VARBINARY(${type.length})`;
    case 'CHAR':
    case 'BINARY':
      return `${type.kind}(${type.length})`;
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return `${type.kind}(${type.precision})${type.attribute === 'rowtime' ? ' *ROWTIME*' : type.attribute === 'proctime' ? ' *PROCTIME*' : ''}`;
    case 'INTERVAL_YEAR_MONTH':
      return 'INTERVAL YEAR TO MONTH';
    case 'INTERVAL_DAY_TIME':
      return 'INTERVAL DAY TO SECOND';
    case 'ARRAY':
    case 'MULTISET':
      return `${type.kind}<${typeToString(type.element, nullability)}>`;
    case 'MAP':
      return `MAP<${typeToString(type.key, nullability)}, ${typeToString(type.value, nullability)}>`;
    case 'ROW':
      return `ROW<${type.fields.map(field => `${quoteIdentifier(field.name)} ${typeToString(field.type, nullability)}`).join(', ')}>`;
    default:
      return type.kind;
  }
}

/** Backticks around a name, its own doubled. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/**
 * How a column of a type lies in memory:
 * i8 (also BOOLEAN, one byte 0/1), i16, i32 (also DATE days, TIME ms, INTERVAL_YEAR_MONTH months), i64 (also DECIMAL ≤ 18 digits as a
 * scaled integer, TIMESTAMP µs or ns, INTERVAL_DAY_TIME ms), i128 (DECIMAL > 18: low word, high word), f32, f64,
 * view (16 bytes, strings and bytes), list (i32 offsets and children: ARRAY, MAP, MULTISET), struct (children: ROW).
 */
export type Storage = 'i8' | 'i16' | 'i32' | 'i64' | 'i128' | 'f32' | 'f64' | 'view' | 'list' | 'struct';

export function storageOf(type: SqlType): Storage {
  switch (type.kind) {
    case 'NULL':
    case 'BOOLEAN':
    case 'TINYINT':
      return 'i8';
    case 'SMALLINT':
      return 'i16';
    case 'INT':
    case 'DATE':
    case 'TIME':
    case 'INTERVAL_YEAR_MONTH':
      return 'i32';
    case 'BIGINT':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
    case 'INTERVAL_DAY_TIME':
      return 'i64';
    case 'DECIMAL':
      return type.precision <= limits.decimalCompactPrecisionMax ? 'i64' : 'i128';
    case 'FLOAT':
      return 'f32';
    case 'DOUBLE':
      return 'f64';
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
    case 'BITMAP':
      return 'view';
    case 'ARRAY':
    case 'MAP':
    case 'MULTISET':
      return 'list';
    case 'ROW':
      return 'struct';
  }
}

/** Bytes per row of the column's own data buffer; 0 for struct (children hold all), 4 for list (offsets, n + 1 of them). */
export function storageBytes(storage: Storage): number {
  return { i8: 1, i16: 2, i32: 4, i64: 8, i128: 16, f32: 4, f64: 8, view: 16, list: 4, struct: 0 }[storage];
}

/** Children of a nested column, in order: ARRAY [element]; MAP [key, value]; MULTISET [element, count INT NOT NULL]; ROW its fields. */
export function childTypes(type: SqlType): readonly SqlType[] {
  switch (type.kind) {
    case 'ARRAY':
      return [type.element];
    case 'MAP':
      return [type.key, type.value];
    case 'MULTISET':
      return [type.element, types.int(false)];
    case 'ROW':
      return type.fields.map(field => field.type);
    default:
      return [];
  }
}

/** Units in a second of a timestamp's i64: 1e6 up to precision 6, else 1e9. */
export function timestampUnitsPerSecond(precision: number): 1_000_000 | 1_000_000_000 {
  return precision <= limits.timestampMicrosPrecisionMax ? 1_000_000 : 1_000_000_000;
}

export const isNumeric = (type: SqlType): boolean =>
  isInteger(type) || type.kind === 'FLOAT' || type.kind === 'DOUBLE' || type.kind === 'DECIMAL';
export const isInteger = (type: SqlType): boolean =>
  type.kind === 'TINYINT' || type.kind === 'SMALLINT' || type.kind === 'INT' || type.kind === 'BIGINT';
export const isCharacter = (type: SqlType): type is CharacterType => type.kind === 'CHAR' || type.kind === 'VARCHAR';
export const isBinary = (type: SqlType): type is CharacterType => type.kind === 'BINARY' || type.kind === 'VARBINARY';
export const isTimestamp = (type: SqlType): type is TimestampType => type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ';
export const isRowtime = (type: SqlType): boolean => isTimestamp(type) && type.attribute === 'rowtime';
export const isProctime = (type: SqlType): boolean => isTimestamp(type) && type.attribute === 'proctime';
