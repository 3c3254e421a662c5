import type { FunctionBuilder, Label, ModuleBuilder } from '../../../core/wasm/encoder/index.ts';
import { type Hostile, made } from '../support.ts';

/** Little fuel, so that what is long costs little time. */
const little = { fuelPerBatch: 100_000, fuelPerRow: 10 };
const outOfFuel = /^udf-fuel: 'f' used up its fuel of 100030 units in row 0 of the batch$/;
const ended = 'values 1 2 3';

/** Runs `body` so often, which is more than the fuel is good for; without the guard it ends. */
function often(f: FunctionBuilder, rounds: number, body: (again: Label) => void): void {
  const index = f.local('i32');
  f.i32.const(rounds).set(index);
  f.loop(again => {
    body(again);
    f.get(index).i32.const(1).i32.sub().tee(index).brIf(again);
  });
}

function long(
  name: string,
  guard: Hostile['guard'],
  body: (f: FunctionBuilder, module: ModuleBuilder) => void,
  more: Partial<Hostile> = {},
  before?: (module: ModuleBuilder) => void,
): Hostile {
  const bytes = made(
    (f, module) => {
      body(f, module);
      f.get(f.parameters[0]!);
    },
    { memory: { initial: 16 }, ...(before && { before }) },
  );
  return { name, guard, bytes, limits: little, expected: outOfFuel, without: ended, ...more };
}

const endless: readonly Hostile[] = [
  long('a loop', 'fuel-loops', f => often(f, 1_000_000, () => f.nop())),
  long('loops in loops', 'fuel-loops', f => often(f, 1000, () => often(f, 1000, () => f.nop()))),
  long('a loop that goes on by br_table', 'fuel-loops', f => {
    const index = f.local('i32');
    f.block(exit => {
      f.loop(again => {
        f.get(index).i32.const(1).i32.add().tee(index).i32.const(1_000_000).i32.geS();
        f.brTable([again, exit], exit);
      });
    });
  }),
  long('a loop that carries values', 'fuel-loops', f => {
    f.i32.const(1_000_000);
    f.loop({ parameters: ['i32'], results: ['i32'] }, again => {
      const index = f.local('i32');
      f.i32.const(1).i32.sub().tee(index).get(index).brIf(again);
    }).drop();
  }),
  long('a loop in an if in a loop', 'fuel-loops', f => {
    often(f, 1000, () => f.get(f.parameters[0]!).if(() => often(f, 1000, () => f.nop())));
  }),
  long(
    'a loop in a start function',
    'fuel-loops',
    (_f, module) => {
      const start = module.function('start', []);
      often(start, 1_000_000, () => start.nop());
      module.start(start);
    },
    { expected: "udf-fuel: 'f' used up its fuel of 100000 units while its module starts" },
  ),
  long(
    'an endless loop in a start function',
    'start-by-hand',
    (_f, module) => {
      const start = module.function('start', []);
      start.loop(again => start.br(again));
      module.start(start);
    },
    {
      expected: "udf-fuel: 'f' used up its fuel of 100000 units while its module starts",
      without: "udf-trap: 'f' trapped: unreachable, while its module starts",
    },
  ),
  long(
    'a loop in _initialize',
    'fuel-loops',
    (_f, module) => {
      const start = module.exportFunction('_initialize', []);
      often(start, 1_000_000, () => start.nop());
    },
    { expected: "udf-fuel: 'f' used up its fuel of 100000 units while its module starts" },
  ),
  long('a tree of calls, 2 to the power of 20', 'fuel-calls', (f, module) => {
    let callee = module.function('leaf', []);
    for (let level = 0; level < 20; level++) {
      const caller = module.function(`level${level}`, []);
      caller.call(callee).call(callee);
      callee = caller;
    }
    f.call(callee);
  }),
  long('tail calls of itself', 'fuel-calls', (f, module) => {
    const again = module.function('again', ['i32'], ['i32']);
    again.get(again.parameters[0]).i32.eqz();
    again.if(() => again.i32.const(0).return());
    again.get(again.parameters[0]).i32.const(1).i32.sub().returnCall(again);
    f.i32.const(1_000_000).call(again).drop();
  }),
  long('tail calls through a table', 'fuel-calls', (f, module) => {
    const again = module.function('again', ['i32'], ['i32']);
    module.table([again]);
    again.get(again.parameters[0]).i32.eqz();
    again.if(() => again.i32.const(0).return());
    // return_call_indirect of type 0 = (i32) → (i32), table 0
    again.get(again.parameters[0]).i32.const(1).i32.sub().i32.const(0).raw(0x13, 0x00, 0x00);
    f.i32.const(1_000_000).call(again).drop();
  }),
  long('memory.fill over and over', 'fuel-bulk', f =>
    often(f, 200, () =>
      f.i32
        .const(0)
        .i32.const(0)
        .i32.const(1 << 20)
        .memoryFill(),
    ),
  ),
  long('memory.copy over and over', 'fuel-bulk', f =>
    often(f, 200, () =>
      f.i32
        .const(0)
        .i32.const(8)
        .i32.const(1 << 19)
        .memoryCopy(),
    ),
  ),
  long('memory.init over and over', 'fuel-bulk', (f, module) => {
    const segment = module.passiveData(new Uint8Array(1 << 16));
    often(f, 200, () =>
      f.i32
        .const(0)
        .i32.const(0)
        .i32.const(1 << 16)
        .memoryInit(segment),
    );
  }),
  long('table.fill over and over', 'fuel-bulk', (f, module) => {
    module.table([f], { initial: 10_000 });
    // index, null, length, table.fill 0
    often(f, 200, () => f.i32.const(0).raw(0xd0, 0x70).i32.const(10_000).raw(0xfc, 0x11, 0x00));
  }),
  long('memory.grow by nothing over and over', 'fuel-growth', f => often(f, 1000, () => f.i32.const(0).memoryGrow().drop())),
  long(
    'random_get of a megabyte over and over',
    'fuel-imports',
    (f, module) => {
      void module;
      often(f, 20, () =>
        f.i32
          .const(0)
          .i32.const(1 << 20)
          .raw(0x10, 0x00)
          .drop(),
      );
    },
    {},
    module => module.importFunction('wasi_snapshot_preview1', 'random_get', ['i32', 'i32'], ['i32']),
  ),
  long(
    'sched_yield over and over',
    'fuel-imports',
    f => often(f, 2000, () => f.raw(0x10, 0x00).drop()),
    {},
    module => module.importFunction('wasi_snapshot_preview1', 'sched_yield', [], ['i32']),
  ),
  long('a hundred rows that use up their fuel, each NULL by policy', 'fuel-traps', f => f.loop(again => f.br(again)), {
    onTrap: 'null',
    rows: new Array<number>(100).fill(1),
    expected: /^udf-fuel: 'f' used up its fuel of 100000 units in row 16 of the batch$/,
    without: /^values null null/,
  }),
];

