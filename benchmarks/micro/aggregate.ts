// Group tables and aggregating operators: CPU nanoseconds per row, one thread. Prints one JSON object. Argument: rows per run in millions (4).
import { AggregateCode, layoutAggregates } from '../../core/codegen/aggregates/index.ts';
import { keyWords } from '../../core/codegen/hash.ts';
import type { Batch, Column } from '../../core/columnar/batch.ts';
import { keyLayoutOf } from '../../core/columnar/key-layout.ts';
import { type Schema, type SqlType, storageBytes, storageOf, types } from '../../core/columnar/types.ts';
import { seededRandom } from '../../core/common/environment.ts';
import { limits } from '../../core/common/limits.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import type { OperatorContext, OperatorDefinition, OperatorTask } from '../../core/operators/contract.ts';
import { groupAggregateDefinition } from '../../core/operators/group-aggregate.ts';
import type { GroupAggregateSpec, WindowAggregateSpec } from '../../core/operators/stateful-specs.ts';
import { windowAggregateDefinition } from '../../core/operators/window-aggregate.ts';
import { type AggregateCall, call, column, literal } from '../../core/plan/expressions.ts';
import { createTable, type ValueTable } from '../../core/state/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

const rowsPerRun = Math.round(Number(process.argv[2] ?? 4) * 1e6);
const batchRows = limits.batchRows;
const random = seededRandom(7);

const schema: Schema = [
  { name: 'at', type: types.timestamp(3, false, 'rowtime') },
  { name: 'key', type: types.bigint(false) },
  { name: 'price', type: types.bigint(false) },
  { name: 'channel', type: types.string(false) },
  { name: 'bidder', type: types.bigint(false) },
];
const at = (index: number) => column(index, schema[index]!);
const count = types.bigint(false);
const aggregate = (name: string, type: SqlType, args: number[], extra: Partial<AggregateCall> = {}): AggregateCall => ({
  name,
  type,
  arguments: args.map(at),
  distinct: false,
  ...extra,
});
const below = (limit: bigint) => call('less-than', [at(2), literal(limit, types.bigint(false))], types.boolean(false));

/** CPU time of a run in ns per row. */
function measure(rows: number, run: () => void): number {
  const before = process.cpuUsage();
  run();
  const used = process.cpuUsage(before);
  return Math.round(((used.user + used.system) * 10_000) / rows) / 10;
}

function task(): OperatorTask {
  const memory = new TaskMemory();
  return { memory, kernels: loadKernels(memory), localTimeZone: 'UTC' } as OperatorTask;
}

/** `batches` distinct batches in segments of their own. */
function makeBatches({ memory }: OperatorTask, batches: number, groups: number, bidders: number, perMs: number): Batch[] {
  let row = 0;
  return Array.from({ length: batches }, (): Batch => {
    const columns = schema.map(({ type }): Column => {
      const data = memory.allocateSegment(batchRows * storageBytes(storageOf(type)) + 64);
      return { type, validity: 0, data };
    });
    const [time, key, price, channel, bidder] = columns.map(entry => entry.data >> 3) as [number, number, number, number, number];
    const { i64, u8, u32 } = memory;
    const name = new TextEncoder().encode('channel-0');
    for (let index = 0; index < batchRows; index++, row++) {
      i64[time + index] = BigInt(Math.floor(row / perMs)) * 1000n;
      i64[key + index] = BigInt(random.next32() % groups);
      i64[price + index] = BigInt(random.next32() % 2_000_000);
      i64[bidder + index] = BigInt(random.next32() % bidders);
      const view = (channel << 3) + 16 * index;
      u32.fill(0, view >> 2, (view >> 2) + 4);
      u8[view] = name.length;
      u8.set(name, view + 4);
      u8[view + 12] = 48 + (row % 10);
    }
    return { length: batchRows, columns, weights: 0, watermarkBefore: 0 };
  });
}

