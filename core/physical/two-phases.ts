import type { Schema } from '../columnar/types.ts';
import { internalError } from '../common/errors.ts';
import type { WindowOutput, WindowTime } from '../operators/index.ts';
import { type AggregateCall, column, type Expression } from '../plan/expressions.ts';
import type { Aggregate } from '../plan/nodes.ts';
import { schemaOf } from '../plan/schema.ts';
import type { OperatorSpec } from './operator-spec.ts';
import { mergedCalls, type PartialAggregate, partialSchema } from './partial-aggregates.ts';
import type { WindowShape } from './window-shape.ts';

/** What a local operator reads, bound to its input. */
export interface LocalInput {
  readonly rows: Schema;
  readonly filter?: Expression | undefined;
  readonly keys: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
  readonly columns: readonly Expression[];
}

/** An aggregate before and behind an exchange. */
export interface TwoPhases {
  readonly local: OperatorSpec;
  /** What crosses the exchange: keys first. */
  readonly sent: Schema;
  readonly main: OperatorSpec;
  readonly merged: Schema;
  /** The node's columns, over `merged`. */
  readonly results: readonly Expression[];
}

export const partialCalls = (partials: readonly PartialAggregate[]): AggregateCall[] =>
  partials.flatMap(partial => partial.partials);

/**
 * GROUP BY in two phases. With keys, each batch is reduced to one row per key, and many batches together where only final rows are wanted; a single
 * group over a bounded input (`final`, no keys) is made by each task as a whole.
 */
export function groupPhases(
  node: Aggregate,
  partials: readonly PartialAggregate[],
  input: LocalInput,
  { final, ttlMs }: { readonly final: boolean; readonly ttlMs: number | undefined },
): TwoPhases {
  const keyCount = node.keys.length;
  const sent = partialSchema(node.keys, partialCalls(partials));
  const { rows, filter, keys, aggregates } = input;
  const reads = { input: rows, filter, keys, aggregates, schema: sent };
  const local: OperatorSpec =
    keyCount > 0
      ? { kind: 'local-aggregate', ...reads, final }
      : { kind: 'group-aggregate', phase: 'local', ...reads, retracting: false, final: true };
  const merging = mergedCalls(partials, keyCount, sent);
  const keyFields = sent.slice(0, keyCount);
  const keyColumns = keyFields.map((field, index) => column(index, field));
  const merged = [...keyFields, ...mergedFields(merging.calls)];
  return {
    local: frozen(local),
    sent,
    main: frozen({
      kind: 'group-aggregate',
      input: sent,
      keys: keyColumns,
      aggregates: merging.calls,
      retracting: false,
      final,
      ttlMs,
      schema: merged,
    }),
    merged,
    results: [...keyColumns, ...partials.map((_, index) => merging.finish(index, keyCount, merged))],
  };
}

/** Windows in two phases: each task first gathers what it reads by slice; `input.columns` is the time column. */
export function windowPhases(
  node: Aggregate,
  shape: WindowShape,
  partials: readonly PartialAggregate[],
  input: LocalInput,
  timeType: Schema[number]['type'],
): TwoPhases {
  const calls = partialCalls(partials);
  const sent = partialSchema(shape.keys, calls, { name: 'slice time', type: timeType });
  const merging = mergedCalls(partials, shape.keys.length, sent);
  const kept = shape.outputs.flatMap(output => (output.kind === 'aggregate' ? [] : [output]));
  const keptFields = shape.outputs.flatMap((output, index) => (output.kind === 'aggregate' ? [] : [schemaOf(node)[index]!]));
  const merged = [...keptFields, ...mergedFields(merging.calls)];
  let next = 0;
  return {
    local: frozen({
      kind: 'window-aggregate',
      phase: 'local',
      input: input.rows,
      filter: input.filter,
      window: shape.window,
      time: movedTime(shape.time, input.columns[0]),
      keys: input.keys,
      aggregates: input.aggregates,
      outputs: [...shape.keys.map(keyOutput), ...calls.map(aggregateOutput), sliceTime],
      schema: sent,
    }),
    sent,
    main: frozen({
      kind: 'window-aggregate',
      input: sent,
      window: shape.window,
      time: { kind: 'rowtime', column: sent.length - 1 },
      keys: shape.keys.map((_, index) => column(index, sent[index]!)),
      aggregates: merging.calls,
      outputs: [...kept, ...merging.calls.map(aggregateOutput)],
      schema: merged,
    }),
    merged,
    results: shape.outputs.map(output =>
      output.kind === 'aggregate' ? merging.finish(output.index, kept.length, merged) : column(next, merged[next++]!),
    ),
  };
}

const frozen = (spec: OperatorSpec): OperatorSpec => Object.freeze(spec);
const mergedFields = (calls: readonly AggregateCall[]): Schema =>
  calls.map((call, index) => ({ name: `merged${index}`, type: call.type }));
const keyOutput = (_: unknown, index: number): WindowOutput => ({ kind: 'key', index });
const aggregateOutput = (_: unknown, index: number): WindowOutput => ({ kind: 'aggregate', index });
const sliceTime: WindowOutput = { kind: 'window', property: 'time' };

/** A window's time over the columns of a stage that computes its own. */
export function movedTime(time: WindowTime, moved: Expression | undefined): WindowTime {
  if (time.kind === 'proctime') return time;
  if (moved?.kind !== 'column') throw internalError('the time column of a window is not a plain column');
  return time.kind === 'rowtime' ? { kind: 'rowtime', column: moved.index } : { kind: 'attached', endColumn: moved.index };
}
