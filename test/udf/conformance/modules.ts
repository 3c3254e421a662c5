import { types } from '../../../core/columnar/types.ts';
import type { Value } from '../../../core/columnar/values.ts';
import type { ScalarSignature } from '../../../core/udf/index.ts';
import { assemblyScript, handMade } from '../support.ts';
import type { Case } from './cases.ts';
import { kindModules } from './kind-modules.ts';

/** One call of a function over rows: `columns` are its arguments, and what comes of it. The other members are those of a case. */
export interface Call extends Omit<Case, 'module' | 'columns' | 'result' | 'rows'> {
  readonly function: string;
  readonly columns: readonly (readonly Value[])[];
  readonly result?: readonly Value[];
  /** Of table functions and process table functions. */
  readonly rows?: readonly (readonly Value[])[];
  /** Instead of a result: the error's code. */
  readonly error?: string;
}

export interface ConformanceModule {
  readonly name: string;
  readonly about: string;
  readonly bytes: () => Promise<Uint8Array<ArrayBuffer>>;
  readonly calls: readonly Call[];
}

const signature = (
  name: string,
  args: ScalarSignature['arguments'],
  result: ScalarSignature['result'],
  nulls: ScalarSignature['nulls'] = 'propagate',
): ScalarSignature => ({ name, arguments: args, result, nulls, deterministic: true });

const numbers: ConformanceModule = {
  name: 'numbers',
  about: 'every scalar type that is one wasm value, in and out; NULL in, NULL out',
  bytes: async () => {
    const same = [
      ['boolean', types.boolean(), 'i32'],
      ['tinyint', types.tinyint(), 'i32'],
      ['smallint', types.smallint(), 'i32'],
      ['int', types.int(), 'i32'],
      ['bigint', types.bigint(), 'i64'],
      ['float', types.float(), 'f32'],
      ['double', types.double(), 'f64'],
      ['date', types.date(), 'i32'],
      ['time', types.time(), 'i32'],
      ['timestamp', types.timestamp(3), 'i64'],
      ['timestamp_ltz', types.timestampLtz(9), 'i64'],
      ['decimal', types.decimal(18, 2), 'i64'],
    ] as const;
    return handMade(
      module => {
        for (const [name, , type] of same) {
          const f = module.exportFunction(name, [type], [type]);
          f.get(f.parameters[0]);
        }
        const wide = module.exportFunction('wide', ['i64', 'i64'], ['i64', 'i64']);
        wide.get(wide.parameters[0]).get(wide.parameters[1]);
        const wrap = module.exportFunction('wrap', ['i32'], ['i32']);
        wrap.get(wrap.parameters[0]);
        const truth = module.exportFunction('truth', ['i32'], ['i32']);
        truth.get(truth.parameters[0]);
        const digits = module.exportFunction('digits', ['i64'], ['i64']);
        digits.get(digits.parameters[0]);
      },
      [
        ...same.map(([name, type]) => signature(name, [type], type)),
        signature('wide', [types.decimal(38, 3)], types.decimal(38, 3)),
        signature('wrap', [types.int()], types.tinyint()),
        signature('truth', [types.int()], types.boolean()),
        signature('digits', [types.bigint()], types.decimal(5, 2)),
      ],
    );
  },
  calls: [
    { function: 'boolean', columns: [[true, false, null]], result: [true, false, null] },
    { function: 'tinyint', columns: [[-128, 127, null, 0]], result: [-128, 127, null, 0] },
    { function: 'smallint', columns: [[-32768, 32767, null]], result: [-32768, 32767, null] },
    { function: 'int', columns: [[-2147483648, 2147483647, null]], result: [-2147483648, 2147483647, null] },
    { function: 'bigint', columns: [[-(1n << 63n), (1n << 63n) - 1n, null]], result: [-(1n << 63n), (1n << 63n) - 1n, null] },
    { function: 'float', columns: [[1.5, -0.25, null]], result: [1.5, -0.25, null] },
    { function: 'double', columns: [[0.1, -1e300, null]], result: [0.1, -1e300, null] },
    { function: 'date', columns: [[-719162, 20484, null]], result: [-719162, 20484, null] },
    { function: 'time', columns: [[0, 86399999, null]], result: [0, 86399999, null] },
    { function: 'timestamp', columns: [[-1n, 1769860800000000n, null]], result: [-1n, 1769860800000000n, null] },
    { function: 'timestamp_ltz', columns: [[-1n, 1769860800000000001n]], result: [-1n, 1769860800000000001n] },
    { function: 'decimal', columns: [[-999999999999999999n, 5n]], result: [-999999999999999999n, 5n] },
    { function: 'wide', columns: [[-(10n ** 38n - 1n), 1n << 64n, null]], result: [-(10n ** 38n - 1n), 1n << 64n, null] },
    { function: 'wrap', columns: [[127, 128, 300]], result: [127, -128, 44] },
    { function: 'truth', columns: [[0, 1, 256, -1]], result: [false, true, true, true] },
    { function: 'digits', columns: [[99999n, 100000n, -99999n]], result: [99999n, null, -99999n] },
  ],
};

