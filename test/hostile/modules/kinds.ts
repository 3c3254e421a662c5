import { signatureSection } from '../../../core/udf/index.ts';
import { type FunctionBuilder, ModuleBuilder } from '../../../core/wasm/encoder/index.ts';
import type { Hostile } from '../support.ts';

export type Body = (f: FunctionBuilder) => void;

export function declared(
  module: ModuleBuilder,
  members: object,
  allocate: Body = f => f.i32.const(1024),
): Uint8Array<ArrayBuffer> {
  allocate(module.exportFunction('tidemill_allocate', ['i32'], ['i32']) as unknown as FunctionBuilder);
  const section = { version: 1, functions: [{ name: 'f', ...members }] };
  module.customSection(signatureSection, new TextEncoder().encode(JSON.stringify(section)));
  return module.build();
}

/** A function over a column; `body` has the addresses of the arguments' structs and of the result's. */
const batch =
  (body: Body, result = 'INT NOT NULL', allocate?: Body): (() => Uint8Array<ArrayBuffer>) =>
  () => {
    const module = new ModuleBuilder();
    module.memory({ initial: 1 });
    body(module.exportFunction('f', ['i32', 'i32', 'i32'], []) as unknown as FunctionBuilder);
    return declared(module, { kind: 'batch', arguments: ['INT NOT NULL'], result }, allocate);
  };
/** Stores into the result's struct, or into its list of buffers. */
const storeLong =
  (at: number, value: bigint): Body =>
  f =>
    f.get(f.parameters[2]!).i64.const(value).i64.store(at);
const storeBuffer =
  (number: number, address: number): Body =>
  f =>
    f
      .get(f.parameters[2]!)
      .i32.load(40)
      .i32.const(address)
      .i32.store(4 * number);
const columnLie = (name: string, guard: 'column-bounds' | 'column-shape', body: Body, result?: string): Hostile => ({
  name,
  guard,
  bytes: batch(body, result),
  expected: /^udf-result: 'f' returned /,
  without: /^(?!udf-result)/,
});

/** Functions over columns whose columns lie. */
export const columns: readonly Hostile[] = [
  columnLie('a column that begins inside and ends outside', 'column-bounds', storeBuffer(1, 65_532)),
  columnLie('a column behind the memory', 'column-bounds', storeBuffer(1, 65_536)),
  columnLie('a column at the end of the address space', 'column-bounds', storeBuffer(1, 0xffff_fff0 | 0)),
  columnLie('a list of buffers outside', 'column-bounds', f => f.get(f.parameters[2]!).i32.const(65_534).i32.store(40)),
  columnLie(
    'a bitmap outside',
    'column-bounds',
    f => {
      storeLong(8, -1n)(f);
      storeBuffer(0, 0xffff_fff0 | 0)(f);
    },
    'INT',
  ),
  columnLie(
    'text behind the memory',
    'column-bounds',
    f => {
      f.get(f.parameters[2]!).i32.load(40).i32.load(4).i32.const(0x7fff_fff0).i32.store(12);
      storeBuffer(2, 64)(f);
    },
    'STRING NOT NULL',
  ),
  {
    name: 'text of no bytes, behind the memory',
    guard: 'none',
    bytes: batch(storeBuffer(2, 0x7fff_fff0), 'STRING NOT NULL'),
    expected: 'values "" "" ""',
  },
  columnLie('a million rows for three', 'column-shape', storeLong(0, 1_000_000n)),
  columnLie('a column with an offset', 'column-shape', storeLong(16, 1n)),
  columnLie('a column of seven buffers', 'column-shape', storeLong(24, 7n)),
  {
    name: 'room for columns behind the memory',
    guard: 'allocation-bounds',
    bytes: batch(
      f => f.get(f.parameters[0]!).drop(),
      undefined,
      f => f.i32.const(65_530),
    ),
    expected: /^udf-memory: /,
    without: /^(?!udf-memory)/,
  },
  {
    name: 'a loop over a column that never ends',
    guard: 'fuel-loops',
    limits: { fuelPerBatch: 10_000, fuelPerRow: 0 },
    bytes: batch(f => {
      const rounds = f.newLocal('i32');
      f.i32.const(1_000_000).set(rounds);
      f.loop(again => f.get(rounds).i32.const(1).i32.sub().tee(rounds).brIf(again));
    }),
    expected: /^udf-fuel: /,
    without: /^values/,
  },
];

/** An aggregate of INT with a block of 16 bytes. */
export const blocks =
  (parts: {
    readonly accumulate?: Body;
    readonly retract?: Body;
    readonly merge?: Body;
    readonly finish?: Body;
    readonly allocate?: Body;
    readonly result?: string;
  }): (() => Uint8Array<ArrayBuffer>) =>
  () => {
    const module = new ModuleBuilder();
    module.memory({ initial: 8 });
    const accumulate = module.exportFunction('f_accumulate', ['i32', 'i32'], []) as unknown as FunctionBuilder;
    (parts.accumulate ?? (() => {}))(accumulate);
    for (const part of ['retract', 'merge'] as const)
      parts[part]?.(module.exportFunction(`f_${part}`, ['i32', 'i32'], []) as unknown as FunctionBuilder);
    const result = parts.result ?? 'BIGINT NOT NULL';
    const finish = module.exportFunction('f_finish', ['i32'], ['i64']) as unknown as FunctionBuilder;
    (parts.finish ?? (f => f.i64.const(0)))(finish);
    return declared(module, { kind: 'aggregate', arguments: ['INT NOT NULL'], result, stateBytes: 16 }, parts.allocate);
  };
