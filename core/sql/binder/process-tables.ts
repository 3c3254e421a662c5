import type { FunctionDescriptor } from '../../catalog/descriptors.ts';
import { isRowtime, type Schema, type SqlType, typeToString, withNullable } from '../../columnar/types.ts';
import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import { column, type Expression } from '../../plan/expressions.ts';
import { type LogicalNode, processTable, project } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import { carriedColumns } from '../../plan/tabular.ts';
import type { ProcessShape } from '../../plan/tabular-shapes.ts';
import type * as ast from '../ast/query.ts';
import { implicitCast } from './coercion.ts';
import type { QueryContext } from './context.ts';
import { bindExpression } from './expressions.ts';
import { emptyScope, scopeOf } from './scope.ts';
import { scalarArgument } from './table-functions.ts';
import { bindData } from './window-functions.ts';

export type ProcessDescriptor = FunctionDescriptor & { readonly tabular: ProcessShape };

/**
 * f(input => TABLE t PARTITION BY k, …, on_time => DESCRIPTOR(ts), uid => 'x'): arguments by position or by name, in this order.
 * Source: Flink docs, "Process Table Functions / Call Syntax".
 *
 * @throws TidemillError `wrong-argument`, `unknown-column`, `type-mismatch`, at the argument that is wrong.
 */
export function bindProcessTable(
  reference: ast.TableFunction,
  descriptor: ProcessDescriptor,
  context: QueryContext,
): LogicalNode {
  const { tabular: shape, name } = descriptor;
  const { span } = reference;
  const args = placed(reference, descriptor);
  const table = args.get(shape.table.name);
  if (table === undefined)
    throw new TidemillError('wrong-argument', `${name} needs the table '${shape.table.name}'`, {
      span,
      hint: `write ${name}(${shape.table.name} => TABLE t${shape.table.semantics === 'set' ? ' PARTITION BY k' : ''}, …)`,
    });
  const input = bindData(table, context);
  const schema = schemaOf(input);
  const partitionBy = partitionOf(table, shape, name, schema, context);
  const onTime = timeOf(args.get('on_time'), shape, name, schema, span);
  const given = shape.argumentNames.map((argument, index): Expression => {
    const value = args.get(argument);
    const clause = `the arguments of ${name}`;
    const bound = value && bindExpression(scalarArgument(value, name), { bind: context.bind, scope: emptyScope, clause });
    return processArgument(name, argument, shape.arguments[index]!, bound, value?.span ?? span);
  });
  const uid = uidOf(args.get('uid'), descriptor);
  return processCall({ input, descriptor, partitionBy, onTime, arguments: given, uid, span, tableSpan: table.span });
}

/** A scalar argument of a process table function, with the cast that it needs. @throws TidemillError `wrong-argument`, `type-mismatch` */
export function processArgument(
  name: string,
  argument: string,
  type: SqlType,
  given: Expression | undefined,
  span?: Span,
): Expression {
  if (given === undefined)
    throw new TidemillError('wrong-argument', `${name} needs the argument '${argument}'`, {
      ...(span && { span }),
      hint: `its type is ${typeToString(type)}`,
    });
  if (given.type.nullable && !type.nullable)
    throw new TidemillError('type-mismatch', `the argument '${argument}' of ${name} cannot be NULL`, { ...(span && { span }) });
  return implicitCast(given, withNullable(type, given.type.nullable), `argument '${argument}' of ${name}`);
}

export interface ProcessCall {
  readonly input: LogicalNode;
  readonly descriptor: ProcessDescriptor;
  /** Columns of the input. */
  readonly partitionBy?: readonly number[] | undefined;
  readonly onTime?: number | undefined;
  /** The scalar arguments, with the casts that they need. */
  readonly arguments: readonly Expression[];
  readonly uid: string;
  readonly span?: Span | undefined;
  readonly tableSpan?: Span | undefined;
}

/**
 * A process table function over a table, with the columns that it reads.
 * @throws TidemillError `unknown-column`, `type-mismatch`: the table does not have what the function reads.
 */
export function processCall(call: ProcessCall): LogicalNode {
  const { input, descriptor, partitionBy, onTime, uid, span } = call;
  const { tabular: shape, name } = descriptor;
  const schema = schemaOf(input);
  const columns = shape.table.columns.map(field => {
    const index = schema.findIndex(candidate => candidate.name === field.name);
    const { kind } = field.type;
    if (index < 0)
      throw new TidemillError(
        'unknown-column',
        `${name} reads the column '${field.name}' (${typeToString(field.type, false)}), which its table does not have`,
        {
          span: call.tableSpan,
          hint:
            didYouMean(
              field.name,
              schema.map(each => each.name),
            ) ?? `give it a query: (SELECT … AS ${field.name} FROM t)`,
        },
      );
    const { type } = schema[index]!;
    if (type.nullable && !field.type.nullable)
      throw new TidemillError('type-mismatch', `${name} takes no NULL in '${field.name}', and this column may have some`, {
        span: call.tableSpan,
        hint: `declare the column NOT NULL, or give it a query with COALESCE(${field.name}, …)`,
      });
    return { index, field, cast: kind };
  });
  // what nobody reads is not carried to the partitions' tasks
  const used = shape.table.passThrough
    ? schema.map((_, index) => index)
    : [...new Set([...(partitionBy ?? []), ...columns.map(({ index }) => index), ...(onTime === undefined ? [] : [onTime])])];
  const expressions: Expression[] = used.map(index => column(index, schema[index]!));
  const casts = columns.map(({ index, field }) => {
    const value = implicitCast(
      column(index, schema[index]!),
      withNullable(field.type, schema[index]!.type.nullable),
      `column '${field.name}' of ${name}`,
    );
    if (value.kind === 'column') return used.indexOf(index);
    return expressions.push(value) - 1;
  });
  const fields = expressions.map((_, index) => (index < used.length ? schema[used[index]!]!.name : `$${index}`));
  const prepared = project(input, expressions, fields);
  const place = (index: number): number => used.indexOf(index);
  const partition = partitionBy?.map(place);
  const carried = shape.table.passThrough
    ? used.map((_, index) => index)
    : carriedColumns({ shape, partitionBy: partition }, used.length);
  const names = unique([
    ...carried.map(index => fields[index]!),
    ...shape.columns.map(field => field.name),
    ...(onTime === undefined ? [] : ['rowtime']),
  ]);
  return processTable({
    input: prepared,
    function: descriptor.key,
    shape,
    uid,
    ...(partition && { partitionBy: partition }),
    columns: casts,
    arguments: call.arguments,
    ...(onTime !== undefined && { onTime: place(onTime) }),
    names,
    ...(span && { span }),
  });
}

