import { expect, test } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { seededRandom } from '../../core/common/environment.ts';
import { TidemillError } from '../../core/common/errors.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import {
  ComponentAggregate,
  ComponentTable,
  ComponentUdf,
  encodeSignatures,
  loadComponent,
  signatureSection,
  type UdfModule,
} from '../../core/udf/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { withCustomSection } from '../../core/wasm/reader/index.ts';
import { componentHeader } from './support.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 20260122);
const rounds = Number(process.env['FUZZ_ROUNDS'] ?? 3000);
const seconds = Number(process.env['FUZZ_SECONDS'] ?? 0);
const rows = 13;

const results = [
  types.int(),
  types.string(false),
  types.string(),
  types.boolean(),
  types.decimal(5, 2),
  types.decimal(30, 2),
  types.bytes(),
];

/** Components whose exports give what the test puts into a global. */
function modules(): readonly UdfModule[] {
  const common = { name: 'f', nulls: 'call', deterministic: true, arguments: [types.int()] } as const;
  const glue = `export function instantiate() {
    const made = () => globalThis.tidemillFuzzed();
    return { call: () => made()[0], callTable: made, begin: made, accumulate: made, merge: made, finish: () => made()[0] };
  }`;
  const parts = ['init', 'retract', 'merge'] as const;
  const signatures = [
    ...results.map(result => ({ ...common, result })),
    ...results.map(type => ({ ...common, kind: 'table' as const, result: types.bigint(false), columns: [{ name: 'x', type }] })),
    { ...common, kind: 'aggregate' as const, result: types.string(), accumulators: [types.bigint(), types.int()], parts },
    { ...common, kind: 'aggregate' as const, result: types.double(), stateBytes: 24, parts },
  ];
  return signatures.map(signature =>
    loadComponent(withCustomSection(componentHeader, signatureSection, encodeSignatures([signature as never])), 'f.wasm', {
      glue,
      cores: new Map(),
    }),
  );
}

test(
  `columns of components that are anything neither crash nor reach the engine (seed ${seed})`,
  () => {
    const random = seededRandom(seed);
    const below = (count: number): number => random.next32() % count;
    const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => (below(3) === 0 ? below(256) : 0));
    /** Lengths that are often right. */
    const length = (): number =>
      [0, 1, 2, 3, 4, 8, rows, 2 * rows, 4 * rows, 8 * rows, 16 * rows, 24 * rows, 4 * (rows + 1), below(300)][below(14)]!;
    const offsets = (): Uint8Array => {
      let at = 0;
      const step = (): number => (at += below(8) === 0 ? below(40) - 20 : below(4));
      return new Uint8Array(Int32Array.from({ length: rows + 1 }, (_, index) => (index === 0 ? 0 : step())).buffer);
    };
    const column = () => ({
      validity: below(2) === 0 ? new Uint8Array() : bytes(below(4)),
      data: below(3) === 0 ? offsets() : bytes(length()),
      text: below(2) === 0 ? bytes(below(80)) : new TextEncoder().encode('grüße und mehr Text als zwölf Bytes'),
    });
    const global = globalThis as { tidemillFuzzed?: () => unknown };
    global.tidemillFuzzed = () => {
      const made = Array.from({ length: 1 + below(3) }, column);
      // row numbers that go up, mostly
      if (below(2) === 0)
        made[0] = {
          ...made[0]!,
          data: new Uint8Array(Uint32Array.from({ length: below(20) }, (_, at) => Math.min(at >> 1, rows)).buffer),
        };
      return made;
    };
    const all = modules();
    const memory = new TaskMemory({ pagesInitial: 8 });
    const kernels = loadKernels(memory);
    const guard = memory.allocateSegment(1 << 16);
    memory.u8.fill(0xa5, guard, guard + (1 << 16));
    const outcomes = new Map<string, number>();
    const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    const end = performance.now() + seconds * 1000;
    let round = 0;
    for (; seconds === 0 ? round < rounds : performance.now() < end; round++) {
      const module = all[round % all.length]!;
      const mark = memory.arena.mark();
      const onTrap = below(2) === 0 ? 'null' : 'fail';
      const input = columnOf(
        memory,
        types.int(),
        Array.from({ length: rows }, (_, row) => (below(5) === 0 ? null : row)),
      );
      try {
        if (module.aggregates.length > 0) {
          const udf = new ComponentAggregate(module, 'f', memory, kernels);
          const group = memory.arena.allocateZeroed(64);
          const places = memory.arena.allocate(4 * rows);
          memory.u32.set(
            Array.from({ length: rows }, () => group + 32 * below(2)),
            places >>> 2,
          );
          const [step] = [below(4)];
          if (step === 0) udf.initial();
          if (step === 1) udf.accumulate({ from: 0, to: rows, order: 0, rows: places, weights: 0, columns: [input], base: 0 });
          if (step === 2)
            udf.merge({ from: 0, to: rows, order: 0, targets: places, selection: 0, sources: places, views: 0, base: 0 });
          if (step === 3) udf.finish(rows, places, 0);
        } else if (module.tabular.length > 0) {
          const udf = new ComponentTable(module, 'f', memory, { kernels, onTrap });
          const call = { rows, arguments: [input], outer: below(2) === 0, capacity: 1 + below(9) };
          let done = false;
          for (let piece = 0; piece < 60 && !done; piece++) done = udf.call({ ...call, begins: piece === 0 }).done;
        } else new ComponentUdf(module, 'f', memory, { kernels, onTrap }).call(rows, [input], 0);
        count('ran');
      } catch (error) {
        if (!(error instanceof TidemillError) || error.domain === 'internal')
          throw new Error(`round ${round} of seed ${seed}: ${error}`, { cause: error });
        count(error.code);
      } finally {
        memory.arena.release(mark);
      }
      if (round % 64 === 0 && memory.u8.subarray(guard, guard + (1 << 16)).some(byte => byte !== 0xa5))
        throw new Error(`round ${round} of seed ${seed} reached the engine's memory`);
    }
    delete global.tidemillFuzzed;
    expect(outcomes.get('ran') ?? 0, JSON.stringify([...outcomes])).toBeGreaterThan(round / 20);
    expect(outcomes.get('udf-result') ?? 0).toBeGreaterThan(round / 20);
    if (process.env['FUZZ_REPORT']) process.stdout.write(`${JSON.stringify([...outcomes])} ${round} rounds\n`);
  },
  60_000 + 2000 * seconds,
);
