import { type SqlType, timestampUnitsPerSecond, typeToString } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { internalError } from '../common/errors.ts';
import type { AggregateCall, Expression, SortKey } from './expressions.ts';

/** Catalogue names that people write as operators. */
const infix: Readonly<Record<string, string>> = {
  plus: '+',
  minus: '-',
  times: '*',
  divide: '/',
  mod: '%',
  equals: '=',
  'not-equals': '<>',
  'less-than': '<',
  'less-or-equal': '<=',
  'greater-than': '>',
  'greater-or-equal': '>=',
  and: 'AND',
  or: 'OR',
  concat: '||',
  like: 'LIKE',
};
const postfix: Readonly<Record<string, string>> = {
  'is-null': 'IS NULL',
  'is-not-null': 'IS NOT NULL',
  'is-true': 'IS TRUE',
  'is-not-true': 'IS NOT TRUE',
  'is-false': 'IS FALSE',
  'is-not-false': 'IS NOT FALSE',
  'is-unknown': 'IS UNKNOWN',
  'is-not-unknown': 'IS NOT UNKNOWN',
};

/**
 * Canonical text of an expression for EXPLAIN, snapshots and operator ids: equal text means equal meaning over equal inputs. Column positions
 * show as `$0` when `positions` is asked for, else as names.
 */
export function expressionToString(expression: Expression, options: { readonly positions?: boolean } = {}): string {
  const show = (inner: Expression): string => expressionToString(inner, options);
  switch (expression.kind) {
    case 'column':
      return options.positions ? `$${expression.index}` : expression.name;
    case 'literal':
      return literalToString(expression.value, expression.type);
    case 'call': {
      const args = expression.arguments;
      const operator = infix[expression.name];
      if (operator !== undefined && args.length >= 2) return `(${args.map(show).join(` ${operator} `)})`;
      const test = postfix[expression.name];
      if (test !== undefined && args.length === 1) return `(${show(args[0]!)} ${test})`;
      if (expression.name === 'not' && args.length === 1) return `NOT ${show(args[0]!)}`;
      return `${expression.name.toUpperCase().replaceAll('-', '_')}(${args.map(show).join(', ')})`;
    }
    case 'user-call':
      return `${expression.name}(${expression.arguments.map(show).join(', ')})`;
    case 'case':
      return `CASE ${expression.branches.map(branch => `WHEN ${show(branch.when)} THEN ${show(branch.result)}`).join(' ')} ELSE ${show(expression.otherwise)} END`;
    case 'cast':
      return `${expression.safe ? 'TRY_CAST' : 'CAST'}(${show(expression.input)} AS ${typeToString(expression.type, false)})`;
    case 'field':
      return `${show(expression.input)}.${expression.name}`;
  }
}

const aggregateName = ({ name, user }: AggregateCall): string =>
  user?.phase === undefined ? name : `${name}_${user.phase === 'merge' ? 'merge' : 'part'}`;

export function aggregateToString(call: AggregateCall, options: { readonly positions?: boolean } = {}): string {
  const none = call.user === undefined ? '*' : '';
  const name = call.user === undefined ? call.name.toUpperCase().replaceAll('-', '_') : aggregateName(call);
  const args =
    call.arguments.length === 0 ? none : call.arguments.map(argument => expressionToString(argument, options)).join(', ');
  const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${expressionToString(call.filter, options)})`;
  return `${name}(${call.distinct ? 'DISTINCT ' : ''}${args})${filter}`;
}

export function sortKeyToString(key: SortKey, options: { readonly positions?: boolean } = {}): string {
  const nullsDefault = key.nullsFirst === !key.descending ? '' : key.nullsFirst ? ' NULLS FIRST' : ' NULLS LAST';
  return `${expressionToString(key.expression, options)}${key.descending ? ' DESC' : ''}${nullsDefault}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A value as a Flink SQL literal (without the cast its exact type may need). */