const stack = "udf-stack: 'f' used up the stack in row 0 of the batch";
const traps: readonly Hostile[] = [
  {
    name: 'a function that calls itself for ever',
    guard: 'engine',
    bytes: made(f => f.get(f.parameters[0]!).call(f).i32.const(1).i32.add()),
    expected: stack,
  },
  {
    name: 'two functions that call each other through a table for ever',
    guard: 'engine',
    bytes: made((f, module) => {
      const other = module.function('other', ['i32'], ['i32']);
      const table = module.table([f, other]);
      const type = { parameters: ['i32'], results: ['i32'] } as const;
      other.get(other.parameters[0]).i32.const(0).callIndirect(type, table).i32.const(1).i32.add();
      f.get(f.parameters[0]!).i32.const(1).callIndirect(type, table).i32.const(1).i32.add();
    }),
    expected: stack,
  },
  {
    name: 'recursion with 40 000 locals a call',
    guard: 'engine',
    bytes: made(f => {
      let last = f.newLocal('i64');
      for (let count = 0; count < 40_000; count++) last = f.newLocal('i64');
      f.i64.const(1).set(last).get(f.parameters[0]!).call(f).get(last).i32.wrapI64().i32.add();
    }),
    expected: stack,
  },
  ...(
    [
      ['unreachable', f => f.unreachable(), 'unreachable'],
      ['a division by zero', f => f.i32.const(1).i32.const(0).i32.divS(), 'divide by zero'],
      ['a division that overflows', f => f.i32.const(-2147483648).i32.const(-1).i32.divS(), 'divide result unrepresentable'],
      ['an integer of NaN', f => f.f64.const(Number.NaN).i32.truncF64S(), 'float unrepresentable in integer range'],
    ] as const satisfies readonly (readonly [string, (f: FunctionBuilder) => void, string])[]
  ).map(([name, body, message]) => ({
    name,
    guard: 'engine' as const,
    bytes: made(body),
    expected: `udf-trap: 'f' trapped: ${message}, in row 0 of the batch`,
  })),
  {
    name: 'an indirect call of a function of another type',
    guard: 'engine',
    bytes: made((f, module) => {
      const table = module.table([f]);
      f.i32.const(0).callIndirect({ parameters: [], results: ['i32'] }, table);
    }),
    expected: /^udf-trap: 'f' trapped: (null function or )?function signature mismatch.*, in row 0 of the batch$/,
  },
  {
    name: 'an indirect call of nothing',
    guard: 'engine',
    bytes: made((f, module) => {
      const table = module.table([f], { initial: 4 });
      f.get(f.parameters[0]!)
        .get(f.parameters[0]!)
        .callIndirect({ parameters: ['i32'], results: ['i32'] }, table);
    }),
    expected: /^udf-trap: 'f' trapped: (null function|RuntimeError).*, in row 0 of the batch$/,
  },
  {
    name: 'an indirect call beyond the table',
    guard: 'engine',
    bytes: made((f, module) => {
      const table = module.table([f]);
      f.get(f.parameters[0]!)
        .i32.const(-1)
        .callIndirect({ parameters: ['i32'], results: ['i32'] }, table);
    }),
    expected: "udf-trap: 'f' trapped: table index is out of bounds, in row 0 of the batch",
  },
  {
    name: 'a global that remembers a trap',
    guard: 'instance-dropped',
    bytes: made((f, module) => {
      const seen = module.global('i32', 0);
      f.get(seen);
      f.if(() => f.get(seen).return());
      f.get(f.parameters[0]!).i32.const(2).i32.eq();
      f.if(() => f.i32.const(99).set(seen).unreachable());
      f.get(f.parameters[0]!);
    }),
    onTrap: 'null',
    expected: 'values 1 null 3',
    without: 'values 1 null 99',
  },
];

/** Modules that run for long, or fall. */
export const running: readonly Hostile[] = [...endless, ...traps];
