import { expect, test } from 'vitest';
import type { Batch } from '../../core/columnar/batch.ts';
import { keyLayoutOf } from '../../core/columnar/key-layout.ts';
import { readRows } from '../../core/columnar/read-values.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { seededRandom } from '../../core/common/environment.ts';
import type { OperatorContext, OperatorTask } from '../../core/operators/contract.ts';
import { type ProcessTableSpec, processTableDefinition } from '../../core/operators/process-table.ts';
import { column } from '../../core/plan/expressions.ts';
import { createTable } from '../../core/state/index.ts';
import { loadUdf } from '../../core/udf/index.ts';
import { processTwinOf } from '../udf/component-twins.ts';
import { processModules } from '../udf/process-modules.ts';
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

/** Rows of a schema in partitions by its first column, which is carried. */
function specOf(
  input: Schema,
  more: Pick<ProcessTableSpec, 'function' | 'argumentCount' | 'schema'> & Partial<ProcessTableSpec>,
): ProcessTableSpec {
  return {
    kind: 'process-table',
    compute: {
      input,
      outputs: input.map((field, index) => column(index, field)),
      key: { expressions: [column(0, input[0]!)], layout: keyLayoutOf([input[0]!.type]) },
    },
    carriedCount: 1,
    hasTime: false,
    partition: [0],
    keyed: true,
    states: [],
    hasTimer: false,
    ttl: false,
    ...more,
  };
}

/** A core module, and a component that does the same. */
const forms = [
  ['modules', (bytes: Uint8Array<ArrayBuffer>) => loadUdf(bytes, { name: 'module.wasm' })],
  ['components', processTwinOf],
] as const;

test.each(
  forms,
)('%s: each state is forgotten when it was not written to for its time, and partitions without any go', async (_, load) => {
  const module = load(await assemblyScript(source));
  const schema: Schema = [
    { name: 'k', type: types.string(false) },
    { name: 'v', type: types.int(false) },
  ];
  const [signature] = module.tabular;
  const spec = specOf(schema, {
    function: 'tally',
    argumentCount: 1,
    states: signature?.kind === 'process' ? signature.states : [],
    ttl: true,
    schema: [schema[0]!, { name: 'short', type: types.bigint(false) }, { name: 'long', type: types.bigint(false) }],
  });
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
    // components get rows in the order of the batch
    return output.sort((one, other) => String(one).localeCompare(String(other)));
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

test.each(forms)('%s: timers set, cleared one by one and all of a partition fire as a list of them says', async (_, load) => {
  const module = load(await assemblyScript(processModules));
  const schema: Schema = [
    { name: 'k', type: types.string(false) },
    { name: 'what', type: types.int(false) },
    { name: 'ms', type: types.bigint(false) },
    { name: 'at', type: types.timestamp(3, false) },
  ];
  const spec = specOf(schema, {
    function: 'alarms',
    argumentCount: 2,
    hasTime: true,
    hasTimer: true,
    schema: [schema[0]!, { name: 'fired', type: types.bigint(false) }, schema[3]!],
  });
  const own: OperatorTask = { ...task, userModule: (name: string) => ({ module, export: name }) };
  const tables = new Map(processTableDefinition.tables(spec).map(table => [table.name, createTable(table, memory, kernels)]));
  const random = seededRandom(11);
  const below = (count: number): number => random.next32() % count;
  let operator = processTableDefinition.create(spec, tables, own);
  let expected: { readonly key: string; readonly ms: number }[] = [];
  let fired = 0;
  for (let round = 0; round < 200; round++) {
    const output: string[] = [];
    const context = {
      ...own,
      watermarkMs: round * 10,
      processingTimeMs: 1,
      emit: (batch: Batch) => output.push(...readRows(memory, batch).map(([key, ms]) => `${key} ${ms}`)),
    } as unknown as OperatorContext;
    // 'k787' and 'k22697' have one hash; clearing all is rare, so that partitions have many timers; times are those of rows and what they say beyond
    const rows = Array.from({ length: 1 + below(60) }, (): Value[] => [
      ['a', 'k787', 'a key of more than twelve bytes', 'k22697'][below(4)]!,
      below(12) === 0 ? 3 : below(3) === 0 ? 2 : 1,
      BigInt(below(60)),
      BigInt((round * 10 + 1) * 1000),
    ]);
    for (const [key, what, ms] of rows) {
      const timer = { key: String(key), ms: round * 10 + 1 + Number(ms) };
      const isOther = (each: { key: string; ms: number }): boolean =>
        each.key !== timer.key || (what !== 3 && each.ms !== timer.ms);
      expected = expected.filter(isOther);
      if (what === 1) expected.push(timer);
    }
    while (operator.processBatch(valuesToBatch(memory, schema, rows), context, 0) !== 'done');
    const watermarkMs = round * 10 + 10;
    while (operator.onWatermark!(watermarkMs, context) !== 'done');
    const due = expected.filter(({ ms }) => ms <= watermarkMs);
    expected = expected.filter(({ ms }) => ms > watermarkMs);
    expect(output.sort(), `round ${round}`).toEqual(due.map(({ key, ms }) => `${key} ${ms}`).sort());
    fired += due.length;
    expect(tables.get('timers')!.rowCount()).toBe(expected.length);
    memory.arena.reset();
    if (round % 7 === 3) operator = processTableDefinition.create(spec, tables, own);
  }
  expect(fired).toBeGreaterThan(500);
});
