import { type SqlType, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { type AggregateCall, column, type Expression } from '../../core/plan/expressions.ts';

/** Plain aggregates over the rows of one group, as Flink has them. */
export function aggregateOracle(call: AggregateCall, rows: readonly (readonly Value[])[]): Value {
  const value = (expression: Expression, row: readonly Value[]): Value => {
    if (expression.kind !== 'column') throw new Error('columns only');
    return row[expression.index]!;
  };
  let kept = rows.filter(row => call.filter === undefined || value(call.filter, row) === true);
  kept = kept.filter(row => call.arguments.every(argument => value(argument, row) !== null));
  let values = kept.map(row => call.arguments.map(argument => value(argument, row)));
  if (call.distinct)
    values = [...new Map(values.map(entry => [entry.map(part => `${typeof part}:${part}`).join(), entry])).values()];
  if (call.name === 'count') return BigInt(values.length);
  const first = values.map(entry => entry[0]!);
  if (first.length === 0) return null;
  switch (call.name) {
    case 'sum':
    case 'avg': {
      if (typeof first[0] === 'number' && !isInteger(call.arguments[0]!.type)) {
        const sum = (first as number[]).reduce((a, b) => a + b, 0);
        return call.name === 'sum' ? sum : sum / first.length;
      }
      const sum = first.reduce<bigint>((a, b) => a + BigInt(b as number | bigint), 0n);
      if (call.type.kind === 'DECIMAL') {
        if (call.name === 'sum') return absolute(sum) >= 10n ** 38n ? null : sum;
        const argument = call.arguments[0]!.type;
        const scale = argument.kind === 'DECIMAL' ? call.type.scale - argument.scale : 0;
        const average = divideHalfUp(sum * 10n ** BigInt(scale), BigInt(first.length));
        return absolute(average) >= 10n ** 38n ? null : average;
      }
      const wrapped = BigInt.asIntN(64, sum);
      const result = call.name === 'sum' ? wrapped : wrapped / BigInt(first.length);
      return wrap(result, call.type);
    }
    case 'min':
    case 'max':
      return first.reduce((a, b) => (compare(a, b) <= 0 === (call.name === 'min') ? a : b));
    case 'first-value':
      return first[0]!;
    case 'last-value':
      return first.at(-1)!;
  }
  throw new Error(call.name);
}

const isInteger = (type: SqlType): boolean => ['TINYINT', 'SMALLINT', 'INT', 'BIGINT'].includes(type.kind);
const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

function divideHalfUp(value: bigint, by: bigint): bigint {
  const quotient = absolute(value) / by;
  const rounded = (absolute(value) % by) * 2n >= by ? quotient + 1n : quotient;
  return value < 0n ? -rounded : rounded;
}

function wrap(value: bigint, type: SqlType): Value {
  switch (type.kind) {
    case 'TINYINT':
      return Number(BigInt.asIntN(8, value));
    case 'SMALLINT':
      return Number(BigInt.asIntN(16, value));
    case 'INT':
      return Number(BigInt.asIntN(32, value));
    default:
      return BigInt.asIntN(64, value);
  }
}

export function compare(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a! < b! ? -1 : a! > b! ? 1 : 0;
}

/** Columns that aggregate tests use, with a key first. */
export const inputSchema = [
  { name: 'key', type: types.string() },
  { name: 'tiny', type: types.tinyint(false) },
  { name: 'int', type: types.int() },
  { name: 'big', type: types.bigint() },
  { name: 'double', type: types.double() },
  { name: 'cents', type: types.decimal(12, 2) },
  { name: 'wide', type: types.decimal(38, 3) },
  { name: 'text', type: types.string() },
  { name: 'flag', type: types.boolean() },
  { name: 'other', type: types.boolean(false) },
] as const;

const at = (index: number): Expression => column(index, inputSchema[index]!);
export const aggregateCall = (
  name: string,
  type: SqlType,
  args: readonly number[],
  extra: { distinct?: boolean; filter?: number } = {},
): AggregateCall => ({
  name,
  arguments: args.map(at),
  distinct: extra.distinct ?? false,
  filter: extra.filter === undefined ? undefined : at(extra.filter),
  type,
});

const count = types.bigint(false);
/** All kinds of calls that work over appended and over retracted rows. */
export const allCalls: readonly AggregateCall[] = [
  aggregateCall('count', count, []),
  aggregateCall('count', count, [2]),
  aggregateCall('count', count, [], { filter: 8 }),
  aggregateCall('count', count, [3], { distinct: true }),
  aggregateCall('count', count, [3], { distinct: true, filter: 8 }),
  aggregateCall('count', count, [3], { distinct: true, filter: 9 }),
  aggregateCall('count', count, [7], { distinct: true }),
  aggregateCall('count', count, [2, 7], { distinct: true }),
  aggregateCall('sum', types.tinyint(), [1]),
  aggregateCall('sum', types.int(), [2], { filter: 9 }),
  aggregateCall('sum', types.bigint(), [3]),
  aggregateCall('sum', types.bigint(), [3], { distinct: true }),
  aggregateCall('sum', types.double(), [4]),
  aggregateCall('sum', types.decimal(38, 2), [5]),
  aggregateCall('sum', types.decimal(38, 3), [6]),
  aggregateCall('avg', types.tinyint(), [1]),
  aggregateCall('avg', types.int(), [2]),
  aggregateCall('avg', types.double(), [4], { filter: 8 }),
  aggregateCall('avg', types.decimal(38, 6), [5]),
  aggregateCall('avg', types.decimal(38, 6), [6]),
  aggregateCall('min', types.tinyint(), [1]),
  aggregateCall('max', types.int(), [2]),
  aggregateCall('min', types.bigint(), [3], { filter: 8 }),
  aggregateCall('max', types.double(), [4]),
  aggregateCall('min', types.decimal(12, 2), [5]),
  aggregateCall('max', types.decimal(38, 3), [6]),
  aggregateCall('min', types.string(), [7]),
  aggregateCall('max', types.string(), [7], { filter: 9 }),
  aggregateCall('max', types.boolean(), [8]),
];
/** Those that depend on order. */
export const orderedCalls: readonly AggregateCall[] = [
  aggregateCall('first-value', types.string(), [7]),
  aggregateCall('last-value', types.bigint(), [3], { filter: 9 }),
  aggregateCall('first-value', types.decimal(38, 3), [6]),
];
