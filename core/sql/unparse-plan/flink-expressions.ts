import { type SqlType, typeToString, withoutTimeAttribute } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { internalError } from '../../common/errors.ts';
import { aggregateFunctions, scalarFunctions } from '../../functions/index.ts';
import type { AggregateCall, Expression } from '../../plan/expressions.ts';
import { literalToString } from '../../plan/print-expression.ts';

export const flinkName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
export const flinkType = (type: SqlType): string => typeToString(withoutTimeAttribute(type), false);

/** Flink SQL of an expression; columns are named by `columnText`. */
export function flinkExpression(expression: Expression, columnText: (index: number) => string): string {
  const show = (inner: Expression): string => flinkExpression(inner, columnText);
  switch (expression.kind) {
    case 'column':
      return columnText(expression.index);
    case 'literal':
      return flinkLiteral(expression.value, expression.type);
    case 'call':
      return flinkCall(expression.name, expression.arguments.map(show));
    case 'user-call':
      return `${expression.name.split('.').map(flinkName).join('.')}(${expression.arguments.map(show).join(', ')})`;
    case 'case':
      return `CASE ${expression.branches.map(branch => `WHEN ${show(branch.when)} THEN ${show(branch.result)}`).join(' ')} ELSE ${show(expression.otherwise)} END`;
    case 'cast':
      return `${expression.safe ? 'TRY_CAST' : 'CAST'}(${show(expression.input)} AS ${flinkType(expression.type)})`;
    case 'field':
      return `(${show(expression.input)}).${flinkName(expression.name)}`;
  }
}

function flinkCall(name: string, args: readonly string[]): string {
  const entry = scalarFunctions.get(name);
  if (entry === undefined) throw internalError(`no function ${name}`);
  if ((name === 'and' || name === 'or') && args.length !== 2) return `(${args.join(` ${name.toUpperCase()} `)})`;
  if (name === 'in') return `(${args[0]} IN (${args.slice(1).join(', ')}))`;
  if (entry.flink !== undefined) return entry.flink(args);
  const spelling = entry.spellings[0];
  if (spelling === undefined) throw internalError(`no Flink spelling of ${name}`);
  return `${spelling}(${args.join(', ')})`;
}

export function flinkAggregate(call: AggregateCall, columnText: (index: number) => string): string {
  const spelling = call.user?.key.split('.').map(flinkName).join('.') ?? aggregateFunctions.get(call.name)?.spellings[0];
  if (spelling === undefined) throw internalError(`no aggregate ${call.name}`);
  const args =
    call.arguments.length === 0 && call.user === undefined
      ? '*'
      : call.arguments.map(argument => flinkExpression(argument, columnText)).join(', ');
  const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${flinkExpression(call.filter, columnText)})`;
  return `${spelling}(${call.distinct ? 'DISTINCT ' : ''}${args})${filter}`;
}

/** A literal of exactly this type: Flink gives bare literals the narrowest type that holds them. */
export function flinkLiteral(value: Value, type: SqlType): string {
  if (type.kind === 'NULL') return 'NULL';
  if (value === null) return `CAST(NULL AS ${flinkType(type)})`;
  switch (type.kind) {
    case 'BOOLEAN':
    case 'DATE':
    case 'BINARY':
    case 'INTERVAL_DAY_TIME':
    case 'INTERVAL_YEAR_MONTH':
    case 'CHAR':
      return literalToString(value, type);
    case 'INT':
      return (value as number) < 0 ? `CAST(${value} AS INT)` : String(value);
    case 'DOUBLE':
      return Number.isFinite(value as number) && (value as number) >= 0
        ? literalToString(value, type)
        : `CAST('${value}' AS DOUBLE)`;
    case 'FLOAT':
      return `CAST('${value}' AS FLOAT)`;
    case 'TIMESTAMP_LTZ':
      throw internalError('TIMESTAMP_LTZ has no literal');
    default:
      return `CAST(${literalToString(value, type)} AS ${flinkType(type)})`;
  }
}
