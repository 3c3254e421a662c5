import { isInteger, isNumeric, type SqlType, types, withNullable, withoutTimeAttribute } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { compareValues } from './comparison.ts';
import type { AggregateFunction, DuckdbVerdict } from './contract.ts';
import { type ArgumentKind, accepts, shown } from './define.ts';
import { hasOrder } from './nested-values.ts';
import { divideDecimals, powerOfTen, toDecimal, wrapInteger } from './numbers.ts';
import { decimalResults, isApproximate } from './type-rules.ts';

interface AggregateDefinition {
  readonly name: string;
  readonly spellings: readonly string[];
  readonly argument: ArgumentKind | undefined;
  readonly result: (argument: SqlType) => SqlType;
  /** Over the values that are not NULL, in order of rows. */
  readonly reduce: (values: readonly Value[], argument: SqlType, result: SqlType) => Value;
  readonly duckdb?: ((argument: SqlType) => DuckdbVerdict) | undefined;
  readonly text: string;
}

function aggregate(definition: AggregateDefinition): AggregateFunction {
  const spelling = definition.spellings[0] ?? definition.name.toUpperCase();
  const entry: AggregateFunction = {
    name: definition.name,
    spellings: definition.spellings,
    resolve: (given, { grouped }) => {
      if (given.length !== 1) return `takes 1 argument, not ${given.length}`;
      const accepted =
        definition.argument === undefined ? given[0]! : definition.argument.accept(withoutTimeAttribute(given[0]!));
      if (accepted === undefined) return `takes ${definition.argument?.words}, got ${shown(given[0]!)}`;
      // a group has a row, the whole of an empty input has none
      const type = withNullable(definition.result(accepted), accepted.nullable || !grouped);
      return { argumentTypes: [accepted], resultType: type };
    },
    reference: (rows, { arguments: [argument], result }) => {
      const values = rows.map(row => row[0]!).filter(value => value !== null);
      return values.length === 0 ? null : definition.reduce(values, argument!, result);
    },
    duckdb: ([argument]) => (argument === undefined ? 'never' : (definition.duckdb?.(argument) ?? 'never')),
    doc: { usage: `${spelling}([DISTINCT] x)`, text: definition.text, example: `${spelling}(x)` },
  };
  return Object.freeze(entry);
}

/** The exact sum as a bigint, or the sum of doubles in order. */
function sumOf(values: readonly Value[], result: SqlType): Value {
  if (isApproximate(result)) {
    const total = values.reduce<number>((sum, value) => sum + (value as number), 0);
    return result.kind === 'FLOAT' ? Math.fround(total) : total;
  }
  const total = values.reduce<bigint>((sum, value) => sum + BigInt(value as bigint), 0n);
  if (result.kind === 'DECIMAL') return toDecimal(total, result.scale, result);
  return wrapInteger(total, result);
}

/** SUM of DECIMAL(p, s) is DECIMAL(38, s); of other numbers, their own type. Source: Flink, LogicalTypeMerging.findSumAggType. */
export function sumType(argument: SqlType): SqlType {
  return argument.kind === 'DECIMAL' ? types.decimal(38, argument.scale) : argument;
}

/** AVG of DECIMAL(p, s) is DECIMAL(38, max(6, s)); of other numbers, their own type. Source: Flink, LogicalTypeMerging.findAvgAggType. */
export function averageType(argument: SqlType): SqlType {
  return argument.kind === 'DECIMAL' ? decimalResults.divide(types.decimal(38, argument.scale), types.decimal(20, 0)) : argument;
}

function average(values: readonly Value[], argument: SqlType, result: SqlType): Value {
  if (argument.kind === 'DECIMAL' && result.kind === 'DECIMAL') {
    const total = values.reduce<bigint>((sum, value) => sum + (value as bigint), 0n);
    const [quotient, scale] = divideDecimals(total, argument.scale, BigInt(values.length), 0);
    return scale >= 0 ? toDecimal(quotient, scale, result) : toDecimal(quotient * powerOfTen(-scale), 0, result);
  }
  if (isApproximate(argument)) {
    const mean = values.reduce<number>((sum, value) => sum + (value as number), 0) / values.length;
    return result.kind === 'FLOAT' ? Math.fround(mean) : mean;
  }
  const total = BigInt.asIntN(
    64,
    values.reduce<bigint>((sum, value) => sum + BigInt(value as bigint), 0n),
  );
  return wrapInteger(total / BigInt(values.length), result);
}

function extreme(name: 'min' | 'max', wanted: 1 | -1): AggregateFunction {
  return aggregate({
    name,
    spellings: [name.toUpperCase()],
    argument: { words: 'a value that can be put in order', accept: type => (hasOrder(type) ? type : undefined) },
    result: argument => withoutTimeAttribute(argument),
    reduce: (values, argument) =>
      values.reduce((best, value) => (compareValues(value, best, argument, argument) === wanted ? value : best)),
    duckdb: argument => (sameExtremes.has(argument.kind) ? { same: name } : 'never'),
    text: `The ${name === 'min' ? 'smallest' : 'largest'} value that is not NULL.`,
  });
}
const sameExtremes = new Set([
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'DECIMAL',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'VARCHAR',
  'CHAR',
]);

