import { ModuleBuilder } from '../../../core/wasm/encoder/index.ts';
import { code, type Hostile, intToInt, leb, made, name, raw, signed } from '../support.ts';

const importing = (before: (module: ModuleBuilder) => void, memory: false | { initial: number } = { initial: 1 }) =>
  made(f => f.get(f.parameters[0]!), { before, memory });
const refusedImport = (what: string): string => `udf-import: evil.wasm imports the ${what}, which user functions cannot have`;

const loading = made(f => f.get(f.parameters[0]!).i32.load(), {
  memory: false,
  before: module => module.importMemory('tidemill', 'engine', { initial: 1, maximum: 65536, shared: true }),
});

const imports: readonly Hostile[] = [
  {
    name: "an import of the engine's memory",
    guard: 'imports',
    bytes: loading,
    rows: 'canary',
    expected: refusedImport("memory 'tidemill.engine'"),
    without: /^READ ENGINE MEMORY/,
  },
  {
    name: 'an import of a memory',
    guard: 'imports',
    bytes: importing(module => module.importMemory('env', 'memory', { initial: 1 }), false),
    expected: refusedImport("memory 'env.memory'"),
    without: /^internal/,
  },
  {
    name: 'an import of a function of the host',
    guard: 'imports',
    bytes: importing(module => module.importFunction('env', 'eval', ['i32'], ['i32'])),
    expected: refusedImport("function 'env.eval'"),
    without: /^internal/,
  },
  {
    name: "an import under an object's own names",
    guard: 'imports',
    bytes: importing(module => module.importFunction('constructor', 'constructor', ['i32'], ['i32'])),
    expected: refusedImport("function 'constructor.constructor'"),
    without: /^(?!udf-import)/,
  },
  {
    name: 'an import of WASI that no WASI has',
    guard: 'imports',
    bytes: importing(module => module.importFunction('wasi_snapshot_preview1', 'hasOwnProperty', ['i32'], ['i32'])),
    expected: refusedImport("function 'wasi_snapshot_preview1.hasOwnProperty'"),
    without: /^(?!udf-import)/,
  },
  {
    name: 'an import of threads of WASI',
    guard: 'imports',
    bytes: importing(module => module.importFunction('wasi', 'thread-spawn', ['i32'], ['i32'])),
    expected: refusedImport("function 'wasi.thread-spawn'"),
    without: /^internal/,
  },
  {
    name: "an import of JavaScript's strings",
    guard: 'imports',
    bytes: importing(module => module.importFunction('wasm:js-string', 'length', ['externref'], ['i32'])),
    expected: refusedImport("function 'wasm:js-string.length'"),
    without: /^internal/,
  },
  {
    name: 'an import of a global',
    guard: 'imports',
    bytes: importing(module => module.importGlobal('tidemill', 'fuel', 'i64', true)),
    expected: refusedImport("global 'tidemill.fuel'"),
    without: /^internal/,
  },
  {
    name: 'an import of a global called abort',
    guard: 'imports',
    bytes: importing(module => module.importGlobal('env', 'abort', 'i64')),
    expected: refusedImport("global 'env.abort'"),
    without: /^internal/,
  },
  {
    name: 'an import of a table',
    guard: 'imports',
    bytes: () => raw({ 2: [1, ...name('env'), ...name('table'), 1, 0x70, 0, 1] }),
    expected: refusedImport("table 'env.table'"),
    without: /^internal/,
  },
  {
    name: 'abort with another type',
    guard: 'import-types',
    bytes: importing(module => module.importFunction('env', 'abort', ['externref'], [])),
    expected: "udf-import: evil.wasm imports the function 'env.abort' as (externref) → (), which is (i32, i32, i32, i32) → ()",
    without: 'values 1 2 3',
  },
  {
    name: 'random_get with another type',
    guard: 'import-types',
    bytes: importing(module => module.importFunction('wasi_snapshot_preview1', 'random_get', ['i32', 'i64'], ['i32'])),
    expected:
      "udf-import: evil.wasm imports the function 'wasi_snapshot_preview1.random_get' as (i32, i64) → (i32), which is (i32, i32) → (i32)",
    without: 'values 1 2 3',
  },
];

