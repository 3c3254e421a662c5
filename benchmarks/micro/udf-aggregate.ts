// SUM of the engine against the same sum as a user's aggregate, with its accumulator as a value and as a block, in GROUP BY with few and many groups:
// CPU nanoseconds per row, one thread: the least of some rounds, and of five repetitions in new memories
// the median, because how a memory lies in the machine's caches makes a difference that rounds do not even out. AVG, which keeps 16 bytes a group as the
// block does, tells what the larger rows cost where groups do not fit the caches. node benchmarks/micro/udf-aggregate.ts [rounds]
import type { Batch, Column } from '../../core/columnar/batch.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import { seededRandom } from '../../core/common/environment.ts';
import { limits } from '../../core/common/limits.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import type { OperatorContext, OperatorTask } from '../../core/operators/contract.ts';
import { groupAggregateDefinition } from '../../core/operators/group-aggregate.ts';
import type { GroupAggregateSpec } from '../../core/operators/stateful-specs.ts';
import { type AggregateCall, column } from '../../core/plan/expressions.ts';
import { createTable } from '../../core/state/index.ts';
import { type AggregateSignature, AggregateUdf, encodeSignatures, loadUdf, signatureSection } from '../../core/udf/index.ts';
import { ModuleBuilder } from '../../core/wasm/encoder/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { median, round } from '../harness/statistics.ts';

const rounds = Number(process.argv[2] ?? 6);
const repetitions = 5;
const rowsPerRound = 2_000_000;
const { batchRows } = limits;
const schema: Schema = [
  { name: 'key', type: types.bigint(false) },
  { name: 'price', type: types.bigint(false) },
];
const at = (index: number) => column(index, schema[index]!);

function signature(name: string, kept: Partial<AggregateSignature>): AggregateSignature {
  const common = { argumentNames: undefined, nulls: 'propagate', deterministic: true } as const;
  return { name, kind: 'aggregate', arguments: [types.bigint()], result: types.bigint(false), ...common, ...kept };
}

/** `value_sum`, and `block_sum` in its own memory. */
function module(): Uint8Array<ArrayBuffer> {
  const made = new ModuleBuilder();
  made.memory({ initial: 16 });
  const top = made.global('i32', 1024);
  const allocate = made.exportFunction('tidemill_allocate', ['i32'], ['i32']);
  allocate.get(top).get(top).get(allocate.parameters[0]).i32.add().set(top);
  const add = made.exportFunction('value_sum_accumulate', ['i64', 'i64'], ['i64']);
  add.get(add.parameters[0]).get(add.parameters[1]).i64.add();
  const finish = made.exportFunction('value_sum_finish', ['i64'], ['i64']);
  finish.get(finish.parameters[0]);
  const addTo = made.exportFunction('block_sum_accumulate', ['i32', 'i64']);
  const [state, x] = addTo.parameters;
  addTo.get(state).get(state).i64.load().get(x).i64.add().i64.store();
  const read = made.exportFunction('block_sum_finish', ['i32'], ['i64']);
  read.get(read.parameters[0]).i64.load();
  const signatures = [signature('value_sum', { accumulators: [types.bigint()] }), signature('block_sum', { stateBytes: 16 })];
  made.customSection(signatureSection, encodeSignatures(signatures));
  return made.build();
}

const loaded = loadUdf(module(), { name: 'sums.wasm' });

function callOf(name: string): AggregateCall {
  const common = { arguments: [at(1)], distinct: false, type: types.bigint(false) };
  if (name === 'SUM' || name === 'AVG') return { ...common, name: name.toLowerCase() };
  const stateBytes = name === 'value_sum' ? 8 : 16;
  const initial = new Array<number>(stateBytes).fill(0);
  const seen = { seesNulls: [false], canRetract: false, canMerge: false, deterministic: true, empty: 0n };
  return { ...common, name, user: { key: name, stateBytes, initial, ...seen } };
}

/** A pass over the batches through GROUP BY of a query whose rows come at the end. */
function passOf(name: string, groups: number): () => void {
  const memory = new TaskMemory();
  const kernels = loadKernels(memory);
  const task = {
    memory,
    kernels,
    localTimeZone: 'UTC',
    userAggregate: (key: string) => new AggregateUdf(loaded, key, memory, kernels),
  } as unknown as OperatorTask;
  const random = seededRandom(7);
  const batches = Array.from({ length: Math.ceil(rowsPerRound / batchRows) }, (): Batch => {
    const columns = schema.map(({ type }, index): Column => {
      const data = memory.allocateSegment(8 * batchRows + 64);
      for (let row = 0; row < batchRows; row++)
        memory.i64[(data >>> 3) + row] = BigInt(random.next32() % (index === 0 ? groups : 2_000_000));
      return { type, validity: 0, data };
    });
    return { length: batchRows, columns, weights: 0, watermarkBefore: 0 };
  });
  const keys = [at(0)];
  const spec: GroupAggregateSpec = {
    kind: 'group-aggregate',
    input: schema,
    keys,
    aggregates: [callOf(name)],
    retracting: false,
    final: true,
    schema: [schema[0]!, { name: 'sum', type: types.bigint(false) }],
  };
  const tables = new Map(
    groupAggregateDefinition.tables(spec).map(table => [table.name, createTable(table, memory, kernels)] as const),
  );
  const operator = groupAggregateDefinition.create(spec, tables, task);
  return () => {
    for (const batch of batches) {
      memory.arena.reset();
      operator.processBatch(batch, {} as OperatorContext, 0);
    }
  };
}

const names = ['SUM', 'AVG', 'value_sum', 'block_sum'] as const;

/** By name, the least of the rounds over tables in new memories, in ns per row. */
function measured(groups: number): readonly number[] {
  const passes = names.map(name => passOf(name, groups));
  const best = names.map(() => Number.POSITIVE_INFINITY);
  for (let round = -2; round < rounds; round++)
    for (const [index, pass] of passes.entries()) {
      const before = process.cpuUsage();
      pass();
      const used = process.cpuUsage(before);
      if (round >= 0) best[index] = Math.min(best[index]!, ((used.user + used.system) * 1000) / rowsPerRound);
    }
  return best;
}

const report = [10, 1000, 100_000, 1_000_000].map(groups => {
  const all = Array.from({ length: repetitions }, () => measured(groups));
  const tenths = (of: (best: readonly number[]) => number) => round(median(all.map(of)), 1);
  const [sum, average, value, block] = names.map((_, index) => (best: readonly number[]) => best[index]!);
  return {
    groups,
    sumNsPerRow: tenths(sum!),
    averageNsPerRow: tenths(average!),
    valueNsPerRow: tenths(value!),
    blockNsPerRow: tenths(block!),
    valueExtra: tenths(best => value!(best) - sum!(best)),
    blockExtra: tenths(best => block!(best) - sum!(best)),
  };
});

const goals = report.flatMap(({ groups, valueExtra, blockExtra }) => [
  { what: `user's sum (a value) over SUM, ${groups} groups`, value: valueExtra, limit: 3, unit: 'ns/row' },
  { what: `user's sum (a block of 16 bytes) over SUM, ${groups} groups`, value: blockExtra, limit: 3, unit: 'ns/row' },
]);
process.stdout.write(
  `${JSON.stringify({ benchmark: 'udf-aggregate', node: process.version, rowsPerRound, rounds, repetitions, report, goals }, null, 2)}\n`,
);