/** Find or insert, then COUNT, SUM, MAX: the two passes alone. */
function groupTable(groups: number): number {
  const own = task();
  const { memory, kernels } = own;
  const key = keyLayoutOf([types.bigint(false)]);
  const calls = [aggregate('count', count, []), aggregate('sum', types.bigint(), [0]), aggregate('max', types.bigint(), [0])];
  const layout = layoutAggregates(calls, [types.bigint(false)], key, { retracting: false });
  const code = new AggregateCode(layout, own);
  const table = createTable({ kind: 'value', name: 'groups', key, payload: layout.payload }, memory, kernels) as ValueTable;
  const batches = Math.ceil((Math.max(rowsPerRun, groups * 2) * 1) / batchRows);
  const data = makeBatches(own, Math.min(batches, 1024), groups, 10, 1000);
  const { words, views } = keyWords(key);
  const pass = (batch: Batch): void => {
    memory.arena.reset();
    const keys = batch.columns[1]!.data;
    const hashes = memory.arena.allocate(4 * batchRows);
    const rows = memory.arena.allocate(4 * batchRows);
    kernels.hash_key_rows(keys, batchRows, words, views, hashes);
    table.groups.findOrInsert(hashes, keys, rows, 0, batchRows);
    const frame = code.frame([batch.columns[2]!], [], batchRows);
    code.accumulate({ from: 0, to: batchRows, order: 0, rows, weights: 0, frame, block: table.groups.store.block });
  };
  for (let round = 0; round < 2; round++) for (const batch of data) pass(batch);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++)
    best = Math.min(
      best,
      measure(data.length * batchRows, () => data.forEach(pass)),
    );
  return best;
}

interface Result {
  readonly nsPerRow: number;
  readonly rowsOut: number;
  readonly stateMb: number;
}

function operator<Spec>(
  definition: OperatorDefinition<Spec>,
  spec: Spec,
  groups: number,
  bidders: number,
  perMs: number,
): Result {
  const own = task();
  const { memory } = own;
  const data = makeBatches(own, Math.ceil(rowsPerRun / batchRows), groups, bidders, perMs);
  const run = (): { rows: number; stateBytes: number } => {
    const tables = new Map(definition.tables(spec).map(table => [table.name, createTable(table, memory, own.kernels)]));
    const made = definition.create(spec, tables, own);
    let watermarkMs = Number.NEGATIVE_INFINITY;
    let rows = 0;
    const context = {
      ...own,
      get watermarkMs() {
        return watermarkMs;
      },
      processingTimeMs: 0,
      emit: (batch: Batch) => {
        rows += batch.length;
      },
      emitWatermark() {},
      count() {},
    } as unknown as OperatorContext;
    const all = (step: () => string): void => {
      do memory.arena.reset();
      while (step() !== 'done');
    };
    for (const batch of data) {
      all(() => made.processBatch(batch, context, 0));
      const next = Number(memory.i64[(batch.columns[0]!.data >> 3) + batchRows - 1]!) / 1000 - 4;
      all(() => made.onWatermark?.(next, context) ?? 'done');
      watermarkMs = next;
    }
    const stateBytes = [...tables.values()].reduce((sum, table) => sum + table.sizeBytes(), 0);
    all(() => made.onWatermark?.(Number.POSITIVE_INFINITY, context) ?? 'done');
    all(() => made.onEnd?.(context) ?? 'done');
    for (const table of tables.values()) table.close();
    return { rows, stateBytes };
  };
  let result = run();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++)
    best = Math.min(
      best,
      measure(data.length * batchRows, () => {
        result = run();
      }),
    );
  return { nsPerRow: best, rowsOut: result.rows, stateMb: Math.round(result.stateBytes / 1e5) / 10 };
}

const basic = [aggregate('count', count, []), aggregate('sum', types.bigint(), [2]), aggregate('max', types.bigint(), [2])];