const sizes: readonly Hostile[] = [
  {
    name: 'a module that is too large',
    guard: 'module-size',
    limits: { moduleBytesMax: 100 },
    bytes: importing(() => {}),
    expected: /^udf-size: evil.wasm has \d+ bytes; a module may have 100$/,
    without: 'values 1 2 3',
  },
  {
    name: 'a custom section of 65 MiB',
    guard: 'module-size',
    bytes: () => {
      const small = raw({});
      const bomb = new Uint8Array(small.length + (65 << 20) + 5);
      bomb.set(small);
      bomb.set([0, ...leb(65 << 20), 1, 0x78], small.length);
      return bomb;
    },
    expected: /^udf-size: evil.wasm has \d+ bytes; a module may have 67108864$/,
    without: 'values 1 2 3',
  },
  {
    name: '257 pages to begin with',
    guard: 'memory-initial',
    bytes: made(f => f.get(f.parameters[0]!), { memory: { initial: 257 } }),
    expected: 'udf-memory: evil.wasm asks for 257 pages of memory at the start; at most 256 of 64 KiB are allowed',
    without: /^(?!udf-memory: evil.wasm asks)/,
  },
  {
    name: 'a memory that grows beyond its cap',
    guard: 'memory-maximum',
    bytes: made(f => f.i32.const(300).memoryGrow(), { memory: { initial: 1, maximum: 65536 } }),
    rows: [1],
    expected: 'values -1',
    without: 'values 1',
  },
  {
    name: 'a trap after a memory that could not grow',
    guard: 'memory-maximum',
    bytes: made(
      f => {
        f.i32.const(300).memoryGrow().i32.const(-1).i32.eq();
        f.if(() => f.unreachable()).get(f.parameters[0]!);
      },
      { memory: { initial: 1, maximum: 65536 } },
    ),
    rows: [1],
    expected: "udf-memory: 'f' trapped (unreachable) after its memory could not grow beyond 16 MiB in row 0 of the batch",
    without: 'values 1',
  },
  {
    name: 'nine tables',
    guard: 'table-count',
    bytes: made((f, module) => {
      for (let count = 0; count < 9; count++) module.table([f]);
      f.get(f.parameters[0]!);
    }),
    expected: 'udf-table: evil.wasm has 9 tables; at most 8 are allowed',
    without: 'values 1 2 3',
  },
  {
    name: 'a table of a million elements',
    guard: 'table-initial',
    bytes: made((f, module) => {
      module.table([f], { initial: 1_000_000 });
      f.get(f.parameters[0]!);
    }),
    expected: 'udf-table: evil.wasm has a table of 1000000 elements; at most 10000 are allowed',
    without: /^(?!udf-table)/,
  },
  {
    name: 'a table that grows beyond its cap',
    guard: 'table-maximum',
    bytes: made((f, module) => {
      module.table([f]);
      f.raw(0xd0, 0x70).i32.const(20_000).raw(0xfc, 0x0f, 0x00);
    }),
    rows: [1],
    expected: 'values -1',
    without: 'values 1',
  },
];

const features: readonly Hostile[] = (
  [
    ['a memory with 64-bit addresses', { 5: [1, 4, 1] }, '64-bit memories or tables'],
    ['a shared memory', { 5: [1, 3, 1, 2] }, 'a shared memory'],
    ['a table with 64-bit indices', { 4: [1, 0x70, 4, 1] }, '64-bit memories or tables'],
    ['a tag of exceptions', { 1: [2, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 0, 0], 13: [1, 0, 1] }, 'exceptions'],
    ['try_table', { 10: code([0x1f, 0x40, 0, 0x0b, 0x20, 0, 0x0b]) }, 'exceptions'],
    ['a struct type', { 1: [2, 0x60, 1, 0x7f, 1, 0x7f, 0x5f, 0] }, 'garbage-collected types'],
    ['i31 references', { 10: code([0x20, 0, 0xfb, 0x1c, 0xfb, 0x1d, 0x0b]) }, 'garbage-collected types'],
    ['a local of a typed reference', { 10: code([0x20, 0, 0x0b], [1, 1, 0x63, 0x70]) }, 'typed references'],
    [
      'a call by typed reference',
      { 9: [1, 3, 0, 1, 0], 10: code([0x20, 0, 0xd2, 0, 0x14, 0, 0x0b]) },
      'typed function references',
    ],
  ] as const
).map(([title, sections, what]) => ({
  name: title,
  guard: 'features' as const,
  bytes: () => raw(sections),
  expected: `wasm-unsupported: the module uses ${what}, which Tidemill does not run`,
  without: /^(?!wasm-unsupported)/,
}));

const collisions: readonly Hostile[] = [
  {
    name: 'an export called like our loop',
    guard: 'exports-renamed',
    bytes: made((f, module) => {
      module.export('tidemill.loop:f', f);
      f.get(f.parameters[0]!);
    }),
    expected: 'values 1 2 3',
    without: /^internal/,
  },
  {
    name: 'an export called like our global of fuel',
    guard: 'exports-renamed',
    bytes: made((f, module) => {
      module.export('tidemill.fuel', f);
      f.get(f.parameters[0]!);
    }),
    expected: 'values 1 2 3',
    without: /^internal/,
  },
  {
    name: 'functions called like what objects inherit',
    guard: 'none',
    bytes: () => identities(['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'f']),
    expected: 'values 1 2 3',
  },
];

function identities(names: readonly string[]): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  for (const each of names) {
    const f = module.exportFunction(each, ['i32'], ['i32']);
    f.get(f.parameters[0]);
  }
  return signed(module, ...names.map(each => ({ ...intToInt, name: each }))).build();
}

/** Modules that want more than they may have. */
export const requests: readonly Hostile[] = [...imports, ...sizes, ...features, ...collisions];
