import { isTimestamp, typeToString } from '../../columnar/types.ts';
import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import { type LogicalNode, type WindowKind, windowTable } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import type * as ast from '../ast/query.ts';
import type { QueryContext } from './context.ts';
import { bindExpression } from './expressions.ts';
import { emptyScope, scopeOf } from './scope.ts';
import { bindName } from './table-scan.ts';

/** Parameters by position. Source: Flink docs, "Windowing table-valued functions". */
const parameters: Readonly<Record<string, readonly string[]>> = {
  TUMBLE: ['DATA', 'TIMECOL', 'SIZE', 'OFFSET'],
  HOP: ['DATA', 'TIMECOL', 'SLIDE', 'SIZE', 'OFFSET'],
  CUMULATE: ['DATA', 'TIMECOL', 'STEP', 'SIZE', 'OFFSET'],
  SESSION: ['DATA', 'TIMECOL', 'GAP'],
};

export const isWindowFunction = (name: string): boolean => parameters[name.toUpperCase()] !== undefined;

/** TUMBLE, HOP, CUMULATE and SESSION, with arguments by position or by name, with or without TABLE( … ) around. */
export function bindWindowTable(node: ast.TableFunction, name: string, context: QueryContext): LogicalNode {
  const args = placeArguments(node, name);
  const data = required(args, 'DATA', name, node.span);
  if (name !== 'SESSION' && data.kind === 'table-argument' && data.partitionBy.length > 0)
    throw new TidemillError('wrong-argument', `${name} takes no PARTITION BY`, {
      span: data.span,
      hint: 'group by the column; only SESSION windows are told apart by it',
    });
  const input = bindData(data, context);
  const timeColumn = bindTimeColumn(required(args, 'TIMECOL', name, node.span), input);
  const duration = (parameter: string): number =>
    durationOf(required(args, parameter, name, node.span), parameter, name, context);
  const offset = args.get('OFFSET');
  const offsetMs = offset === undefined ? 0 : durationOf(offset, 'OFFSET', name, context);
  const window = windowOf(name, duration, offsetMs, node.span);
  return windowTable(
    input,
    timeColumn,
    window,
    node.span,
    window.kind === 'session' ? partitionOf(data, input, context) : undefined,
  );
}

/** The window that a function's durations make; TUMBLE, HOP, CUMULATE or SESSION. */
export function windowOf(name: string, duration: (parameter: string) => number, offsetMs: number, span: Span): WindowKind {
  if (name === 'SESSION') return { kind: 'session', gapMs: positive(duration('GAP'), 'GAP', span) };
  const sizeMs = positive(duration('SIZE'), 'SIZE', span);
  if (name === 'TUMBLE') return { kind: 'tumble', sizeMs, offsetMs: offsetWithin(offsetMs, sizeMs, span) };
  if (name === 'HOP') {
    const slideMs = positive(duration('SLIDE'), 'SLIDE', span);
    if (sizeMs % slideMs !== 0)
      throw new TidemillError('wrong-argument', `HOP: the size (${sizeMs} ms) must be a multiple of the slide (${slideMs} ms)`, {
        span,
        hint: 'slide comes first: HOP(TABLE t, DESCRIPTOR(ts), slide, size)',
      });
    return { kind: 'hop', sizeMs, slideMs, offsetMs: offsetWithin(offsetMs, slideMs, span) };
  }
  const stepMs = positive(duration('STEP'), 'STEP', span);
  if (sizeMs % stepMs !== 0)
    throw new TidemillError('wrong-argument', `CUMULATE: the size (${sizeMs} ms) must be a multiple of the step (${stepMs} ms)`, {
      span,
      hint: 'the step comes first: CUMULATE(TABLE t, DESCRIPTOR(ts), step, size)',
    });
  return { kind: 'cumulate', sizeMs, stepMs, offsetMs: offsetWithin(offsetMs, sizeMs, span) };
}

function positive(value: number, parameter: string, span: Span): number {
  if (value <= 0) throw new TidemillError('wrong-argument', `${parameter} must be longer than nothing`, { span });
  return value;
}

function offsetWithin(offsetMs: number, sizeMs: number, span: Span): number {
  if (Math.abs(offsetMs) < sizeMs) return offsetMs;
  throw new TidemillError('wrong-argument', `OFFSET (${offsetMs} ms) must be shorter than ${sizeMs} ms`, { span });
}

