import { isRowtime, withNullable } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import type { Expression } from '../plan/expressions.ts';
import type { LogicalNode } from '../plan/nodes.ts';
import { schemaOf } from '../plan/schema.ts';
import { castArguments, lateralCall, processArgument, processCall } from '../sql/binder/index.ts';
import type { PlanExecutor, TabularDeclaration } from './executor.ts';
import { type Argument, toPlan } from './expression.ts';
import { conditionOf, joinColumns, type LateralParts, type Side, selectedOf } from './joins.ts';
import { rowOf } from './row.ts';
import { parseTypeText } from './type-text.ts';
import { UnnestCall, unnested } from './unnest.ts';

/** A call of a table function, as a row callback returns it. */
export class TableFunctionCall {
  readonly declaration: TabularDeclaration;
  readonly arguments: readonly Expression[];

  constructor(declaration: TabularDeclaration, args: readonly unknown[]) {
    const wanted = declaration.argumentTypes.map(parseTypeText);
    if (args.length !== wanted.length)
      throw new TidemillError('wrong-argument', `${declaration.name}() takes ${wanted.length} arguments, not ${args.length}`);
    this.declaration = declaration;
    this.arguments = args.map((argument, index) => toPlan(argument as Argument, wanted[index]));
  }
}

/** Each row with the rows that a table function makes of it, and the columns that `select` makes of both. */
export function lateralJoined(
  executor: PlanExecutor,
  left: Side,
  call: TableFunctionCall | UnnestCall,
  parts: LateralParts,
  check: (expression: Expression) => Expression,
) {
  const { outer, on, select, method } = parts;
  if (call instanceof UnnestCall) return unnested(left, call, parts, check);
  if (!(call instanceof TableFunctionCall))
    throw new TidemillError('wrong-argument', `${method}() wants a call of a table function, or unnest(…)`, {
      hint: 'declare it with udf.table(…): joinLateral(row => words(row.line), (row, word) => ({ … }))',
    });
  const descriptor = executor.tabularFunction(call.declaration);
  if (descriptor.tabular.kind !== 'table')
    throw new TidemillError('wrong-argument', `${call.declaration.name} is a process table function`, {
      hint: 'call it with table.process(…)',
    });
  const { tabular } = descriptor;
  const width = schemaOf(left.node).length;
  const columnsOf = (node: LogicalNode) => joinColumns(node, left.counts, new Set(), width);
  const node = lateralCall({
    input: left.node,
    descriptor: { ...descriptor, tabular },
    arguments: castArguments(descriptor, call.arguments.map(check)),
    names: tabular.columns.map(field => field.name),
    outer,
    condition: on && (inner => conditionOf(columnsOf(inner), on, method)),
  });
  return selectedOf(node, columnsOf(node), select, method);
}

/** How a process table function is called; see `Table.process`. */
export interface ProcessOptions {
  readonly partitionBy?: readonly string[];
  readonly onTime?: string;
  readonly uid?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/** A process table function over a table. */
export function processed(
  executor: PlanExecutor,
  input: LogicalNode,
  declaration: TabularDeclaration,
  options: ProcessOptions,
): LogicalNode {
  const descriptor = executor.tabularFunction(declaration);
  const { name } = declaration;
  const { tabular } = descriptor;
  if (tabular.kind !== 'process')
    throw new TidemillError('wrong-argument', `${name} is a table function`, { hint: 'call it with table.joinLateral(…)' });
  const schema = schemaOf(input);
  const indexOf = (column: string): number => {
    const index = schema.findIndex(field => field.name === column);
    if (index >= 0) return index;
    const names = schema.map(field => field.name);
    throw new TidemillError('unknown-column', `there is no column '${column}'`, { hint: didYouMean(column, names) });
  };
  const { partitionBy = [], onTime, uid = name, arguments: values = {} } = options;
  const { semantics, optionalPartitionBy } = tabular.table;
  if (semantics === 'row' && partitionBy.length > 0)
    throw new TidemillError('wrong-argument', `${name} takes rows one by one: there is nothing to partition by`);
  if (semantics === 'set' && partitionBy.length === 0 && !optionalPartitionBy)
    throw new TidemillError('wrong-argument', `${name} needs partitionBy: it works on sets of rows`);
  if (onTime === undefined && tabular.requireOnTime)
    throw new TidemillError('wrong-argument', `${name} needs a time`, { hint: "process(f, { onTime: 'ts' })" });
  if (onTime !== undefined && !isRowtime(schema[indexOf(onTime)]!.type))
    throw new TidemillError('type-mismatch', `onTime takes an event time attribute, and '${onTime}' is none`, {
      hint: 'declare a watermark for it',
    });
  if (!/^[a-zA-Z_][a-zA-Z0-9_-]*$/.test(uid))
    throw new TidemillError('wrong-argument', 'uid takes a name: letters, digits, _ and -, no digit or - first');
  const given = tabular.argumentNames.map((argument, index) => {
    const type = tabular.arguments[index]!;
    const value = values[argument];
    const plan = value === undefined ? undefined : toPlan(value as Argument, withNullable(type, true));
    return processArgument(name, argument, type, plan && rowOf([], new Set()).check(plan, 'process'));
  });
  const more = Object.keys(values).find(argument => !tabular.argumentNames.includes(argument));
  if (more !== undefined)
    throw new TidemillError('wrong-argument', `${name} has no argument '${more}'`, {
      hint: didYouMean(more, tabular.argumentNames),
    });
  return processCall({
    input,
    descriptor: { ...descriptor, tabular },
    ...(semantics === 'set' && { partitionBy: partitionBy.map(indexOf) }),
    ...(onTime !== undefined && { onTime: indexOf(onTime) }),
    arguments: given,
    uid,
  });
}