const nulls: ConformanceModule = {
  name: 'nulls',
  about: 'flags of arguments and results, with "nulls": "call"',
  bytes: async () =>
    handMade(
      module => {
        // the first that is not NULL
        const first = module.exportFunction('first', ['i32', 'i32', 'i32', 'i32'], ['i32', 'i32']);
        const [a, hasA, b, hasB] = first.parameters;
        first.get(a).get(b).get(hasA).select().get(hasA).get(hasB).i32.or();
        // NULL of a NULL row reads as 0
        const zero = module.exportFunction('zero', ['i64', 'i32'], ['i64']);
        zero.get(zero.parameters[0]);
        const odd = module.exportFunction('odd', ['f64'], ['f64', 'i32']);
        odd.get(odd.parameters[0]).get(odd.parameters[0]).f64.const(0).f64.gt();
      },
      [
        signature('first', [types.int(), types.int()], types.int(), 'call'),
        signature('zero', [types.bigint()], types.bigint(false), 'call'),
        signature('odd', [types.double()], types.double()),
      ],
    ),
  calls: [
    {
      function: 'first',
      columns: [
        [1, null, 3, null],
        [5, 6, null, null],
      ],
      result: [1, 6, 3, null],
    },
    { function: 'zero', columns: [[7n, null]], result: [7n, 0n] },
    { function: 'odd', columns: [[1.5, -1.5, null]], result: [1.5, null, null] },
  ],
};

const texts: ConformanceModule = {
  name: 'texts',
  about: 'text and bytes by address and length: short, long, empty, NULL, what is not UTF-8, what lies outside',
  bytes: () =>
    assemblyScript(
      `
      // @sql upper(text STRING) RETURNS STRING
      export function upper(address: i32, bytes: i32): u64 {
        for (let i = 0; i < bytes; i++) { const c = load<u8>(address + i); if (c >= 97 && c <= 122) store<u8>(address + i, c - 32); }
        return (<u64>bytes << 32) | <u32>address;
      }
      // @sql length(text STRING) RETURNS INT
      export function length(address: i32, bytes: i32): i32 { return bytes; }
      // @sql second(a STRING, b STRING) RETURNS STRING
      export function second(a: i32, aBytes: i32, b: i32, bBytes: i32): u64 { return (<u64>bBytes << 32) | <u32>b; }
      // @sql half(text STRING) RETURNS STRING
      export function half(address: i32, bytes: i32): u64 { return (<u64>(bytes / 2) << 32) | <u32>address; }
      // @sql head(value BYTES) RETURNS BYTES
      export function head(address: i32, bytes: i32): u64 { return (<u64>min(bytes, 2) << 32) | <u32>address; }
      // @sql none(text STRING) RETURNS STRING
      export function none(address: i32, bytes: i32): u64 { return bytes == 0 ? 0 : u64.MAX_VALUE; }
      // @sql outside(text STRING) RETURNS STRING
      export function outside(address: i32, bytes: i32): u64 { return (<u64>1 << 32) | 0xfffffff0; }`,
    ),
  calls: [
    {
      function: 'upper',
      columns: [['abc', '', null, 'twelve bytes', 'thirteen bytes', 'grüße'.repeat(100)]],
      result: ['ABC', '', null, 'TWELVE BYTES', 'THIRTEEN BYTES', 'GRüßE'.repeat(100)],
    },
    { function: 'length', columns: [['', 'ü', 'x'.repeat(5000), null]], result: [0, 2, 5000, null] },
    {
      function: 'second',
      columns: [
        ['a', 'b', null],
        ['a longer text than twelve', '', 'c'],
      ],
      result: ['a longer text than twelve', '', null],
    },
    { function: 'half', columns: [['abcd', 'üx']], error: 'udf-result' },
    { function: 'half', columns: [['abcd', 'ü', 'xy']], onTrap: 'null', result: ['ab', null, 'x'] },
    {
      function: 'head',
      columns: [[Uint8Array.of(255, 254, 253), Uint8Array.of(), null]],
      result: [Uint8Array.of(255, 254), Uint8Array.of(), null],
    },
    { function: 'none', columns: [['', 'a']], result: ['', null] },
    { function: 'outside', columns: [['a']], error: 'udf-result' },
  ],
};