function windowSpec(window: WindowAggregateSpec['window'], calls = basic): WindowAggregateSpec {
  return {
    kind: 'window-aggregate',
    input: schema,
    window,
    time: { kind: 'rowtime', column: 0 },
    keys: [at(1)],
    aggregates: calls,
    outputs: [
      { kind: 'key', index: 0 },
      { kind: 'window', property: 'start' },
      { kind: 'window', property: 'end' },
      ...calls.map((_, index) => ({ kind: 'aggregate', index }) as const),
    ],
    schema: [
      schema[1]!,
      { name: 'window_start', type: types.timestamp(3, false) },
      { name: 'window_end', type: types.timestamp(3, false) },
      ...calls.map((entry, index) => ({ name: `a${index}`, type: entry.type })),
    ],
  };
}
function groupSpec(keys: readonly number[], calls: readonly AggregateCall[], final = false): GroupAggregateSpec {
  return {
    kind: 'group-aggregate',
    input: schema,
    keys: keys.map(at),
    aggregates: calls,
    retracting: false,
    final,
    schema: [...keys.map(key => schema[key]!), ...calls.map((entry, index) => ({ name: `a${index}`, type: entry.type }))],
  };
}
const filters = [below(10_000n), call('not', [below(10_000n)], types.boolean(false)), below(1_000_000n)];
const distinctCalls = [
  aggregate('count', count, []),
  ...filters.map(filter => aggregate('count', count, [], { filter })),
  ...[4, 1].flatMap(argument => [
    aggregate('count', count, [argument], { distinct: true }),
    ...filters.map(filter => aggregate('count', count, [argument], { distinct: true, filter })),
  ]),
];
const statistics = [
  aggregate('count', count, []),
  ...filters.map(filter => aggregate('count', count, [], { filter })),
  aggregate('min', types.bigint(), [2]),
  aggregate('max', types.bigint(), [2]),
  aggregate('avg', types.bigint(), [2]),
  aggregate('sum', types.bigint(), [2]),
];

const only = process.argv[3];
const results: Record<string, unknown> = { rowsPerRun };
const bench = (name: string, run: () => unknown): void => {
  if (only === undefined || name.includes(only)) results[name] = run();
};
for (const groups of [10_000, 100_000, 1_000_000, 5_000_000])
  bench(`group table, ${groups} groups, ns/row`, () => groupTable(groups));
bench('tumble, 500k groups', () =>
  operator(windowAggregateDefinition, windowSpec({ kind: 'tumble', sizeMs: 1e9, offsetMs: 0 }), 500_000, 10, 1000),
);
bench('tumble, 10k groups, 20 windows', () =>
  operator(
    windowAggregateDefinition,
    windowSpec({ kind: 'tumble', sizeMs: rowsPerRun / 1000 / 20, offsetMs: 0 }),
    10_000,
    10,
    1000,
  ),
);
bench('hop of 5 panes, 10k groups', () => {
  const slideMs = Math.round(rowsPerRun / 1000 / 20);
  return operator(
    windowAggregateDefinition,
    windowSpec({ kind: 'hop', sizeMs: 5 * slideMs, slideMs, offsetMs: 0 }),
    10_000,
    10,
    1000,
  );
});
bench('final GROUP BY, 250 groups', () => operator(groupAggregateDefinition, groupSpec([1], basic, true), 250, 10, 1000));
bench('changelog of statistics (q17), 100k groups', () =>
  operator(groupAggregateDefinition, groupSpec([1], statistics), 100_000, 10, 1000),
);
bench('distinct with filters (q15), one group', () =>
  operator(groupAggregateDefinition, groupSpec([], distinctCalls), 100_000, 10_000, 1000),
);
bench('distinct with filters (q16), 10 groups', () =>
  operator(
    groupAggregateDefinition,
    groupSpec([3], [...distinctCalls, aggregate('max', types.string(), [3])]),
    100_000,
    10_000,
    1000,
  ),
);
process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
