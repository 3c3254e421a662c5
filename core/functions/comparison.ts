import { childTypes, isBinary, isTimestamp, type SqlType, types, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { call, type Expression } from '../plan/expressions.ts';
import type { DuckdbVerdict, ScalarFunction } from './contract.ts';
import { anyNullable, define, shown } from './define.ts';
import { hasOrder, sameValue } from './nested-values.ts';
import { rescale } from './numbers.ts';
import { commonType, comparisonTypes } from './type-rules.ts';

/**
 * −1, 0 or 1, or undefined when one is NaN; strings and bytes by their bytes. Decimals may have different scales; ARRAY, ROW and MAP can only
 * be equal (0) or not (1).
 */
export function compareValues(left: Value, right: Value, leftType: SqlType, rightType: SqlType): number | undefined {
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    const [a, b] = alignedDecimals(left, right, leftType, rightType);
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if (typeof left === 'string' && typeof right === 'string')
    return Math.sign(Buffer.compare(Buffer.from(left), Buffer.from(right)));
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Math.sign(Buffer.compare(left, right));
  if (typeof left === 'object' || typeof right === 'object') return sameValue(left, right, leftType) ? 0 : 1;
  const [a, b] = [Number(left), Number(right)];
  if (Number.isNaN(a) || Number.isNaN(b)) return undefined;
  return a < b ? -1 : a > b ? 1 : 0;
}

function alignedDecimals(left: bigint, right: bigint, leftType: SqlType, rightType: SqlType): readonly [bigint, bigint] {
  if (leftType.kind !== 'DECIMAL' || rightType.kind !== 'DECIMAL' || leftType.scale === rightType.scale) return [left, right];
  const scale = Math.max(leftType.scale, rightType.scale);
  return [rescale(left, leftType.scale, scale), rescale(right, rightType.scale, scale)];
}

function resolveComparison(nullable: 'arguments' | 'never'): ScalarFunction['resolve'] {
  return given => {
    if (given.length !== 2) return `takes 2 operands, not ${given.length}`;
    const [left, right] = given as [SqlType, SqlType];
    const both =
      left.kind === 'NULL' && right.kind === 'NULL' ? ([types.int(), types.int()] as const) : comparisonTypes(left, right);
    if (both === undefined) {
      const isDate = left.kind === 'DATE' || right.kind === 'DATE';
      const cast = isDate && (isTimestamp(left) || isTimestamp(right)) ? ': cast the DATE to TIMESTAMP(3)' : '';
      return `cannot compare ${shown(left)} with ${shown(right)}${cast}`;
    }
    return { argumentTypes: both, resultType: types.boolean(nullable === 'arguments' && anyNullable(given)) };
  };
}

/** Flink and DuckDB agree on comparing everything but floating point (NaN) and what needs a time zone. */
function comparable(symbol: string): (argumentTypes: readonly SqlType[]) => DuckdbVerdict {
  return argumentTypes =>
    argumentTypes.every(type => sameOrder.has(type.kind)) ? { rewrite: args => `(${args.join(` ${symbol} `)})` } : 'never';
}
const sameOrder = new Set([
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'DECIMAL',
  'CHAR',
  'VARCHAR',
  'DATE',
  'TIME',
  'TIMESTAMP',
]);

function comparison(name: string, symbol: string, holds: (order: number | undefined) => boolean, text: string): ScalarFunction {
  return define({
    name,
    resolve: (given, args) => {
      const unordered = symbol === '=' || symbol === '<>' ? undefined : given.find(type => !hasOrder(type));
      if (unordered !== undefined) return `needs values with an order, and ${shown(unordered)} has none: compare by = or <>`;
      return resolveComparison('arguments')(given, args);
    },
    reference: ([left, right], { arguments: [leftType, rightType] }) =>
      holds(compareValues(left!, right!, leftType!, rightType!)),
    duckdb: comparable(symbol),
    flink: `($1 ${symbol} $2)`,
    usage: `a ${symbol} b`,
    text,
    example: `1 ${symbol} 2`,
  });
}

function distinct(name: string, negated: boolean): ScalarFunction {
  const words = negated ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM';
  return define({
    name,
    resolve: resolveComparison('never'),
    nulls: 'custom',
    reference: ([left, right], { arguments: [leftType, rightType] }) => {
      const same = left === null || right === null ? left === right : compareValues(left!, right!, leftType!, rightType!) === 0;
      return same === negated;
    },
    duckdb: comparable(words),
    flink: `($1 ${words} $2)`,
    usage: `a ${words} b`,
    text: `Whether the two are ${negated ? 'the same' : 'different'}, with NULL the same as NULL; never NULL.`,
    example: `CAST(NULL AS INT) ${words} 1`,
  });
}

/** All arguments as one type. */
export function resolveCommon(
  least: number,
  result: (common: SqlType, given: readonly SqlType[]) => SqlType,
  argumentType: (common: SqlType, given: SqlType) => SqlType = (common, given) => withNullable(common, given.nullable),
): ScalarFunction['resolve'] {
  return given => {
    if (given.length < least) return `takes ${least} arguments or more, not ${given.length}`;
    const common = given.every(type => type.kind === 'NULL') ? types.null : commonType(given);
    if (common === undefined) return `takes values of one type, got ${given.map(shown).join(', ')}`;
    return { argumentTypes: given.map(type => argumentType(common, type)), resultType: result(common, given) };
  };
}

function extreme(name: 'greatest' | 'least', wanted: 1 | -1): ScalarFunction {
  return define({
    name,
    spellings: [name.toUpperCase()],
    resolve: (given, args) => {
      const unordered = given.find(type => isBinary(type) || childTypes(type).length > 0);
      if (unordered !== undefined) return `takes values with an order, got ${shown(unordered)}`;
      return resolveCommon(1, (common, all) => withNullable(common, anyNullable(all)))(given, args);
    },
    reference: (args, { arguments: [type] }) =>
      args.reduce((best, next) => (compareValues(next, best, type!, type!) === wanted ? next : best)),
    usage: `${name.toUpperCase()}(a, b, …)`,
    text: `The ${name} of the arguments; NULL when one is NULL.`,
    example: `${name.toUpperCase()}(1, 3, 2)`,
  });
}

/** a AND b over the same first operand, as BETWEEN stands for. */
function betweenOf(negated: boolean): (args: readonly Expression[]) => Expression {
  return ([value, low, high]) => {
    const type = types.boolean([value, low, high].some(operand => operand!.type.nullable));
    const [lower, upper] = negated ? ['less-than', 'greater-than'] : ['greater-or-equal', 'less-or-equal'];
    return call(negated ? 'or' : 'and', [call(lower!, [value!, low!], type), call(upper!, [value!, high!], type)], type);
  };
}

function between(negated: boolean): ScalarFunction {
  const words = negated ? 'NOT BETWEEN' : 'BETWEEN';
  return define({
    name: negated ? 'not-between' : 'between',
    resolve: given => {
      if (given.length !== 3) return 'takes 3 operands';
      const common = commonType(given);
      if (common === undefined) return `cannot compare ${given.map(shown).join(', ')}`;
      return {
        argumentTypes: given.map(type => withNullable(common, type.nullable)),
        resultType: types.boolean(anyNullable(given)),
      };
    },
    nulls: 'custom',
    reference: ([value, low, high], { arguments: [type] }) => {
      const above = value === null || low === null ? null : (compareValues(value!, low!, type!, type!) ?? -1) >= 0;
      const below = value === null || high === null ? null : (compareValues(value!, high!, type!, type!) ?? 1) <= 0;
      const inside = above === false || below === false ? false : above === null || below === null ? null : true;
      return inside === null ? null : inside !== negated;
    },
    implementation: { kind: 'rewrite', expand: betweenOf(negated) },
    flink: `($1 ${words} $2 AND $3)`,
    usage: `x ${words} a AND b`,
    text: `Whether x lies ${negated ? 'outside' : 'in'} a … b, both included.`,
    example: `2 ${words} 1 AND 3`,
  });
}

export const comparisonFunctions: readonly ScalarFunction[] = [
  comparison('equals', '=', order => order === 0, 'Whether the two are equal; strings by their bytes.'),
  comparison('not-equals', '<>', order => order !== 0, 'Whether the two differ.'),
  comparison('less-than', '<', order => order === -1, 'Whether a comes before b.'),
  comparison('less-or-equal', '<=', order => order === -1 || order === 0, 'Whether a is not after b.'),
  comparison('greater-than', '>', order => order === 1, 'Whether a comes after b.'),
  comparison('greater-or-equal', '>=', order => order === 1 || order === 0, 'Whether a is not before b.'),
  distinct('is-distinct-from', false),
  distinct('is-not-distinct-from', true),
  between(false),
  between(true),
  extreme('greatest', 1),
  extreme('least', -1),
  define({
    name: 'in',
    resolve: resolveCommon(2, (_, given) => types.boolean(anyNullable(given))),
    nulls: 'custom',
    reference: ([value, ...list], { arguments: [type] }) => {
      if (value === null) return null;
      if (list.some(candidate => candidate !== null && compareValues(value!, candidate, type!, type!) === 0)) return true;
      return list.includes(null) ? null : false;
    },
    duckdb: argumentTypes =>
      argumentTypes.every(type => sameOrder.has(type.kind))
        ? { rewrite: ([value, ...list]) => `(${value} IN (${list.join(', ')}))` }
        : 'never',
    usage: 'x IN (a, b, …)',
    text: 'Whether x equals one of the values; NULL when none does and one, or x, is NULL.',
    example: '2 IN (1, 2)',
  }),
];