export function literalToString(value: Value, type: SqlType): string {
  if (value === null) return 'NULL';
  switch (type.kind) {
    case 'NULL':
      return 'NULL';
    case 'BOOLEAN':
      return value === true ? 'TRUE' : 'FALSE';
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return String(value);
    case 'FLOAT':
    case 'DOUBLE':
      return doubleToString(value as number);
    case 'DECIMAL':
      return decimalToString(value as bigint, type.scale);
    case 'CHAR':
    case 'VARCHAR':
      return quoted(value as string);
    case 'BINARY':
    case 'VARBINARY':
      return `X'${Buffer.from(value as Uint8Array)
        .toString('hex')
        .toUpperCase()}'`;
    case 'BITMAP':
      return `BITMAP_FROM_BYTES(X'${Buffer.from(value as Uint8Array)
        .toString('hex')
        .toUpperCase()}')`;
    case 'DATE':
      return `DATE ${quoted(dateToString(value as number))}`;
    case 'TIME':
      return `TIME ${quoted(timeToString(value as number))}`;
    case 'TIMESTAMP':
      return `TIMESTAMP ${quoted(timestampToString(value as bigint, type.precision))}`;
    case 'TIMESTAMP_LTZ':
      return `TIMESTAMP_LTZ ${quoted(`${timestampToString(value as bigint, type.precision)}Z`)}`;
    case 'INTERVAL_YEAR_MONTH':
      return `INTERVAL ${quoted(String(value))} MONTH`;
    case 'INTERVAL_DAY_TIME':
      return intervalToString(value as bigint);
    case 'ARRAY':
      return `ARRAY[${(value as readonly Value[]).map(item => literalToString(item, type.element)).join(', ')}]`;
    case 'MAP':
      return `MAP[${(value as readonly (readonly Value[])[]).map(([key, item]) => `${literalToString(key!, type.key)}, ${literalToString(item!, type.value)}`).join(', ')}]`;
    case 'ROW':
      return `ROW(${(value as readonly Value[]).map((item, index) => literalToString(item, type.fields[index]!.type)).join(', ')})`;
    case 'MULTISET':
      throw internalError('a MULTISET has no literal');
  }
}

function doubleToString(value: number): string {
  if (!Number.isFinite(value)) return `CAST(${quoted(String(value))} AS DOUBLE)`;
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('e') ? text.replace('e+', 'E').replace('e', 'E') : `${text}E0`;
}

/** Unscaled digits to text, e.g. (12345n, 2) → `123.45`. */
export function decimalToString(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

export const dateToString = (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10);

export function timeToString(milliseconds: number): string {
  const text = new Date(milliseconds).toISOString().slice(11, 23);
  return text.endsWith('.000') ? text.slice(0, 8) : text;
}

/** `2026-01-31 23:59:59.123`, with as many digits of the fraction as are not zero. */
export function timestampToString(value: bigint, precision: number): string {
  const units = BigInt(timestampUnitsPerSecond(precision));
  const fraction = ((value % units) + units) % units;
  const seconds = (value - fraction) / units;
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const digits = fraction
    .toString()
    .padStart(units === 1_000_000n ? 6 : 9, '0')
    .replace(/0+$/, '');
  return digits === '' ? text : `${text}.${digits}`;
}

function intervalToString(milliseconds: bigint): string {
  const sign = milliseconds < 0n ? '-' : '';
  let rest = milliseconds < 0n ? -milliseconds : milliseconds;
  const units: [bigint, string][] = [
    [86_400_000n, 'DAY'],
    [3_600_000n, 'HOUR'],
    [60_000n, 'MINUTE'],
    [1000n, 'SECOND'],
  ];
  for (const [size, unit] of units) if (rest >= size && rest % size === 0n) return `INTERVAL '${sign}${rest / size}' ${unit}`;
  const days = rest / 86_400_000n;
  rest %= 86_400_000n;
  const clock = new Date(Number(rest)).toISOString().slice(11, 23);
  return `INTERVAL '${sign}${days} ${clock}' DAY TO SECOND(3)`;
}
