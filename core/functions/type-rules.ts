import {
  type DecimalType,
  isBinary,
  isCharacter,
  isInteger,
  isNumeric,
  isTimestamp,
  type SqlType,
  sameType,
  types,
  withNullable,
  withoutTimeAttribute,
} from '../columnar/types.ts';
import { limits } from '../common/limits.ts';

const minimumAdjustedScale = 6;
const integerDigits = { TINYINT: 3, SMALLINT: 5, INT: 10, BIGINT: 19 } as const;
const integerOrder = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT'] as const;

/** A decimal that may ask for more than 38 digits: whole digits win, at least 6 of the fraction stay. Source: Flink, LogicalTypeMerging. */
export function adjustedDecimal(precision: number, scale: number): DecimalType {
  const max = limits.decimalPrecisionMax;
  if (precision <= max) return types.decimal(precision, scale);
  return types.decimal(max, Math.max(max - (precision - scale), Math.min(scale, minimumAdjustedScale)));
}

/** The decimal that holds all values of an exact number type. */
export function asDecimal(type: SqlType): DecimalType {
  if (type.kind === 'DECIMAL') return type;
  return types.decimal(integerDigits[type.kind as keyof typeof integerDigits], 0, type.nullable);
}

export const isExact = (type: SqlType): boolean => isInteger(type) || type.kind === 'DECIMAL';
export const isApproximate = (type: SqlType): boolean => type.kind === 'FLOAT' || type.kind === 'DOUBLE';
export const isInterval = (type: SqlType): boolean => type.kind === 'INTERVAL_YEAR_MONTH' || type.kind === 'INTERVAL_DAY_TIME';
export const isDatetime = (type: SqlType): boolean => type.kind === 'DATE' || type.kind === 'TIME' || isTimestamp(type);

/** Result types of decimal arithmetic, nullable. Source: Flink, LogicalTypeMerging. */
export const decimalResults = {
  plus: (left: DecimalType, right: DecimalType): DecimalType => {
    const scale = Math.max(left.scale, right.scale);
    return adjustedDecimal(Math.max(left.precision - left.scale, right.precision - right.scale) + scale + 1, scale);
  },
  times: (left: DecimalType, right: DecimalType): DecimalType =>
    adjustedDecimal(left.precision + right.precision + 1, left.scale + right.scale),
  divide: (left: DecimalType, right: DecimalType): DecimalType => {
    const scale = Math.max(minimumAdjustedScale, left.scale + right.precision + 1);
    return adjustedDecimal(left.precision - left.scale + right.scale + scale, scale);
  },
  mod: (left: DecimalType, right: DecimalType): DecimalType => {
    const scale = Math.max(left.scale, right.scale);
    return adjustedDecimal(Math.min(left.precision - left.scale, right.precision - right.scale) + scale, scale);
  },
} as const;

/** ROUND and TRUNCATE of a decimal to `digits`. */
export function roundedDecimal(type: DecimalType, digits: number): DecimalType {
  if (digits >= type.scale) return type;
  const whole = 1 + type.precision - type.scale;
  return digits < 0
    ? types.decimal(Math.min(limits.decimalPrecisionMax, whole), 0, type.nullable)
    : types.decimal(whole + digits, digits, type.nullable);
}

/**
 * The least type that all can be cast to, nullable when one is; undefined when there is none. NULL literals do not count.
 * Source: Flink, LogicalTypeMerging.findCommonType.
 *
 * @example
 * commonType([types.int(), types.decimal(2, 2)]) // DECIMAL(12, 2)
 */
export function commonType(all: readonly SqlType[]): SqlType | undefined {
  const known = all.filter(type => type.kind !== 'NULL').map(withoutTimeAttribute);
  let result = known[0];
  if (result === undefined) return undefined;
  for (const type of known.slice(1)) {
    result = commonOfTwo(result, type);
    if (result === undefined) return undefined;
  }
  return withNullable(
    result,
    all.some(type => type.nullable),
  );
}