/** Arguments by name. The table comes first, then the scalars, on_time and uid. */
function placed(
  reference: ast.TableFunction,
  { tabular: shape, name }: ProcessDescriptor,
): Map<string, ast.TableFunctionArgument> {
  const names = [shape.table.name, ...shape.argumentNames, 'on_time', 'uid'];
  const args = new Map<string, ast.TableFunctionArgument>();
  for (const [index, argument] of reference.arguments.entries()) {
    const written = argument.kind === 'named-argument' ? argument.name.name : names[index];
    if (written === undefined || !names.includes(written))
      throw new TidemillError('wrong-argument', `${name} has no argument ${written === undefined ? index + 1 : `'${written}'`}`, {
        span: argument.span,
        hint: (written === undefined ? undefined : didYouMean(written, names)) ?? `it has ${names.join(', ')}`,
      });
    if (args.has(written))
      throw new TidemillError('wrong-argument', `the argument '${written}' is given twice`, { span: argument.span });
    const value = argument.kind === 'named-argument' ? argument.value : argument;
    if (value.kind !== 'default') args.set(written, value);
  }
  return args;
}

function partitionOf(
  table: ast.TableFunctionArgument,
  shape: ProcessShape,
  name: string,
  schema: Schema,
  context: QueryContext,
): readonly number[] | undefined {
  const keys = table.kind === 'table-argument' ? table.partitionBy : [];
  if (table.kind === 'table-argument' && table.orderBy.length > 0) throw notSupported(`ORDER BY in ${name}`, table.span);
  if (shape.table.semantics === 'row') {
    if (keys.length === 0) return undefined;
    throw new TidemillError('wrong-argument', `${name} takes rows one by one: there is nothing to PARTITION BY`, {
      span: keys[0]!.span,
    });
  }
  if (keys.length === 0 && !shape.table.optionalPartitionBy)
    throw new TidemillError('wrong-argument', `${name} needs PARTITION BY: it works on sets of rows`, {
      span: table.span,
      hint: `write ${shape.table.name} => TABLE t PARTITION BY k`,
    });
  const scope = scopeOf(schema);
  return keys.map(key => {
    const bound = bindExpression(key, { bind: context.bind, scope, clause: 'PARTITION BY' });
    if (bound.kind === 'column') return bound.index;
    throw new TidemillError('wrong-argument', `PARTITION BY of ${name} takes columns`, { span: key.span });
  });
}

function timeOf(
  argument: ast.TableFunctionArgument | undefined,
  shape: ProcessShape,
  name: string,
  schema: Schema,
  span: Span,
): number | undefined {
  if (argument === undefined) {
    if (!shape.requireOnTime) return undefined;
    throw new TidemillError('wrong-argument', `${name} needs a time`, { span, hint: 'write on_time => DESCRIPTOR(ts)' });
  }
  if (argument.kind !== 'descriptor' || argument.columns.length !== 1)
    throw new TidemillError('wrong-argument', 'the time is given as on_time => DESCRIPTOR(column)', { span: argument.span });
  const [written] = argument.columns;
  const index = schema.findIndex(field => field.name === written!.name);
  const times = schema.filter(field => isRowtime(field.type)).map(field => field.name);
  if (index < 0)
    throw new TidemillError('unknown-column', `there is no column '${written!.name}'`, {
      span: written!.span,
      hint: didYouMean(
        written!.name,
        schema.map(field => field.name),
      ),
    });
  if (!isRowtime(schema[index]!.type))
    throw new TidemillError(
      'type-mismatch',
      `on_time takes an event time attribute, and '${written!.name}' is ${typeToString(schema[index]!.type, false)}`,
      {
        span: written!.span,
        hint: times.length > 0 ? `event time attributes are ${times.join(', ')}` : 'declare a WATERMARK for it',
      },
    );
  return index;
}

function uidOf(argument: ast.TableFunctionArgument | undefined, { name }: ProcessDescriptor): string {
  if (argument === undefined) return name;
  if (argument.kind === 'string' && /^[a-zA-Z_][a-zA-Z0-9_-]*$/.test(argument.value)) return argument.value;
  throw new TidemillError('wrong-argument', 'uid takes a name in quotes: letters, digits, _ and -, no digit or - first', {
    span: argument.span,
    hint: "write uid => 'my-sessions'",
  });
}

/** Names that come again get a number behind them, as those of joins do. */
function unique(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return names.map(name => {
    let own = name;
    for (let number = 0; seen.has(own); number++) own = `${name}${number}`;
    seen.add(own);
    return own;
  });
}
