// A scalar user function against the same expression in a loop of our own encoder: node benchmarks/micro/udf.ts [rounds]
import type { Column } from '../../core/columnar/batch.ts';
import { types } from '../../core/columnar/types.ts';
import { encodeSignatures, loadUdf, type ScalarSignature, ScalarUdf, signatureSection } from '../../core/udf/index.ts';
import { type FunctionBuilder, type Local, ModuleBuilder } from '../../core/wasm/encoder/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

const rows = 1_000_000;
const batchRows = 8192;
const rounds = Number(process.argv[2] ?? 15);
const memory = new TaskMemory({ pagesInitial: 1024 });

type Emit = (f: FunctionBuilder, parameters: readonly Local[]) => void;
interface Case {
  readonly name: string;
  readonly type: 'f64' | 'i64';
  readonly expression: Emit;
  /** The module has a memory of its own, so that the engine's memory is the second one. */
  readonly guestMemory: boolean;
  readonly nulls: boolean;
  /** A loop inside the function: fuel is charged. */
  readonly metered: boolean;
}

const f64Expression: Emit = (f, [a, b]) => f.get(a!).f64.const(1.1).f64.mul().get(b!).f64.add().f64.const(3).f64.add();
const i64Expression: Emit = (f, [a, b]) => f.get(a!).i64.const(3).i64.mul().get(b!).i64.add().i64.const(7).i64.xor();
const f64Trapping: Emit = (f, parameters) => {
  f64Expression(f, parameters);
  f.i32.const(100).get(parameters[1]!).i32.truncSatF64S().i32.const(1).i32.or().i32.divS().f64.convertI32S().f64.add();
};
const i64Trapping: Emit = (f, parameters) => {
  i64Expression(f, parameters);
  f.i64.const(100).get(parameters[1]!).i64.const(1).i64.or().i64.divS().i64.add();
};
const cases: readonly Case[] = (['f64', 'i64'] as const).flatMap(type => {
  const base = {
    type,
    expression: type === 'f64' ? f64Expression : i64Expression,
    guestMemory: false,
    nulls: false,
    metered: false,
  };
  return [
    { ...base, name: `${type}` },
    { ...base, name: `${type}, module with memory`, guestMemory: true },
    { ...base, name: `${type}, 10 % NULL`, nulls: true },
    {
      ...base,
      name: `${type}, 10 % NULL, division, which can trap`,
      nulls: true,
      expression: type === 'f64' ? f64Trapping : i64Trapping,
    },
    { ...base, name: `${type}, loop of 4 rounds inside, metered`, metered: true },
  ];
});

const engineLimits = { initial: 1, maximum: 65536, shared: true };

/** Emits the expression, or four rounds of it over its own result. */
function emitBody(f: FunctionBuilder, parameters: readonly Local[], test: Case): void {
  if (!test.metered) {
    test.expression(f, parameters);
    return;
  }
  const round = f.local('i32');
  const value = f.local(test.type);
  f.get(parameters[0]!).set(value).i32.const(4).set(round);
  f.loop(again => {
    test.expression(f, [value, parameters[1]!]);
    f.set(value).get(round).i32.const(1).i32.sub().tee(round).brIf(again);
  });
  f.get(value).release(round, value);
}

function userFunction(test: Case): ScalarUdf {
  const module = new ModuleBuilder();
  if (test.guestMemory) module.memory({ initial: 1 });
  const f = module.exportFunction('expression', [test.type, test.type], [test.type]);
  emitBody(f, f.parameters, test);
  const type = test.type === 'f64' ? types.double() : types.bigint();
  const signature: ScalarSignature = {
    name: 'expression',
    arguments: [type, type],
    result: type,
    nulls: 'propagate',
    deterministic: true,
  };
  module.customSection(signatureSection, encodeSignatures([signature]));
  return new ScalarUdf(loadUdf(module.build(), { name: 'bench.wasm' }), 'expression', memory);
}

type BuiltIn = (
  rows: number,
  a: number,
  b: number,
  validityA: number,
  validityB: number,
  result: number,
  validity: number,
) => void;

