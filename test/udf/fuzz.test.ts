import { expect, test } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { TidemillError } from '../../core/common/errors.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { loadUdf, ScalarUdf, TableUdf } from '../../core/udf/index.ts';
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
        for (const { name, arguments: parameters } of module.functions) {
          const mark = memory.arena.mark();
          try {
            const udf = new ScalarUdf(module, name, memory, { kernels, onTrap: random(2) === 0 ? 'null' : 'fail' });
            const columns = parameters.map(type => columnOf(memory, type, samples[type.kind] ?? [1, 2, 3, 4, 5].map(() => null)));
            udf.call(5, columns, 0);
            count('ran');
          } catch (error) {
            record(error, round);
          } finally {
            memory.arena.release(mark);
          }
        }
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