function commonOfTwo(left: SqlType, right: SqlType): SqlType | undefined {
  // elements of equal types may differ in whether they can be NULL
  const isFlat = left.kind !== 'ARRAY' && left.kind !== 'MAP' && left.kind !== 'ROW';
  if (isFlat && sameType(left, right)) return left;
  if (isCharacter(left) && isCharacter(right)) {
    return types.varchar(Math.max(left.length, right.length));
  }
  if (isBinary(left) && isBinary(right)) return types.varbinary(Math.max(left.length, right.length));
  if (isNumeric(left) && isNumeric(right)) return commonNumber(left, right);
  if (left.kind === 'DATE' && isTimestamp(right)) return right;
  if (right.kind === 'DATE' && isTimestamp(left)) return left;
  if (isTimestamp(left) && isTimestamp(right)) {
    const precision = Math.max(left.precision, right.precision);
    return left.kind === 'TIMESTAMP_LTZ' || right.kind === 'TIMESTAMP_LTZ'
      ? types.timestampLtz(precision)
      : types.timestamp(precision);
  }
  if (left.kind === 'ARRAY' && right.kind === 'ARRAY') {
    const element = commonType([left.element, right.element]);
    return element && types.array(element);
  }
  if (left.kind === 'MAP' && right.kind === 'MAP') {
    const key = commonType([left.key, right.key]);
    const value = commonType([left.value, right.value]);
    return key && value && types.map(key, value);
  }
  if (left.kind === 'ROW' && right.kind === 'ROW' && left.fields.length === right.fields.length) {
    const fields = left.fields.map((field, index) => {
      const type = commonType([field.type, right.fields[index]!.type]);
      return type && { name: field.name, type };
    });
    if (fields.every(field => field !== undefined)) return types.row(fields);
  }
  return undefined;
}

/** Of numbers: DOUBLE beats DECIMAL, a wider integer a narrower one. */
export function commonNumber(left: SqlType, right: SqlType): SqlType {
  if (isApproximate(left) || isApproximate(right)) {
    const single = (type: SqlType): boolean => type.kind === 'FLOAT' || isInteger(type);
    return single(left) && single(right) ? types.float() : types.double();
  }
  if (left.kind === 'DECIMAL' || right.kind === 'DECIMAL') {
    const [a, b] = [asDecimal(left), asDecimal(right)];
    const scale = Math.max(a.scale, b.scale);
    const precision = Math.max(a.precision - a.scale, b.precision - b.scale) + scale;
    return types.decimal(Math.min(precision, limits.decimalPrecisionMax), scale);
  }
  const kind = integerOrder[Math.max(integerOrder.indexOf(left.kind as 'INT'), integerOrder.indexOf(right.kind as 'INT'))]!;
  return { kind, nullable: true };
}

/** What two operands of =, <, … are cast to; decimals of different scales stay as they are. Undefined: they cannot be compared. */
export function comparisonTypes(left: SqlType, right: SqlType): readonly [SqlType, SqlType] | undefined {
  const [a, b] = [withoutTimeAttribute(left), withoutTimeAttribute(right)];
  if (a.kind === 'NULL' || b.kind === 'NULL') return a.kind === 'NULL' ? [withNullable(b, true), b] : [a, withNullable(a, true)];
  if (isExact(a) && isExact(b) && (a.kind === 'DECIMAL' || b.kind === 'DECIMAL')) return [asDecimal(a), asDecimal(b)];
  // Flink compares a day with days alone, although it finds a common type for CASE
  if ((a.kind === 'DATE' && isTimestamp(b)) || (b.kind === 'DATE' && isTimestamp(a))) return undefined;
  // FLOAT and DOUBLE are compared as what stands first
  if (isApproximate(a) && isApproximate(b)) return [a, withNullable(a, b.nullable)];
  const common = commonType([a, b]);
  if (common !== undefined) return [withNullable(common, a.nullable), withNullable(common, b.nullable)];
  // a string is read as what it is compared with
  const readable = (type: SqlType): boolean => isNumeric(type) || isDatetime(type) || type.kind === 'BOOLEAN';
  if (isCharacter(a) && readable(b)) return [withNullable(readAs(b), a.nullable), withNullable(readAs(b), b.nullable)];
  if (isCharacter(b) && readable(a)) return [withNullable(readAs(a), a.nullable), withNullable(readAs(a), b.nullable)];
  return undefined;
}