export const manyRounds: Body = f => {
  const rounds = f.newLocal('i32');
  f.i32.const(1_000_000).set(rounds);
  f.loop(again => f.get(rounds).i32.const(1).i32.sub().tee(rounds).brIf(again));
};

/** Aggregates that lie, fall, or run for long. */
export const groups: readonly Hostile[] = [
  {
    name: 'blocks behind the memory',
    guard: 'allocation-bounds',
    bytes: blocks({ allocate: f => f.i32.const(0x7fff_0000) }),
    expected: /^udf-memory: /,
    without: /^(?!udf-memory)/,
  },
  {
    name: 'an accumulate that runs for long',
    guard: 'fuel-loops',
    limits: { fuelPerBatch: 10_000, fuelPerRow: 0 },
    bytes: blocks({ accumulate: manyRounds }),
    expected: /^udf-fuel: /,
    without: /^values/,
  },
  {
    name: 'a finish that grows the memory over and over',
    guard: 'fuel-growth',
    limits: { fuelPerBatch: 10_000, fuelPerRow: 0 },
    bytes: blocks({
      finish: f => {
        const rounds = f.newLocal('i32');
        f.i32.const(300).set(rounds);
        f.loop(again => {
          f.i32.const(0).memoryGrow().drop();
          f.get(rounds).i32.const(1).i32.sub().tee(rounds).brIf(again);
        });
        f.i64.const(0);
      },
    }),
    expected: /^udf-fuel: /,
    without: /^values/,
  },
  {
    name: 'a result behind the memory',
    guard: 'text-bounds',
    bytes: blocks({ result: 'STRING NOT NULL', finish: f => f.i64.const((5n << 32n) | 0x7fff_0000n) }),
    expected: /^udf-result: /,
    without: /^(?!udf-result)/,
  },
  {
    name: 'a block written at an address of its own',
    guard: 'engine',
    bytes: blocks({ accumulate: f => f.i32.const(0x7fff_0000).i32.const(1).i32.store(0) }),
    expected: /^udf-trap: /,
  },
];

const process = {
  kind: 'process',
  table: { columns: [{ name: 'n', type: 'INT NOT NULL' }] },
  columns: [{ name: 'k', type: 'INT NOT NULL' }],
};
const texts = [{ name: 's', columns: [{ name: 't', type: 'STRING NOT NULL' }] }];

/** A process table function: `body` has the address of the context, and the row's value. */
export const partition =
  (body: Body, members: object = {}, allocate?: Body, timer?: Body): (() => Uint8Array<ArrayBuffer>) =>
  () => {
    const module = new ModuleBuilder();
    module.memory({ initial: 1 });
    const f = module.exportFunction('f', ['i32', 'i32'], ['i64']) as unknown as FunctionBuilder;
    body(f);
    f.i64.const(0);
    const due = module.exportFunction('f_timer', ['i32'], ['i64']) as unknown as FunctionBuilder;
    timer?.(due);
    due.i64.const(0);
    return declared(module, { ...process, ...members }, allocate);
  };
export const words =
  (...given: readonly (readonly [at: number, value: number])[]): Body =>
  f => {
    for (const [at, value] of given) f.get(f.parameters[0]!).i32.const(value).i32.store(at);
  };
/** A timer request in the memory: what it wants, and its name. */
export const request =
  (kind: number, name: number, bytes: number): Body =>
  f => {
    for (const [at, value] of [
      [8, name],
      [12, bytes],
      [16, kind],
    ] as const)
      f.i32
        .const(512 + at)
        .i32.const(value)
        .i32.store(0);
    words([32, 512], [36, 1])(f);
  };
const timerLie = (name: string, body: Body): Hostile => ({
  name,
  guard: 'timer-requests',
  bytes: partition(body),
  expected: /^udf-result: 'f' (asks|has|gives) /,
  without: /^(?!udf-result)/,
});

/** Process table functions whose timers and states lie. */
export const partitions: readonly Hostile[] = [
  timerLie('timers behind the memory', words([32, 65_530], [36, 1])),
  timerLie('four billion timers', words([32, 512], [36, -1])),
  timerLie('a timer that is neither set nor cleared', request(9, 0, 0)),
  timerLie('a timer with a name behind the memory', request(1, 65_530, 20)),
  timerLie('a timer with a name of a megabyte', request(1, 0, 1 << 20)),
  {
    name: 'text of a state behind the memory',
    guard: 'state-bounds',
    bytes: partition(words([72, 65_530], [76, 20]), { states: texts }),
    expected: /^udf-result: 'f' left text in its state/,
    without: /^(?!udf-result)/,
  },
  {
    name: 'text of a state that is not UTF-8',
    guard: 'text-utf8',
    bytes: partition(
      f => {
        f.i32.const(600).i32.const(0xff).i32.store(0);
        words([72, 600], [76, 1])(f);
      },
      { states: texts },
    ),
    expected: /^udf-result: 'f' left text in its state/,
    without: /^values/,
  },
  {
    name: 'a context behind the memory',
    guard: 'allocation-bounds',
    bytes: partition(
      () => {},
      {},
      f => f.i32.const(65_528),
    ),
    expected: /^udf-memory: /,
    without: /^(?!udf-memory)/,
  },
  {
    name: 'a row that never ends',
    guard: 'fuel-loops',
    limits: { fuelPerBatch: 10_000, fuelPerRow: 0 },
    bytes: partition(manyRounds),
    expected: /^udf-fuel: /,
    without: /^values/,
  },
];