function placeArguments(node: ast.TableFunction, name: string): Map<string, ast.TableFunctionArgument> {
  const names = parameters[name]!;
  const placed = new Map<string, ast.TableFunctionArgument>();
  for (const [index, argument] of node.arguments.entries()) {
    if (argument.kind === 'named-argument') {
      const written = argument.name.name.toUpperCase();
      if (!names.includes(written))
        throw new TidemillError('wrong-argument', `${name} has no argument '${argument.name.name}'`, {
          span: argument.name.span,
          hint: didYouMean(written, names) ?? `it has ${names.join(', ')}`,
        });
      placed.set(written, argument.value);
    } else if (index < names.length) placed.set(names[index]!, argument);
    else throw new TidemillError('wrong-argument', `${name} takes ${names.join(', ')}`, { span: argument.span });
  }
  return placed;
}

function required(
  args: ReadonlyMap<string, ast.TableFunctionArgument>,
  parameter: string,
  name: string,
  span: Span,
): ast.TableFunctionArgument {
  const argument = args.get(parameter);
  if (argument !== undefined) return argument;
  throw new TidemillError('wrong-argument', `${name} needs ${parameter}`, {
    span,
    hint: `write ${name}(${parameters[name]!.filter(known => known !== 'OFFSET')
      .map(known => examples[known])
      .join(', ')})`,
  });
}
const examples: Readonly<Record<string, string>> = {
  DATA: 'TABLE t',
  TIMECOL: 'DESCRIPTOR(ts)',
  SIZE: "INTERVAL '10' MINUTE",
  SLIDE: "INTERVAL '5' MINUTE",
  STEP: "INTERVAL '1' MINUTE",
  GAP: "INTERVAL '5' MINUTE",
  OFFSET: "INTERVAL '0' MINUTE",
};

/** The table of a table function's argument. */
export function bindData(argument: ast.TableFunctionArgument, context: QueryContext): LogicalNode {
  if (argument.kind === 'subquery') return context.bindQuery(argument.query, context);
  if (argument.kind !== 'table-argument')
    throw new TidemillError('wrong-argument', 'the first argument is a table', {
      span: argument.span,
      hint:
        argument.kind === 'column'
          ? `write TABLE ${argument.parts.map(part => part.name).join('.')}`
          : 'write TABLE t, or (SELECT …)',
    });
  if (argument.orderBy.length > 0) throw notSupported('ORDER BY in a window function', argument.span);
  if ('kind' in argument.table) return context.bindQuery(argument.table, context);
  return bindName(argument.table, [], context, argument.span);
}

/** Columns of PARTITION BY behind the table. */
function partitionOf(argument: ast.TableFunctionArgument, input: LogicalNode, context: QueryContext): number[] {
  if (argument.kind !== 'table-argument') return [];
  const scope = scopeOf(schemaOf(input));
  return argument.partitionBy.map(key => {
    const bound = bindExpression(key, { bind: context.bind, scope, clause: 'PARTITION BY' });
    if (bound.kind === 'column') return bound.index;
    throw new TidemillError('wrong-argument', 'PARTITION BY of a window function takes columns', { span: key.span });
  });
}

function bindTimeColumn(argument: ast.TableFunctionArgument, input: LogicalNode): number {
  if (argument.kind !== 'descriptor' || argument.columns.length !== 1)
    throw new TidemillError('wrong-argument', 'the time column is given as DESCRIPTOR(column)', { span: argument.span });
  const schema = schemaOf(input);
  const written = argument.columns[0]!;
  const index = schema.findIndex(field => field.name === written.name);
  const times = schema.filter(field => isTimestamp(field.type)).map(field => field.name);
  if (index < 0)
    throw new TidemillError('unknown-column', `there is no column '${written.name}'`, {
      span: written.span,
      hint: didYouMean(
        written.name,
        schema.map(field => field.name),
      ),
    });
  const type = schema[index]!.type;
  if (!isTimestamp(type))
    throw new TidemillError(
      'type-mismatch',
      `a window needs a time column, and '${written.name}' is ${typeToString(type, false)}`,
      {
        span: written.span,
        hint:
          times.length > 0 ? `time columns are ${times.join(', ')}` : 'declare a column of type TIMESTAMP(3) with a WATERMARK',
      },
    );
  return index;
}

function durationOf(argument: ast.TableFunctionArgument, parameter: string, name: string, context: QueryContext): number {
  if (
    argument.kind === 'descriptor' ||
    argument.kind === 'table-argument' ||
    argument.kind === 'named-argument' ||
    argument.kind === 'default'
  )
    throw new TidemillError('wrong-argument', `${parameter} of ${name} is an interval`, { span: argument.span });
  const bound = bindExpression(argument, { bind: context.bind, scope: emptyScope, clause: `${parameter} of ${name}` });
  if (bound.kind === 'literal' && bound.type.kind === 'INTERVAL_DAY_TIME') return Number(bound.value);
  throw new TidemillError('wrong-argument', `${parameter} of ${name} is an interval of days, hours, minutes or seconds`, {
    span: argument.span,
    hint: `write ${examples[parameter] ?? "INTERVAL '10' MINUTE"}`,
  });
}
