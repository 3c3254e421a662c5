import { expect, test } from 'vitest';
import type { Batch } from '../../core/columnar/batch.ts';
import { keyLayoutOf } from '../../core/columnar/key-layout.ts';
import { readRows } from '../../core/columnar/read-values.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import type { OperatorContext, OperatorTask } from '../../core/operators/contract.ts';
import { type ProcessTableSpec, processTableDefinition } from '../../core/operators/process-table.ts';
import { column } from '../../core/plan/expressions.ts';
import { createTable } from '../../core/state/index.ts';
import { loadUdf } from '../../core/udf/index.ts';
import { assemblyScript } from '../udf/support.ts';
import { kernels, memory, task } from './harness.ts';

const source = `
// @sql-function {"name": "tally", "kind": "process", "table": {"columns": [{"name": "v", "type": "INT NOT NULL"}]}, "states": [{"name": "short", "columns": [{"name": "n", "type": "BIGINT NOT NULL"}], "ttlMs": 100}, {"name": "long", "columns": [{"name": "n", "type": "BIGINT NOT NULL"}], "ttlMs": 1000}], "columns": [{"name": "short", "type": "BIGINT NOT NULL"}, {"name": "long", "type": "BIGINT NOT NULL"}]}
export function tally(context: usize, v: i32): u64 {
  const state = context + 64;
  store<i64>(state + 8, load<i64>(state + 8) + v);
  store<i64>(state + 24, load<i64>(state + 24) + v);
  store<u64>(area, 0);
  store<i64>(area + 8, load<i64>(state + 8));
  store<i64>(area + 16, load<i64>(state + 24));
  return ((<u64>1) << 32) | area;
}
const area: usize = heap.alloc(64);
`;

test('each state is forgotten when it was not written to for its time, and partitions without any go', async () => {
  const module = loadUdf(await assemblyScript(source), { name: 'tally.wasm' });
  const schema: Schema = [
    { name: 'k', type: types.string(false) },
    { name: 'v', type: types.int(false) },
  ];
  const [signature] = module.tabular;
  const spec: ProcessTableSpec = {
    kind: 'process-table',
    compute: {
      input: schema,
      outputs: schema.map((field, index) => column(index, field)),
      key: { expressions: [column(0, schema[0]!)], layout: keyLayoutOf([schema[0]!.type]) },
    },
    function: 'tally',
    carriedCount: 1,
    argumentCount: 1,
    hasTime: false,
    partition: [0],
    keyed: true,
    states: signature?.kind === 'process' ? signature.states : [],
    hasTimer: false,
    ttl: true,
    schema: [schema[0]!, { name: 'short', type: types.bigint(false) }, { name: 'long', type: types.bigint(false) }],
  };
  const own: OperatorTask = { ...task, userModule: (name: string) => ({ module, export: name }) };
  const tables = new Map(processTableDefinition.tables(spec).map(table => [table.name, createTable(table, memory, kernels)]));
  const operator = processTableDefinition.create(spec, tables, own);
  const at = (processingTimeMs: number, rows: readonly (readonly Value[])[]): unknown[] => {
    const output: unknown[] = [];
    const context = {
      ...own,
      watermarkMs: Number.NEGATIVE_INFINITY,
      processingTimeMs,
      emit: (batch: Batch) => output.push(...readRows(memory, batch)),
    } as unknown as OperatorContext;
    expect(operator.processBatch(valuesToBatch(memory, schema, rows), context, 0)).toBe('done');
    memory.arena.reset();
    return output;
  };
  const longKey = 'a key that is longer than twelve bytes';
  expect(
    at(1000, [
      [longKey, 1],
      ['b', 10],
      [longKey, 2],
    ]),
  ).toEqual([
    [longKey, 1n, 1n],
    [longKey, 3n, 3n],
    ['b', 10n, 10n],
  ]);
  expect(at(1099, [[longKey, 4]])).toEqual([[longKey, 7n, 7n]]);
  expect(at(1199, [[longKey, 8]])).toEqual([[longKey, 8n, 15n]]);
  expect(tables.get('partitions')!.rowCount()).toBe(2);
  expect(at(2100, [['c', 1]])).toEqual([['c', 1n, 1n]]);
  expect(at(2101, [['c', 1]])).toEqual([['c', 2n, 2n]]);
  expect(tables.get('partitions')!.rowCount()).toBe(2);
  expect(at(2199, [[longKey, 1]])).toEqual([[longKey, 1n, 1n]]);
});
