import type { Schema } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import {
  type AggregateCall,
  type ColumnReference,
  column,
  type Expression,
  operands,
  withOperands,
} from '../plan/expressions.ts';
import { aggregate, type LogicalNode, project } from '../plan/nodes.ts';
import { aggregateToString } from '../plan/print-expression.ts';
import { schemaOf } from '../plan/schema.ts';
import { toPlan } from './expression.ts';
import { nullableUnlessCount, pendingAggregateOf } from './pending-aggregates.ts';
import { type Counts, countsOf, type Row, type Selected } from './row.ts';

/**
 * The plan of an aggregation as SQL makes it: an aggregate node of keys and calls, and a projection of what was selected over them.
 *
 * @throws TidemillError `unknown-column`, `not-grouped`, and what `row` throws.
 */
export function aggregated(
  input: LogicalNode,
  keyNames: readonly string[],
  selected: Selected,
  row: Row,
  inputCounts: Counts,
): { readonly node: LogicalNode; readonly counts: Counts } {
  const keys = keyNames.map(name => keyColumn(input, name));
  // a key loses its time attribute unless it is the window's own
  const keyFields = schemaOf(aggregate(input, keys, [], keyNames));
  const calls: AggregateCall[] = [];
  const entries = Object.entries(selected);
  const placed = entries.map(([, value]) => lift(row.checkAggregates(toPlan(value)), keys, keyFields, calls));
  const grouped = aggregate(input, keys, calls, [...keyNames, ...calls.map(call => aggregateToString(call))]);
  const fields = schemaOf(grouped);
  const names = entries.map(([name]) => name);
  const kept = keyNames.flatMap((name, index) => (names.includes(name) ? [] : [{ name, index }]));
  return {
    node: project(
      grouped,
      [...kept.map(({ index }) => column(index, fields[index]!)), ...placed],
      [...kept.map(key => key.name), ...names],
    ),
    counts: new Set([...kept.map(key => key.name).filter(name => inputCounts.has(name)), ...countsOf(selected)]),
  };
}

function keyColumn(input: LogicalNode, name: string): ColumnReference {
  const schema = schemaOf(input);
  // a window over windows has two window_start: the new one counts, as in the callback's row
  const index = schema.findLastIndex(field => field.name === name);
  if (index >= 0) return column(index, schema[index]!);
  const names = schema.map(field => field.name);
  throw new TidemillError('unknown-column', `there is no column '${name}'`, {
    hint: didYouMean(name, names) ?? `there are ${names.join(', ')}`,
  });
}

/** Aggregates and keys become columns of the aggregate node; equal calls are made once. */
function lift(expression: Expression, keys: readonly ColumnReference[], keyFields: Schema, calls: AggregateCall[]): Expression {
  const pending = pendingAggregateOf(expression);
  if (pending !== undefined) {
    const call = keys.length === 0 ? nullableUnlessCount(pending) : pending;
    const text = aggregateToString(call, { positions: true });
    let index = calls.findIndex(known => aggregateToString(known, { positions: true }) === text);
    if (index < 0) index = calls.push(call) - 1;
    return column(keys.length + index, { name: aggregateToString(call), type: call.type });
  }
  if (expression.kind !== 'column') {
    return withOperands(
      expression,
      operands(expression).map(operand => lift(operand, keys, keyFields, calls)),
    );
  }
  const key = keys.findIndex(candidate => candidate.index === expression.index);
  if (key >= 0) return column(key, keyFields[key]!);
  throw new TidemillError('not-grouped', `'${expression.name}' is neither a key of groupBy() nor inside an aggregate`, {
    hint: `add it to groupBy(), or write max(row.${expression.name})`,
  });
}