const limits: ConformanceModule = {
  name: 'limits',
  about: 'traps, endless loops, endless recursion, memory, start and _initialize',
  bytes: async () =>
    handMade(
      module => {
        const abort = module.importFunction('env', 'abort', ['i32', 'i32', 'i32', 'i32']);
        const memory = module.memory({ initial: 1 });
        const started = module.global('i32', 0);
        const f = module.exportFunction('trap_at_7', ['i32'], ['i32']);
        f.get(f.parameters[0]).i32.const(7).i32.eq();
        f.if(() => f.unreachable()).get(f.parameters[0]);
        const divide = module.exportFunction('divide', ['i32', 'i32'], ['i32']);
        divide.get(divide.parameters[0]).get(divide.parameters[1]).i32.divS();
        const loop = module.exportFunction('loop', ['i32'], ['i32']);
        loop.loop(again => loop.br(again)).get(loop.parameters[0]);
        const recurse = module.exportFunction('recurse', ['i32'], ['i32']);
        recurse.get(recurse.parameters[0]).call(recurse).i32.const(1).i32.add();
        const give = module.exportFunction('give_up', ['i32'], ['i32']);
        give.i32.const(0).i32.const(0).i32.const(1).i32.const(2).call(abort).get(give.parameters[0]);
        const far = module.exportFunction('far', ['i32'], ['i32']);
        far.get(far.parameters[0]).i32.load(0xfffffff0, 4, memory);
        const grow = module.exportFunction('grow', ['i32'], ['i32']);
        grow.get(grow.parameters[0]).memoryGrow();
        const count = module.exportFunction('starts', ['i32'], ['i32']);
        count.get(started);
        const start = module.function('start', []);
        start.get(started).i32.const(1).i32.add().set(started);
        module.start(start);
        const initialize = module.exportFunction('_initialize', []);
        initialize.get(started).i32.const(10).i32.add().set(started);
      },
      [
        ...['trap_at_7', 'loop', 'recurse', 'give_up', 'far', 'grow', 'starts'].map(name =>
          signature(name, [types.int()], types.int()),
        ),
        signature('divide', [types.int(), types.int()], types.int()),
      ],
    ),
  calls: [
    { function: 'trap_at_7', columns: [[1, 7]], error: 'udf-trap' },
    { function: 'trap_at_7', columns: [[1, 7, null, 8]], onTrap: 'null', result: [1, null, null, 8] },
    {
      function: 'divide',
      columns: [
        [7, 1],
        [2, 0],
      ],
      error: 'udf-trap',
    },
    { function: 'loop', columns: [[1]], error: 'udf-fuel' },
    { function: 'recurse', columns: [[1]], error: 'udf-stack' },
    { function: 'give_up', columns: [[1]], error: 'udf-trap' },
    { function: 'far', columns: [[16]], error: 'udf-trap' },
    { function: 'grow', columns: [[1, 254, 1, 0]], result: [1, 2, -1, 256] },
    { function: 'starts', columns: [[0, 0]], result: [11, 11] },
  ],
};

const stubs: ConformanceModule = {
  name: 'stubs',
  about: 'WASI: the clock stands still, random numbers are the same, there is nothing to open, leaving is a trap',
  bytes: async () =>
    handMade(
      module => {
        const wasi = (name: string, parameters: readonly ('i32' | 'i64')[]) =>
          module.importFunction('wasi_snapshot_preview1', name, parameters, name === 'proc_exit' ? [] : ['i32']);
        const clock = wasi('clock_time_get', ['i32', 'i64', 'i32']);
        const random = wasi('random_get', ['i32', 'i32']);
        const prestat = wasi('fd_prestat_get', ['i32', 'i32']);
        const exit = wasi('proc_exit', ['i32']);
        module.memory({ initial: 1 });
        const now = module.exportFunction('now', ['i32'], ['i64']);
        now.get(now.parameters[0]).i64.const(0).i32.const(8).call(clock).drop().i32.const(8).i64.load();
        const dice = module.exportFunction('dice', ['i32'], ['i64']);
        dice.i32.const(8).i32.const(8).call(random).drop().i32.const(8).i64.load();
        const folder = module.exportFunction('folder', ['i32'], ['i32']);
        folder.get(folder.parameters[0]).i32.const(0).call(prestat);
        const leave = module.exportFunction('leave', ['i32'], ['i32']);
        leave.get(leave.parameters[0]).call(exit).i32.const(0);
      },
      [
        signature('now', [types.int()], types.bigint()),
        signature('dice', [types.int()], types.bigint()),
        signature('folder', [types.int()], types.int()),
        signature('leave', [types.int()], types.int()),
      ],
    ),
  calls: [
    { function: 'now', columns: [[0, 1, 0]], result: new Array<bigint>(3).fill(946684800000000000n) },
    { function: 'dice', columns: [[0, 0]], result: [-4625136207985492455n, 6897329709289224249n] },
    { function: 'folder', columns: [[3, 100]], result: [8, 8] },
    { function: 'leave', columns: [[0]], error: 'udf-trap' },
  ],
};

export const conformanceModules: readonly ConformanceModule[] = [numbers, nulls, texts, limits, stubs, ...kindModules];
