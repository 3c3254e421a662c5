// Functions that make rows, and functions over columns, of user modules: CPU nanoseconds, least of several rounds, one thread. Prints one JSON object.
import type { Batch, Column } from '../../core/columnar/batch.ts';
import { keyLayoutOf } from '../../core/columnar/key-layout.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { limits } from '../../core/common/limits.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import type { OperatorContext, OperatorTask } from '../../core/operators/contract.ts';
import { type ProcessTableSpec, processTableDefinition } from '../../core/operators/process-table.ts';
import { tableCallDefinition } from '../../core/operators/table-call.ts';
import { column } from '../../core/plan/expressions.ts';
import { createTable } from '../../core/state/index.ts';
import { buildAssemblyScript } from '../../core/udf/build-assemblyscript.ts';
import { BatchUdf, loadUdf, ScalarUdf } from '../../core/udf/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

const source = `
// @sql-table series(n INT) RETURNS TABLE (k INT NOT NULL)
export function series(n: i32): u64 {
  for (let k = 0; k < n; k++) {
    store<u64>(area + k * 16, 0);
    store<i32>(area + k * 16 + 8, k);
  }
  return ((<u64>n) << 32) | area;
}
// @sql-function {"name": "counted", "kind": "process", "table": {"columns": [{"name": "price", "type": "DOUBLE NOT NULL"}]}, "states": [{"name": "seen", "columns": [{"name": "times", "type": "BIGINT NOT NULL"}, {"name": "total", "type": "DOUBLE NOT NULL"}]}], "columns": [{"name": "total", "type": "DOUBLE NOT NULL"}]}
export function counted(context: usize, price: f64): u64 {
  const state = context + 64;
  store<i64>(state + 8, load<i64>(state + 8) + 1);
  store<f64>(state + 16, load<f64>(state + 16) + price);
  store<u64>(area, 0);
  store<f64>(area + 8, load<f64>(state + 16));
  return ((<u64>1) << 32) | area;
}
// @sql-function {"name": "weighed", "kind": "batch", "arguments": ["DOUBLE NOT NULL", "DOUBLE NOT NULL"], "result": "DOUBLE NOT NULL"}
export function weighed(rows: i32, given: usize, result: usize): void {
  const a = load<u32>(load<u32>(given + 40) + 4);
  const b = load<u32>(load<u32>(given + 104) + 4);
  const to = load<u32>(load<u32>(result + 40) + 4);
  for (let row = 0; row < rows; row++) store<f64>(to + row * 8, load<f64>(a + row * 8) * load<f64>(b + row * 8) + 1);
}
// @sql weighed_row(a DOUBLE NOT NULL, b DOUBLE NOT NULL) RETURNS DOUBLE NOT NULL
export function weighed_row(a: f64, b: f64): f64 { return a * b + 1; }
const area: usize = heap.alloc(65536);
`;

const memory = new TaskMemory();
const kernels = loadKernels(memory);
const module = loadUdf(await buildAssemblyScript(source), { name: 'udf-table.wasm' });
const rows = limits.batchRows;
const task = {
  memory,
  kernels,
  localTimeZone: 'UTC',
  userModule: (name: string) => ({ module, export: name }),
} as unknown as OperatorTask;
let emitted = 0;
const context = {
  ...task,
  watermarkMs: Number.NEGATIVE_INFINITY,
  processingTimeMs: 1,
  emit(batch: Batch) {
    emitted += batch.length;
  },
} as unknown as OperatorContext;

/** The least CPU time of a round, in ns, divided by `per`. */
function leastNs(per: number, run: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 60; round++) {
    const before = process.cpuUsage();
    for (let again = 0; again < 10; again++) run();
    const { user, system } = process.cpuUsage(before);
    if (round >= 5) least = Math.min(least, (user + system) * 1000);
  }
  return Math.round((least / per) * 10) / 10;
}

/** Stays: the arena is only released down to what came later. */
const permanent = (type: Column['type'], values: readonly (number | bigint)[]): Column => columnOf(memory, type, values);

function perCall(batch: Batch, operator: { processBatch(batch: Batch, context: OperatorContext, input: number): string }): void {
  for (;;) {
    const mark = memory.arena.mark();
    const progress = operator.processBatch(batch, context, 0);
    memory.arena.release(mark);
    if (progress === 'done') return;
  }
}

function tableNs(perRow: number): number {
  const schema: Schema = [{ name: 'n', type: types.int(false) }];
  const batch: Batch = {
    length: rows,
    columns: [
      permanent(
        schema[0]!.type,
        Array.from({ length: rows }, () => perRow),
      ),
    ],
    weights: 0,
    watermarkBefore: 0,
  };
  const operator = tableCallDefinition.create(
    {
      kind: 'table-call',
      compute: { input: schema, outputs: [column(0, schema[0]!), column(0, schema[0]!)] },
      keptCount: 1,
      function: 'series',
      outer: false,
      schema: [...schema, { name: 'k', type: types.int(false) }],
    },
    new Map(),
    task,
  );
  return leastNs(10 * rows * Math.max(perRow, 1), () => perCall(batch, operator));
}

function processNs(partitions: number): number {
  const schema: Schema = [
    { name: 'key', type: types.bigint(false) },
    { name: 'price', type: types.double(false) },
  ];
  const key = permanent(
    schema[0]!.type,
    Array.from({ length: rows }, (_, row) => BigInt((row * 7919) % partitions)),
  );
  const price = permanent(
    schema[1]!.type,
    Array.from({ length: rows }, (_, row) => row / 3),
  );
  const spec: ProcessTableSpec = {
    kind: 'process-table',
    compute: {
      input: schema,
      outputs: [column(0, schema[0]!), column(1, schema[1]!)],
      key: { expressions: [column(0, schema[0]!)], layout: keyLayoutOf([schema[0]!.type]) },
    },
    function: 'counted',
    carriedCount: 1,
    argumentCount: 1,
    hasTime: false,
    partition: [0],
    keyed: true,
    states: module.tabular.flatMap(each => (each.kind === 'process' ? each.states : [])),
    hasTimer: false,
    ttl: false,
    schema: [schema[0]!, { name: 'total', type: types.double(false) }],
  };
  const tables = new Map(processTableDefinition.tables(spec).map(table => [table.name, createTable(table, memory, kernels)]));
  const operator = processTableDefinition.create(spec, tables, task);
  const batch: Batch = { length: rows, columns: [key, price], weights: 0, watermarkBefore: 0 };
  return leastNs(10 * rows, () => perCall(batch, operator));
}

const doubles = [1, 2].map(factor =>
  permanent(
    types.double(false),
    Array.from({ length: rows }, (_, row) => row * factor),
  ),
);
const callNs = (udf: BatchUdf | ScalarUdf): number =>
  leastNs(10 * rows, () => {
    const mark = memory.arena.mark();
    udf.call(rows, doubles, 0);
    memory.arena.release(mark);
  });

const results = {
  'table: ns per input row, no rows': tableNs(0),
  'table: ns per row made, 1 a row': tableNs(1),
  'table: ns per row made, 10 a row': tableNs(10),
  'process: ns per row, 10 partitions': processNs(10),
  'process: ns per row, 1000 partitions': processNs(1000),
  'process: ns per row, a partition a row': processNs(rows),
  'batch: ns per row, a * b + 1': callNs(new BatchUdf(module, 'weighed', memory, { kernels })),
  'scalar: ns per row, a * b + 1': callNs(new ScalarUdf(module, 'weighed_row', memory, { kernels })),
};
if (emitted === 0) throw new Error('nothing was made');
console.log(JSON.stringify(results, null, 2));
