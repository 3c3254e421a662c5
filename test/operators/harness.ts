import type { Batch } from '../../core/columnar/batch.ts';
import { readRows, readWeights } from '../../core/columnar/read-values.ts';
import type { SqlType } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { internalError } from '../../core/common/errors.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import type {
  Operator,
  OperatorContext,
  OperatorCounter,
  OperatorDefinition,
  OperatorTask,
  Progress,
} from '../../core/operators/contract.ts';
import { createTable, type StateTable } from '../../core/state/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

export type Input =
  | {
      readonly kind: 'rows';
      readonly rows: readonly (readonly Value[])[];
      readonly weights?: readonly number[];
      /** Watermark before each row, in the rowtime column's units. */
      readonly watermarkBefore?: readonly bigint[];
      readonly processingTimeMs?: number;
    }
  | { readonly kind: 'watermark'; readonly watermarkMs: number }
  | { readonly kind: 'timer'; readonly timeMs: number }
  | { readonly kind: 'end' };

export interface OutputRow {
  readonly row: readonly Value[];
  readonly weight: number;
  /** Number of the input it came from. */
  readonly input: number;
}

/** What happens between two inputs: nothing, the operator is made anew, or its tables too, from their snapshots. */
export type Rebuild = 'never' | 'operator' | 'tables';

export interface Run {
  readonly output: readonly OutputRow[];
  readonly counters: Readonly<Record<OperatorCounter, number>>;
  readonly batchSizes: readonly number[];
  /** Of each table after the last input. */
  readonly tableRows: readonly number[];
}

export const memory = new TaskMemory();
export const kernels = loadKernels(memory);
export const task: OperatorTask = {
  memory,
  kernels,
  localTimeZone: 'UTC',
  subtask: 0,
  wake: () => {},
  userFunction: () => {
    throw internalError('no user functions here');
  },
  sinkWriter: () => {
    throw internalError('no sinks here');
  },
  collect: () => true,
} as OperatorTask;

/** Runs one operator as a chain would: the arena is released after each call, an input is repeated until it is used up. */
export function runOperator<Spec>(
  definition: OperatorDefinition<Spec>,
  spec: Spec,
  inputSchema: readonly { name: string; type: SqlType }[],
  inputs: readonly Input[],
  options: { readonly rebuild?: Rebuild; readonly shardRowsMax?: number; readonly localTimeZone?: string } = {},
): Run {
  memory.arena.reset();
  const ownTask: OperatorTask = { ...task, localTimeZone: options.localTimeZone ?? 'UTC' };
  const make = (): Map<string, StateTable> =>
    new Map(definition.tables(spec).map(table => [table.name, createTable(table, memory, kernels, options)]));
  let tables = make();
  let operator: Operator = definition.create(spec, tables, ownTask);
  const output: OutputRow[] = [];
  const batchSizes: number[] = [];
  const counters: Record<OperatorCounter, number> = { rowsIn: 0, rowsOut: 0, lateRows: 0, errorRows: 0, windowsFired: 0 };
  let watermarkMs = Number.NEGATIVE_INFINITY;
  let processingTimeMs = 0;
  for (const [index, input] of inputs.entries()) {
    memory.arena.reset();
    if (input.kind === 'rows' && input.processingTimeMs !== undefined) processingTimeMs = input.processingTimeMs;
    let emitted = 0;
    const context = {
      ...ownTask,
      watermarkMs,
      processingTimeMs,
      counters,
      emit(batch: Batch) {
        if (++emitted > 1) throw internalError('more than one batch in a call');
        batchSizes.push(batch.length);
        const weights = readWeights(memory, batch);
        for (const [at, row] of readRows(memory, batch).entries()) output.push({ row, weight: weights[at]!, input: index });
      },
      emitWatermark() {},
      count(counter: OperatorCounter, rows: number) {
        counters[counter] += rows;
      },
    } as unknown as OperatorContext;
    let call: () => Progress;
    if (input.kind === 'rows') {
      let batch = valuesToBatch(memory, inputSchema, input.rows, input.weights);
      if (input.watermarkBefore !== undefined) {
        const address = memory.arena.allocate(8 * input.rows.length);
        memory.i64.set(input.watermarkBefore, address >> 3);
        batch = { ...batch, watermarkBefore: address };
      }
      call = () => operator.processBatch(batch, context, 0);
    } else if (input.kind === 'watermark') call = () => operator.onWatermark?.(input.watermarkMs, context) ?? 'done';
    else if (input.kind === 'timer') {
      processingTimeMs = input.timeMs;
      call = () => operator.onTimer?.(input.timeMs, context) ?? 'done';
    } else call = () => operator.onEnd?.(context) ?? 'done';
    const mark = memory.arena.mark();
    for (let calls = 0; call() !== 'done'; calls++) {
      if (calls > 10_000) throw internalError('an operator never ends');
      emitted = 0;
      memory.arena.release(mark);
    }
    if (input.kind === 'watermark') watermarkMs = Math.max(watermarkMs, input.watermarkMs);
    if (options.rebuild === 'operator' || options.rebuild === 'tables') {
      operator.close?.();
      if (options.rebuild === 'tables') {
        memory.arena.reset();
        const next = make();
        for (const [name, table] of tables) {
          next.get(name)!.restore(table.snapshot());
          table.close();
        }
        tables = next;
      }
      operator = definition.create(spec, tables, ownTask);
    }
  }
  operator.close?.();
  const tableRows = [...tables.values()].map(table => table.rowCount());
  for (const table of tables.values()) table.close();
  memory.arena.reset();
  return { output, counters, batchSizes, tableRows };
}

/** A row as text, for comparing bags. */
export function rowText(row: readonly Value[]): string {
  return row.map(valueText).join(' | ');
}
function valueText(value: Value): string {
  if (value === null) return 'NULL';
  if (typeof value === 'bigint') return `${value}`;
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return `[${value.map(valueText).join()}]`;
  return typeof value === 'number' ? `${Number(value.toPrecision(12))}` : String(value);
}

/** The table a changelog amounts to, sorted; throws when a row is retracted that is not there. */
export function materialise(output: readonly OutputRow[]): string[] {
  const counts = new Map<string, number>();
  for (const { row, weight } of output) {
    const text = rowText(row);
    const count = (counts.get(text) ?? 0) + weight;
    if (count < 0) throw internalError(`retracted but not there: ${text}`);
    if (count === 0) counts.delete(text);
    else counts.set(text, count);
  }
  return [...counts].flatMap(([text, count]) => Array.from({ length: count }, () => text)).sort();
}

/** `rows` cut into inputs at places picked by `cuts`. */
export function cut<T>(rows: readonly T[], cuts: readonly number[]): T[][] {
  const places = [...new Set(cuts.map(at => at % (rows.length + 1)))].sort((a, b) => a - b);
  const out: T[][] = [];
  let from = 0;
  for (const to of [...places, rows.length]) {
    out.push(rows.slice(from, to));
    from = to;
  }
  return out;
}