/** What a built-in expression compiles to: all rows are computed, validity bitmaps are joined word by word. */
function builtIn(test: Case): BuiltIn {
  const module = new ModuleBuilder();
  module.importMemory('env', 'memory', engineLimits);
  const f = module.exportFunction('loop', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'], []);
  const [count, a, b, validityA, validityB, result, validity] = f.parameters;
  const row = f.local('i32');
  const [left, right] = [f.newLocal(test.type), f.newLocal(test.type)];
  const at = (base: Local) => f.get(base).get(row).i32.const(3).i32.shl().i32.add();
  f.get(validity).if(() => {
    const end = f.local('i32');
    f.get(count).i32.const(63).i32.add().i32.const(6).i32.shrU().set(end);
    f.forRange(row, 0, end, () => {
      at(validity);
      at(validityA).i64.load();
      at(validityB).i64.load().i64.and().i64.store();
    });
  });
  f.forRange(row, 0, count, () => {
    at(a)[test.type].load().set(left);
    at(b)[test.type].load().set(right);
    at(result);
    emitBody(f, [left, right], test);
    f[test.type].store();
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.build()), { env: { memory: memory.memory } });
  return instance.exports.loop as BuiltIn;
}

function allocate(bytes: number): number {
  return memory.allocateSegment(bytes + 4096);
}

const columns = ['f64', 'i64'].map(type =>
  [0, 1].map(which => {
    // Staggered, since a store 4 KiB behind a load is slow on some processors.
    const data = allocate(rows * 8) + 512 * which;
    for (let row = 0; row < rows; row++) {
      const value = (row * 7919 + which) % 10007;
      if (type === 'f64') memory.f64[data / 8 + row] = value / 3;
      else memory.i64[data / 8 + row] = BigInt(value);
    }
    const validity = allocate(rows / 8 + 8);
    for (let row = 0; row < rows; row++)
      if ((row * 31 + which * 5) % 10 !== 0) memory.u8[validity + (row >> 3)]! |= 1 << (row & 7);
    return { data, validity };
  }),
);
const resultData = allocate(rows * 8) + 1024;
const resultValidity = allocate(rows / 8 + 8);

function median(values: number[]): number {
  return values.sort((left, right) => left - right)[values.length >> 1]!;
}

function batches(run: (start: number, count: number) => void): number {
  const before = performance.now();
  for (let start = 0; start < rows; start += batchRows) run(start, Math.min(batchRows, rows - start));
  return ((performance.now() - before) * 1e6) / rows;
}

const report = cases.map(test => {
  const [a, b] = columns[test.type === 'f64' ? 0 : 1]!;
  const udf = userFunction(test);
  const loop = builtIn(test);
  const type = test.type === 'f64' ? types.double() : types.bigint();
  const column = (place: { data: number; validity: number }, start: number): Column => ({
    type,
    data: place.data + start * 8,
    validity: test.nulls ? place.validity + start / 8 : 0,
  });
  const viaUdf = (start: number, count: number) =>
    udf.callInto({
      rows: count,
      arguments: [column(a!, start), column(b!, start)],
      selection: 0,
      result: { data: resultData + start * 8, validity: test.nulls ? resultValidity + start / 8 : 0 },
    });
  const viaLoop = (start: number, count: number) => {
    const [left, right] = [column(a!, start), column(b!, start)];
    const validity = test.nulls ? resultValidity + start / 8 : 0;
    loop(count, left.data, right.data, left.validity, right.validity, resultData + start * 8, validity);
  };
  for (let warm = 0; warm < 10; warm++) {
    batches(viaUdf);
    batches(viaLoop);
  }
  const udfTimes: number[] = [];
  const loopTimes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    udfTimes.push(batches(viaUdf));
    loopTimes.push(batches(viaLoop));
  }
  const udfNsPerRow = median(udfTimes);
  const builtInNsPerRow = median(loopTimes);
  const round = (value: number) => Math.round(value * 100) / 100;
  return {
    case: test.name,
    udfNsPerRow: round(udfNsPerRow),
    builtInNsPerRow: round(builtInNsPerRow),
    extraNsPerRow: round(udfNsPerRow - builtInNsPerRow),
  };
});

process.stdout.write(
  `${JSON.stringify({ benchmark: 'udf', node: process.version, rows, batchRows, rounds, report }, null, 2)}\n`,
);