/** Numbers in strings may have a fraction, whatever they are compared with. */
const readAs = (type: SqlType): SqlType =>
  isNumeric(type) && type.kind !== 'DECIMAL' && !isInteger(type) ? types.double() : type;

/** Is `CAST(x AS to)` allowed for an x of type `from`? Source: Flink docs, "Data Types / CAST". */
export function canCast(from: SqlType, to: SqlType): boolean {
  if (from.kind === 'NULL' || sameType(from, to)) return true;
  if (isCharacter(to)) return true;
  if (isCharacter(from)) return isNumeric(to) || isBinary(to) || isDatetime(to) || to.kind === 'BOOLEAN';
  if (isBinary(from) && isBinary(to)) return true;
  if (isNumeric(from)) return isNumeric(to) || to.kind === 'BOOLEAN';
  if (from.kind === 'BOOLEAN') return isNumeric(to);
  if (from.kind === 'DATE') return isTimestamp(to);
  if (from.kind === 'TIME') return to.kind === 'TIME' || isTimestamp(to);
  if (isTimestamp(from)) return isDatetime(to);
  if (isInterval(from)) return from.kind === to.kind;
  if (from.kind === 'ARRAY' && to.kind === 'ARRAY') return canCast(from.element, to.element);
  if (from.kind === 'MULTISET' && to.kind === 'MULTISET') return canCast(from.element, to.element);
  if (from.kind === 'MAP' && to.kind === 'MAP') return canCast(from.key, to.key) && canCast(from.value, to.value);
  if (from.kind === 'ROW' && to.kind === 'ROW') {
    return (
      from.fields.length === to.fields.length && from.fields.every((field, index) => canCast(field.type, to.fields[index]!.type))
    );
  }
  return false;
}

/** Does Flink cast by itself, as into a sink's column or a function's argument? Source: Flink, LogicalTypeCasts. */
export function canCastImplicitly(from: SqlType, to: SqlType): boolean {
  if (from.kind === 'NULL') return true;
  if (isCharacter(from) && isCharacter(to)) return to.kind === 'VARCHAR' || from.kind === 'CHAR';
  if (isBinary(from) && isBinary(to)) return to.kind === 'VARBINARY' || from.kind === 'BINARY';
  if (isInteger(from) && isInteger(to)) return integerOrder.indexOf(from.kind as 'INT') <= integerOrder.indexOf(to.kind as 'INT');
  if (isNumeric(from) && isNumeric(to)) {
    if (to.kind === 'DECIMAL') return isExact(from) || isApproximate(from);
    return to.kind === 'DOUBLE' || (to.kind === 'FLOAT' && from.kind !== 'DOUBLE');
  }
  if (isTimestamp(from)) return isDatetime(to);
  if (from.kind === 'ARRAY' && to.kind === 'ARRAY') return canCastImplicitly(from.element, to.element);
  if (from.kind === 'MULTISET' && to.kind === 'MULTISET') return canCastImplicitly(from.element, to.element);
  if (from.kind === 'MAP' && to.kind === 'MAP')
    return canCastImplicitly(from.key, to.key) && canCastImplicitly(from.value, to.value);
  if (from.kind === 'ROW' && to.kind === 'ROW') {
    return (
      from.fields.length === to.fields.length &&
      from.fields.every((field, index) => canCastImplicitly(field.type, to.fields[index]!.type))
    );
  }
  return from.kind === to.kind;
}

/** Can a CAST that is allowed give NULL for a value? Decimals that do not fit do. */
export function castMayGiveNull(from: SqlType, to: SqlType): boolean {
  if (to.kind !== 'DECIMAL') return false;
  if (!isExact(from)) return true;
  const source = asDecimal(from);
  return (
    source.precision - source.scale > to.precision - to.scale ||
    (source.scale > to.scale && source.precision - source.scale >= to.precision - to.scale)
  );
}
