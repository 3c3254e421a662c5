import type { FunctionBuilder, ModuleBuilder } from '../../../core/wasm/encoder/index.ts';
import { type Hostile, made } from '../support.ts';

/** Index 1 is where the engine's memory stands in the rewritten module. */
const engine = { kind: 'memory', index: 1 } as const;
const own = { kind: 'memory', index: 0 } as const;
const invalid = /^udf-invalid: evil.wasm is not a valid WebAssembly module/;

function naming(title: string, body: (f: FunctionBuilder, module: ModuleBuilder) => void, without: RegExp): Hostile {
  return { name: title, guard: 'validation', bytes: made(body), rows: 'canary', expected: invalid, without };
}
function unowned(title: string, body: (f: FunctionBuilder) => void, without: RegExp): Hostile {
  return {
    name: `${title}, without a memory of its own`,
    guard: 'validation',
    bytes: made(body, { memory: false }),
    rows: 'canary',
    expected: invalid,
    without,
  };
}
const wrote = /^WROTE ENGINE MEMORY/;
const read = /^READ ENGINE MEMORY/;

/** Modules that name the engine's memory, whose index they can guess. */
export const memories: readonly Hostile[] = [
  naming("a load from the engine's memory", f => f.get(f.parameters[0]!).i32.load(0, 4, engine), read),
  naming(
    "a store into the engine's memory",
    f => f.get(f.parameters[0]!).i32.const(7).i32.store(0, 4, engine).i32.const(1),
    wrote,
  ),
  naming('its index in a LEB128 of four bytes', f => f.get(f.parameters[0]!).raw(0x28, 0x42, 0x81, 0x80, 0x80, 0x00, 0x00), read),
  naming('a vector load from it', f => f.get(f.parameters[0]!).v128.load(0, 16, engine).i32x4.extractLane(0), read),
  naming(
    'a lane stored into it',
    f => f.get(f.parameters[0]!).v128.const([]).v128.store8Lane(0, 0, 1, engine).i32.const(1),
    wrote,
  ),
  naming(
    'memory.copy out of it',
    f => f.i32.const(0).get(f.parameters[0]!).i32.const(64).memoryCopy(own, engine).i32.const(0).i32.load(),
    read,
  ),
  naming(
    'memory.copy into it',
    f => f.get(f.parameters[0]!).i32.const(0).i32.const(64).memoryCopy(engine, own).i32.const(1),
    wrote,
  ),
  naming('memory.fill over it', f => f.get(f.parameters[0]!).i32.const(0).i32.const(64).memoryFill(engine).i32.const(1), wrote),
  naming(
    'memory.init into it',
    (f, module) => {
      const segment = module.passiveData(new Uint8Array(64));
      f.get(f.parameters[0]!).i32.const(0).i32.const(64).memoryInit(segment, engine).i32.const(1);
    },
    wrote,
  ),
  naming('memory.grow of it', f => f.i32.const(1).memoryGrow(engine), /^(?!udf-invalid)/),
  naming('its size', f => f.memorySize(engine), /^values/),
  naming(
    'an atomic store into it',
    f => f.get(f.parameters[0]!).i32.const(7).raw(0xfe, 0x17, 0x42, 0x01, 0x00).i32.const(1),
    wrote,
  ),
  naming(
    'a data segment for it',
    (f, module) => {
      module.data(0, new Uint8Array(64), engine);
      f.get(f.parameters[0]!);
    },
    /^(?!udf-invalid)/,
  ),
  naming(
    'an export of it',
    (f, module) => {
      module.export('engine', engine);
      f.get(f.parameters[0]!);
    },
    /^values/,
  ),
  unowned('a load', f => f.get(f.parameters[0]!).i32.load(), read),
  unowned('a store', f => f.get(f.parameters[0]!).i32.const(7).i32.store().i32.const(1), wrote),
  unowned('memory.fill', f => f.get(f.parameters[0]!).i32.const(0).i32.const(64).memoryFill().i32.const(1), wrote),
  {
    name: 'a call of the first appended function',
    guard: 'validation',
    bytes: made(f => f.get(f.parameters[0]!).raw(0x10, 0x01)),
    expected: invalid,
    without: /^values/,
  },
  {
    name: 'fuel for ever, by the index of the appended global',
    guard: 'validation',
    limits: { fuelPerBatch: 1000, fuelPerRow: 0 },
    bytes: made((f, module) => {
      const refill = module.function('refill', []);
      refill
        .loop(again => refill.i32.const(0).brIf(again))
        .i64.const(1_000_000)
        .raw(0x24, 0x00);
      const index = f.local('i32');
      f.loop(again => {
        f.call(refill).get(index).i32.const(1).i32.add().tee(index).i32.const(100_000).i32.ltS().brIf(again);
      }).get(f.parameters[0]!);
    }),
    expected: invalid,
    without: 'values 1 2 3',
  },
  {
    name: 'a store anywhere, should the engine come first',
    guard: 'engine-memory-last',
    bytes: made(f => f.get(f.parameters[0]!).i32.const(7).i32.store(0, 1).i32.const(1), { memory: { initial: 256 } }),
    rows: 'canary',
    expected: 'values 1 1',
    without: wrote,
  },
  {
    name: 'a load anywhere, should the engine come first',
    guard: 'engine-memory-last',
    bytes: made(f => f.get(f.parameters[0]!).i32.load(0, 1), { memory: { initial: 256 } }),
    rows: 'canary',
    expected: 'values 0 0',
    without: read,
  },
  {
    name: 'two memories',
    guard: 'memory-count',
    bytes: made((f, module) => {
      module.memory({ initial: 1 });
      f.get(f.parameters[0]!).i32.load(0, 4, engine);
    }),
    rows: 'canary',
    expected: 'udf-memory: evil.wasm has 2 memories; a user function has at most one',
    without: /^internal/,
  },
  {
    name: 'a store outside of its own memory',
    guard: 'engine',
    bytes: made(f => f.i32.const(-4).i32.const(7).i32.store(0, 1).i32.const(1)),
    expected: "udf-trap: 'f' trapped: memory access out of bounds, in row 0 of the batch",
  },
  {
    name: 'a load with the largest offset',
    guard: 'engine',
    bytes: made(f => f.i32.const(-1).i32.load(0xffffffff, 1)),
    expected: "udf-trap: 'f' trapped: memory access out of bounds, in row 0 of the batch",
  },
  {
    name: 'a data segment that does not fit',
    guard: 'engine',
    bytes: made((f, module) => {
      module.data(65_530, new Uint8Array(10));
      f.get(f.parameters[0]!);
    }),
    expected: /^udf-trap: 'f' trapped: .*data segment.*out of bounds.*, while its module starts$/,
  },
  {
    name: 'an element segment that does not fit',
    guard: 'engine',
    bytes: made((f, module) => {
      module.table([f, f, f], { initial: 1 });
      f.get(f.parameters[0]!);
    }),
    expected: /^udf-trap: 'f' trapped: .*table.*out of bounds.*, while its module starts$/,
  },
];
