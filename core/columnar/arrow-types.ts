import {
  Field as ArrowField,
  Schema as ArrowSchema,
  Binary,
  Bool,
  DataType,
  DateDay,
  Decimal,
  DurationMillisecond,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  IntervalMonthDayNano,
  IntervalUnit,
  List,
  Map_,
  Null,
  Precision,
  Struct,
  TimeMillisecond,
  TimestampMicrosecond,
  TimestampNanosecond,
  TimeUnit,
  Utf8,
} from 'apache-arrow';
import { notSupported } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { childTypes, type Field, type Schema, type SqlType, types } from './types.ts';

/**
 * Arrow's type for one of ours: strings as Utf8, which every reader knows; TIMESTAMP as µs or ns, TIMESTAMP_LTZ the same in zone UTC; TIME in ms;
 * INTERVAL DAY TO SECOND as a duration in ms, INTERVAL YEAR TO MONTH as month-day-nano (Python knows no other); MULTISET as a map to counts.
 */
export function arrowTypeOf(type: SqlType): DataType {
  switch (type.kind) {
    case 'NULL':
      return new Null();
    case 'BOOLEAN':
      return new Bool();
    case 'TINYINT':
      return new Int8();
    case 'SMALLINT':
      return new Int16();
    case 'INT':
      return new Int32();
    case 'BIGINT':
      return new Int64();
    case 'FLOAT':
      return new Float32();
    case 'DOUBLE':
      return new Float64();
    case 'DECIMAL':
      return new Decimal(type.scale, type.precision, 128);
    case 'CHAR':
    case 'VARCHAR':
      return new Utf8();
    case 'BINARY':
    case 'VARBINARY':
    case 'BITMAP':
      return new Binary();
    case 'DATE':
      return new DateDay();
    case 'TIME':
      return new TimeMillisecond();
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const zone = type.kind === 'TIMESTAMP_LTZ' ? 'UTC' : null;
      return type.precision <= limits.timestampMicrosPrecisionMax
        ? new TimestampMicrosecond(zone)
        : new TimestampNanosecond(zone);
    }
    case 'INTERVAL_YEAR_MONTH':
      return new IntervalMonthDayNano();
    case 'INTERVAL_DAY_TIME':
      return new DurationMillisecond();
    case 'ARRAY':
      return new List(arrowField('item', type.element));
    case 'MAP':
    case 'MULTISET': {
      const [key, value] = childTypes(type);
      const entries = new Struct<Record<string, DataType>>([
        new ArrowField('key', arrowTypeOf(key!), false),
        arrowField('value', value!),
      ]);
      return new Map_(new ArrowField('entries', entries as Struct<{ key: DataType; value: DataType }>, false));
    }
    case 'ROW':
      return new Struct(type.fields.map(field => arrowField(field.name, field.type)));
  }
}

const arrowField = (name: string, type: SqlType): ArrowField => new ArrowField(name, arrowTypeOf(type), type.nullable);

export function arrowSchemaOf(schema: Schema): ArrowSchema {
  return new ArrowSchema(schema.map(field => arrowField(field.name, field.type)));
}

/** The columns of an Arrow schema; unsigned integers get the next wider type, dictionaries the type of their values. */
export function schemaOfArrow(schema: ArrowSchema): Schema {
  return schema.fields.map(fieldOfArrow);
}

const fieldOfArrow = (field: ArrowField): Field => ({ name: field.name, type: sqlTypeOfArrow(field.type, field.nullable) });

/** @throws TidemillError `not-supported` for unions, half floats and decimals of more than 38 digits. */
export function sqlTypeOfArrow(type: DataType, nullable = true): SqlType {
  if (DataType.isNull(type)) return types.null;
  if (DataType.isBool(type)) return types.boolean(nullable);
  if (DataType.isInt(type)) {
    if (!type.isSigned && type.bitWidth === 64) return types.decimal(20, 0, nullable);
    const bits = type.isSigned ? type.bitWidth : type.bitWidth * 2;
    if (bits === 8) return types.tinyint(nullable);
    if (bits === 16) return types.smallint(nullable);
    return bits === 32 ? types.int(nullable) : types.bigint(nullable);
  }
  if (DataType.isFloat(type)) {
    if (type.precision === Precision.HALF) throw notSupported('half floats of Arrow');
    return type.precision === Precision.SINGLE ? types.float(nullable) : types.double(nullable);
  }
  if (DataType.isDecimal(type)) {
    if (type.precision > limits.decimalPrecisionMax || type.scale < 0 || type.scale > type.precision) {
      throw notSupported(`DECIMAL(${type.precision}, ${type.scale}) of Arrow`);
    }
    return types.decimal(type.precision, type.scale, nullable);
  }
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)) return types.string(nullable);
  if (DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isBinaryView(type)) return types.bytes(nullable);
  if (DataType.isFixedSizeBinary(type)) return types.binary(type.byteWidth, nullable);
  if (DataType.isDate(type)) return types.date(nullable);
  if (DataType.isTime(type)) return types.time(nullable);
  if (DataType.isTimestamp(type)) {
    const precision = timeDigits(type.unit);
    return type.timezone ? types.timestampLtz(precision, nullable) : types.timestamp(precision, nullable);
  }
  if (DataType.isDuration(type)) return types.intervalDayTime(nullable);
  if (DataType.isInterval(type)) {
    return type.unit === IntervalUnit.DAY_TIME ? types.intervalDayTime(nullable) : types.intervalYearMonth(nullable);
  }
  if (DataType.isList(type) || DataType.isLargeList(type) || DataType.isFixedSizeList(type)) {
    return types.array(fieldOfArrow(type.children[0]!).type, nullable);
  }
  if (DataType.isMap(type)) {
    const [key, value] = (type.children[0]!.type as Struct).children;
    return types.map(fieldOfArrow(key!).type, fieldOfArrow(value!).type, nullable);
  }
  if (DataType.isStruct(type)) return types.row(type.children.map(fieldOfArrow), nullable);
  if (DataType.isDictionary(type)) return sqlTypeOfArrow(type.dictionary as DataType, nullable);
  throw notSupported(`columns of Arrow's type ${String(type)}`);
}

/** Digits after the second. */
export function timeDigits(unit: TimeUnit): 0 | 3 | 6 | 9 {
  switch (unit) {
    case TimeUnit.SECOND:
      return 0;
    case TimeUnit.MILLISECOND:
      return 3;
    case TimeUnit.MICROSECOND:
      return 6;
    case TimeUnit.NANOSECOND:
      return 9;
  }
}
