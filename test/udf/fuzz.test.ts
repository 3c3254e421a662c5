import { expect, test } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { TidemillError } from '../../core/common/errors.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import {
  AggregateUdf,
  BatchUdf,
  loadUdf,
  ProcessUdf,
  ScalarUdf,
  StateRecords,
  statePayload,
  TableUdf,
  type UdfModule,
} from '../../core/udf/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { ByteReader } from '../../core/wasm/reader/index.ts';
import { assemblyScript, handMade } from './support.ts';

const seed = Number(process.env.FUZZ_SEED ?? 20260122);
const rounds = Number(process.env.FUZZ_ROUNDS ?? 2000);
/** FUZZ_SECONDS=3600 runs for an hour in place of a number of rounds. */
const seconds = Number(process.env.FUZZ_SECONDS ?? 0);

/** mulberry32 */
function randomOf(state: number): (below: number) => number {
  let a = state | 0;
  return below => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const everything = handMade(
  module => {
    const own = module.memory({ initial: 1, maximum: 4 });
    module.data(8, Uint8Array.of(1, 2, 3, 4, 5), own);
    const passive = module.passiveData(new Uint8Array(64).fill(7));
    const counter = module.global('i64', 5);
    const half = module.function('half', ['i32'], ['i32']);
    half.get(half.parameters[0]).i32.const(1).i32.shrS();
    const work = module.function('work', ['i32'], ['i32']);
    const [n] = work.parameters;
    const index = work.local('i32');
    const total = work.local('i64');
    work.forRange(index, 0, n, next => {
      work.get(index).i32.const(3).i32.and().brIf(next);
      work.get(total).get(index).i64.load(4).i64.add().set(total);
      work.get(index).get(total).i64.store(128);
    });
    work.get(n).i32.const(40).i32.gtS();
    work.if(() => work.i32.const(200).i32.const(0).i32.const(32).memoryInit(passive));
    work.i32.const(300).i32.const(8).i32.const(16).memoryCopy().i32.const(1).memoryGrow().drop();
    work.get(total).get(counter).i64.add().tee(total).set(counter).get(total).i32.wrapI64();
    const table = module.table([half, work]);
    for (const name of ['f', 'g']) {
      const f = module.exportFunction(name, ['i32'], ['i32']);
      f.get(f.parameters[0]).get(f.parameters[0]).i32.const(1).i32.and().callIndirect(half.type, table);
      if (name === 'g') f.call(work).v128.const([1, 2, 3]).i32x4.extractLane(0).i32.add();
    }
    const start = module.function('start', []);
    start.i32.const(64).i32.const(9).i32.store8();
    module.start(start);
  },
  ['f', 'g'].map(name => ({ name, arguments: [types.int()], result: types.int() })),
);

/** Where the bytes of a section's content lie. */
function sections(bytes: Uint8Array): { id: number; start: number; end: number }[] {
  const reader = new ByteReader(bytes);
  reader.skip(8);
  const found = [];
  while (!reader.done) {
    const id = reader.u8();
    const size = reader.u32();
    found.push({ id, start: reader.position, end: reader.position + size });
    reader.skip(size);
  }
  return found;
}

function mutate(bytes: Uint8Array<ArrayBuffer>, random: (below: number) => number): Uint8Array<ArrayBuffer> {
  const layout = sections(bytes);
  const copy = bytes.slice();
  // Bytes replaced in place keep all sizes right, so that many mutants are valid modules.
  for (let count = 1 + random(3); count > 0; count--) {
    const section = random(3) === 0 ? layout[random(layout.length)]! : (layout.find(entry => entry.id === 10) ?? layout[0]!);
    const place = section.start + random(section.end - section.start);
    const kind = random(5);
    copy[place] = kind === 0 ? random(256) : kind === 1 ? copy[place]! ^ (1 << random(8)) : copy[place]! + (random(2) * 2 - 1);
  }
  if (random(10) > 0) return copy;
  const cut = random(copy.length);
  const other = random(copy.length);
  const spliced = new Uint8Array(cut + copy.length - other);
  spliced.set(copy.subarray(0, cut));
  spliced.set(copy.subarray(other), cut);
  return spliced;
}

const samples: Record<string, Value[]> = {
  INT: [0, 1, 50, null, -1],
  BIGINT: [0n, 9n, -5n, null, 1n << 40n],
  VARCHAR: ['', 'abc', 'a text of more than twelve bytes', null, 'ü'],
  DOUBLE: [0, 1.5, -1, null, 1e9],
};

test(
  `mutated modules neither crash, hang nor reach the engine (seed ${seed})`,
  async () => {
    const random = randomOf(seed);
    const corpus = [
      everything,
      await assemblyScript(
        `
      // @sql digits(value BIGINT) RETURNS INT
      export function digits(value: i64): i32 { let s = value.toString(); for (let i = 0; i < 10; i++) s += i.toString(); return s.length; }
      // @sql half(value DOUBLE) RETURNS DOUBLE
      export function half(value: f64): f64 { return Math.pow(value, 0.5); }`,
        { runtime: 'incremental' },
      ),
      await assemblyScript(`
        // @sql-aggregate spread(value BIGINT) RETURNS BIGINT KEEPS 24 BYTES
        export function spread_accumulate(s: usize, x: i64): void { if (x < load<i64>(s)) store<i64>(s, x); if (x > load<i64>(s, 8)) store<i64>(s, x, 8); }
        export function spread_retract(s: usize, x: i64): void { store<i64>(s, load<i64>(s, 16) - x, 16); }
        export function spread_merge(s: usize, o: usize): void { memory.copy(s, o, 24); }
        export function spread_finish(s: usize): i64 { return load<i64>(s, 8) - load<i64>(s); }
        // @sql-function {"name": "seen", "kind": "process", "table": {"columns": [{"name": "n", "type": "INT NOT NULL"}]}, "states": [{"name": "s", "columns": [{"name": "times", "type": "BIGINT"}, {"name": "text", "type": "STRING"}]}], "columns": [{"name": "word", "type": "STRING NOT NULL"}]}
        export function seen(context: usize, n: i32): u64 {
          store<u64>(context + 64, 0);
          store<u64>(context + 72, load<u64>(context + 72) + 1);
          store<u32>(context + 80, <u32>area); store<u32>(context + 84, 5);
          store<u64>(area, 0); store<u32>(area + 8, <u32>area + 20); store<u32>(area + 12, n & 15);
          if (n > 9) { store<u64>(area + 64, 5); store<u32>(area + 80, 1); store<u32>(context + 32, <u32>area + 64); store<u32>(context + 36, 1); }
          return ((<u64>1) << 32) | area;
        }
        export function seen_timer(context: usize): u64 { return 0; }
        // @sql-function {"name": "flat", "kind": "process", "table": {"columns": [{"name": "n", "type": "INT NOT NULL"}]}, "states": [{"name": "s", "columns": [{"name": "a", "type": "BIGINT"}, {"name": "b", "type": "INT NOT NULL"}]}], "columns": [{"name": "k", "type": "INT NOT NULL"}]}
        export function flat(context: usize, n: i32): u64 {
          store<i32>(context + 80, load<i32>(context + 80) + n); store<u32>(context + 40, n & 1);
          store<u64>(area, 0); store<i32>(area + 8, n);
          return ((<u64>(n & 3)) << 32) | area;
        }
        // @sql-function {"name": "twice", "kind": "batch", "arguments": ["INT", "STRING"], "result": "STRING"}
        export function twice(rows: i32, given: usize, result: usize): void {
          const to = load<u32>(result + 40);
          store<u32>(to, load<u32>(load<u32>(given + 104), 8), 8);
          memory.copy(load<u32>(to + 4), load<u32>(load<u32>(given + 104), 4), 4 * (rows + 1));
        }
        const area: usize = heap.alloc(256);`),
    ];
    const memory = new TaskMemory({ pagesInitial: 8 });
    const kernels = loadKernels(memory);
    const outcomes = new Map<string, number>();
    const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    const guard = memory.allocateSegment(1 << 18);
    memory.u8.fill(0xa5, guard, guard + (1 << 18));
    const guardBytes = Buffer.from(memory.u8.slice(guard, guard + (1 << 18)));
    let slowestMs = 0;
    let round = 0;
    const end = performance.now() + seconds * 1000;
    for (; seconds === 0 ? round < rounds : performance.now() < end; round++) {
      const bytes = mutate(corpus[round % corpus.length]!, random);
      const before = performance.now();
      try {
        const module = loadUdf(bytes, {
          name: 'mutant.wasm',
          limits: { fuelPerBatch: 200_000, fuelPerRow: 1000, memoryPagesMax: 16, tableElementsMax: 100 },
        });
        for (const { name, batch, arguments: parameters } of module.functions) {
          const mark = memory.arena.mark();
          try {
            const Scalar = batch === true ? BatchUdf : ScalarUdf;
            const udf = new Scalar(module, name, memory, { kernels, onTrap: random(2) === 0 ? 'null' : 'fail' });
            const columns = parameters.map(type => columnOf(memory, type, samples[type.kind] ?? [1, 2, 3, 4, 5].map(() => null)));
            udf.call(5, columns, 0);
            count('ran');
          } catch (error) {
            record(error, round);
          } finally {
            memory.arena.release(mark);
          }
        }
        for (const { name } of module.aggregates) attempt(round, () => aggregate(module, name));
        for (const { kind, name } of module.tabular) if (kind === 'process') attempt(round, () => partition(module, name));
        for (const { kind, name, arguments: parameters } of module.tabular) {
          if (kind !== 'table') continue;
          const mark = memory.arena.mark();
          try {
            const udf = new TableUdf(module, name, memory, { kernels, onTrap: random(2) === 0 ? 'null' : 'fail' });
            const columns = parameters.map(type => columnOf(memory, type, samples[type.kind] ?? [1, 2, 3, 4, 5].map(() => null)));
            const call = { rows: 5, arguments: columns, outer: random(2) === 0, capacity: 20 };
            let done = false;
            for (let piece = 0; piece < 20 && !done; piece++) done = udf.call({ ...call, begins: piece === 0 }).done;
            count('ran');
          } catch (error) {
            record(error, round);
          } finally {
            memory.arena.release(mark);
          }
        }
      } catch (error) {
        record(error, round);
      }
      slowestMs = Math.max(slowestMs, performance.now() - before);
      const guarded = Buffer.from(memory.u8.buffer as ArrayBuffer, guard, 1 << 18);
      if (!guarded.equals(guardBytes)) throw new Error(`round ${round} of seed ${seed} reached the engine's memory`);
    }
    function attempt(round: number, run: () => void): void {
      const mark = memory.arena.mark();
      try {
        run();
        count('ran');
      } catch (error) {
        record(error, round);
      } finally {
        memory.arena.release(mark);
      }
    }
    function aggregate(module: UdfModule, name: string): void {
      const udf = new AggregateUdf(module, name, memory, kernels);
      const initial = udf.initial();
      const groups = [0, 1].map(() => {
        const address = memory.arena.allocate(initial.length);
        memory.u8.set(initial, address);
        return address;
      });
      const rows = memory.arena.allocate(20);
      memory.u32.set(
        [0, 1, 0, 1, 1].map(index => groups[index]!),
        rows >>> 2,
      );
      const weights = memory.arena.allocate(8);
      memory.u8.set([1, 1, 1, udf.function.canRetract ? 255 : 1, 1], weights);
      const columns = udf.function.arguments.map(type => columnOf(memory, type, samples[type.kind] ?? samples['INT']!));
      udf.accumulate({ from: 0, to: 5, order: 0, rows, weights, columns, base: 0 });
      if (udf.function.canMerge)
        udf.merge({ from: 0, to: 1, order: 0, targets: rows, selection: 0, sources: rows + 4, views: 0, base: 0 });
      udf.finish(2, rows, 0);
    }
    function partition(module: UdfModule, name: string): void {
      const udf = new ProcessUdf(module, name, memory, { kernels });
      const order = memory.arena.allocate(20);
      memory.u32.set([0, 1, 2, 3, 4], order >>> 2);
      const shape = [...udf.signature.table.columns.map(field => field.type), ...udf.signature.arguments];
      const columns = shape.map(type => columnOf(memory, type, samples[type.kind] ?? samples['INT']!));
      const payload = statePayload(udf.signature.states);
      const states = memory.arena.allocateZeroed(payload.bytes + 8);
      const records = new StateRecords(payload, memory, kernels, name);
      const rows = { arguments: columns, order, weights: 0, times: 0, unitsPerMs: 1 };
      udf.open(20, rows);
      if (udf.canSwitchPartitions && random(2) === 0) {
        const places = memory.arena.allocate(20);
        memory.u32.fill(states, places >>> 2, (places >>> 2) + 5);
        udf.begin({ hasTime: false, watermarkMs: 0, fresh: true, from: 0 });
        for (let piece = 0; piece < 20; piece++) {
          const { result } = udf.partitions(5, { rows: places, offset: 0, nowMs: 1 });
          if (result === 'done') break;
          if (result === 'attention') udf.attention();
          else udf.open(20, rows);
        }
      } else {
        udf.begin({ hasTime: false, watermarkMs: 0, fresh: records.load(states, udf, udf.records, () => false), from: 0 });
        for (let piece = 0; piece < 20; piece++) {
          const result = udf.rows(5);
          if (result === 'done') break;
          if (result === 'attention') udf.attention();
          else udf.open(20, rows);
        }
        records.store(states, udf.buffer, udf.records, 1, 0, bytes => memory.arena.allocate(bytes));
      }
      udf.finish();
    }
    function record(error: unknown, round: number): void {
      if (!(error instanceof TidemillError) || error.domain === 'internal')
        throw new Error(`round ${round} of seed ${seed}: ${error}`, { cause: error });
      count(error.code);
    }
    expect(outcomes.get('ran') ?? 0, JSON.stringify([...outcomes])).toBeGreaterThan(round / 20);
    expect(outcomes.get('udf-invalid') ?? 0).toBeGreaterThan(round / 20);
    expect(slowestMs).toBeLessThan(3000);
    if (process.env.FUZZ_REPORT)
      process.stdout.write(`${JSON.stringify([...outcomes])} ${round} rounds, slowest ${slowestMs} ms\n`);
  },
  60_000 + 2000 * seconds,
);