/**
 * A sum that wraps in Flink is out of range for the cast in DuckDB, and the stage is run again on operators; without greatest() a comparison of
 * the sum would do without the cast.
 */
const duckdbNames: Readonly<Record<string, string>> = {
  TINYINT: 'TINYINT',
  SMALLINT: 'SMALLINT',
  INT: 'INTEGER',
  BIGINT: 'BIGINT',
};
function sumInDuckdb(argument: SqlType): DuckdbVerdict {
  if (argument.kind === 'DOUBLE') return { same: 'sum' };
  if (isInteger(argument)) return { rewrite: ([x]) => `greatest(CAST(sum(${x}) AS ${duckdbNames[argument.kind]}))` };
  // both are DECIMAL(38, s); what has more digits than that is NULL in Flink, and takes more than 2^63 rows of few digits
  if (argument.kind === 'DECIMAL' && argument.precision <= 19) return { same: 'sum' };
  if (argument.kind === 'DECIMAL')
    return {
      rewrite: ([x]) => `CASE WHEN abs(CAST(sum(${x}) AS DOUBLE)) < 1e${38 - argument.scale} THEN sum(${x}) END`,
    };
  return 'never';
}
/** Of at most 18 digits: whole numbers of 128 bits, rounded half away from zero at the digits of the result. */
function decimalAverage(x: string, scale: number): string | undefined {
  if (x.startsWith('DISTINCT')) return undefined;
  const digits = Math.max(scale, 6);
  const total = `(CAST(sum(${x}) * 1${'0'.repeat(scale)}::HUGEINT AS HUGEINT) * 1${'0'.repeat(digits - scale)}::HUGEINT)`;
  const count = `nullif(count(${x}), 0)`;
  const rounded = `((2 * abs(${total}) + ${count}) // (2 * ${count}) * sign(${total}))`;
  return `(CAST(${rounded} AS DECIMAL(30, 0)) * CAST('1e-${digits}' AS DECIMAL(${digits + 1}, ${digits})))`;
}

/** The quotient is cut, as Flink cuts it: the sum fits 64 bits or DuckDB refuses. */
function averageInDuckdb(argument: SqlType): DuckdbVerdict {
  if (argument.kind === 'DOUBLE') return { same: 'avg' };
  if (argument.kind === 'DECIMAL' && argument.precision <= 18) return { rewrite: ([x]) => decimalAverage(x!, argument.scale) };
  if (!isInteger(argument)) return 'never';
  return { rewrite: ([x]) => `CAST(CAST(sum(${x}) AS BIGINT) // nullif(count(${x}), 0) AS ${duckdbNames[argument.kind]})` };
}

const sum = (name: string, spellings: readonly string[]): AggregateFunction =>
  aggregate({
    name,
    spellings,
    argument: { words: 'a number', accept: type => (isNumeric(type) ? type : type.kind === 'NULL' ? types.int() : undefined) },
    result: sumType,
    reduce: (values, _, result) => sumOf(values, result),
    duckdb: sumInDuckdb,
    text: 'The sum of the values that are not NULL; integers wrap, a decimal that does not fit is NULL.',
  });

export const aggregateList: readonly AggregateFunction[] = [
  Object.freeze({
    name: 'count',
    spellings: ['COUNT'],
    resolve: given =>
      given.length > 1
        ? 'of several columns is not supported: count one, or *'
        : { argumentTypes: given, resultType: types.bigint(false) },
    reference: rows => BigInt(rows.filter(row => row.every(value => value !== null)).length),
    duckdb: () => ({ same: 'count' }),
    doc: {
      usage: 'COUNT(*) | COUNT([DISTINCT] x)',
      text: 'The number of rows, or of those where x is not NULL.',
      example: 'COUNT(*)',
    },
  } satisfies AggregateFunction),
  sum('sum', ['SUM']),
  Object.freeze({
    ...sum('sum0', ['$SUM0']),
    resolve: (given, options) => {
      const resolved = sum('sum0', []).resolve(given, options);
      return typeof resolved === 'string' ? resolved : { ...resolved, resultType: withNullable(resolved.resultType, false) };
    },
    reference: (rows, { result }) =>
      sumOf(
        rows.map(row => row[0]!).filter(value => value !== null),
        result,
      ),
    duckdb: () => 'never',
    doc: { usage: '$SUM0(x)', text: 'As SUM, but 0 when there is nothing to add.', example: '$SUM0(x)' },
  } satisfies AggregateFunction),
  aggregate({
    name: 'avg',
    spellings: ['AVG'],
    argument: accepts.number,
    result: averageType,
    reduce: average,
    duckdb: averageInDuckdb,
    text: 'The average of the values that are not NULL, in their type: of integers it is cut.',
  }),
  extreme('min', -1),
  extreme('max', 1),
  aggregate({
    name: 'first-value',
    spellings: ['FIRST_VALUE'],
    argument: undefined,
    result: argument => withoutTimeAttribute(argument),
    reduce: values => values[0]!,
    text: 'The first value that is not NULL.',
  }),
  aggregate({
    name: 'last-value',
    spellings: ['LAST_VALUE'],
    argument: undefined,
    result: argument => withoutTimeAttribute(argument),
    reduce: values => values.at(-1)!,
    text: 'The last value that is not NULL.',
  }),
];
