import { type FunctionBuilder, ModuleBuilder } from '../../../core/wasm/encoder/index.ts';
import type { Hostile } from '../support.ts';
import { type Body, blocks, declared, manyRounds, partition, request, words } from './kinds.ts';

const trap: Body = f => f.unreachable();
const engine = (name: string, bytes: Hostile['bytes'], expected: RegExp): Hostile => ({ name, guard: 'engine', bytes, expected });
const little = { fuelPerBatch: 10_000, fuelPerRow: 0 };

/** Adds to a global that lies behind: `count` in the memory, at 900. */
const count = (f: FunctionBuilder): FunctionBuilder =>
  f.i32.const(900).i32.const(900).i32.load(0).i32.const(1).i32.add().i32.store(0).i32.const(900).i32.load(0);

/** A block of so many records at 2048, of zeros; bit 63: more may come. */
const block = (rows: number, more: boolean): bigint => BigInt.asIntN(64, (more ? 1n << 63n : 0n) | (BigInt(rows) << 32n) | 2048n);

/** A function with a row for `f`, and what `next` says. */
const flooding =
  (members: object, parameters: readonly 'i32'[], next: (f: FunctionBuilder, first: FunctionBuilder) => void) =>
  (): Uint8Array<ArrayBuffer> => {
    const module = new ModuleBuilder();
    module.memory({ initial: 1 });
    const first = module.exportFunction('f', parameters, ['i64']) as unknown as FunctionBuilder;
    first.i64.const(block(8, true));
    next(module.exportFunction('f_next', [], ['i64']) as unknown as FunctionBuilder, first);
    return declared(module, members);
  };
const table = { kind: 'table', arguments: ['INT NOT NULL'], columns: [{ name: 'n', type: 'INT NOT NULL' }] };
const process = {
  kind: 'process',
  table: { columns: [{ name: 'n', type: 'INT NOT NULL' }] },
  columns: [{ name: 'k', type: 'INT NOT NULL' }],
};
const flood = (name: string, bytes: Hostile['bytes']): Hostile => ({
  name,
  guard: 'rows-per-call',
  limits: { rowsPerCallMax: 1000 },
  bytes,
  expected: "udf-fuel: 'f' made more than 1,000 rows in one call",
  without: 'values 0 0 0',
});

/** A state of bytes that is twice as long with every row, 1024 bytes to begin with. */
const growing: Body = f => {
  const bytes = f.newLocal('i32');
  f.get(f.parameters[0]!).i32.load(76).i32.const(1).i32.shl().set(bytes);
  f.get(bytes).i32.eqz();
  f.if(() => f.i32.const(1024).set(bytes));
  f.get(bytes).i32.const(16).i32.shrU().memoryGrow().i32.const(-1).i32.eq();
  f.if(() => f.unreachable());
  f.get(f.parameters[0]!).i32.const(0).i32.store(72);
  f.get(f.parameters[0]!).get(bytes).i32.store(76);
};
const texts = [{ name: 's', columns: [{ name: 't', type: 'BYTES NOT NULL' }] }];
/** `tidemill_allocate` that makes room at the end of the memory. */
const growingRoom: Body = f => {
  const pages = f.newLocal('i32');
  f.get(f.parameters[0]!).i32.const(65_535).i32.add().i32.const(16).i32.shrU().memoryGrow().set(pages);
  f.get(pages).i32.const(-1).i32.eq();
  f.if(
    'i32',
    () => f.i32.const(0),
    () => f.get(pages).i32.const(16).i32.shl(),
  );
};

/** Functions that fall in parts of their own, that ask for ever more, or never come to an end though every single call does. */
export const endless: readonly Hostile[] = [
  engine('a merge that traps', blocks({ merge: trap }), /^udf-trap: 'f' trapped: .* while it merges$/),
  engine('a retract that traps', blocks({ retract: trap }), /^udf-trap: 'f' trapped: .* in row 2 of the batch$/),
  engine('a merge that writes outside', blocks({ merge: f => f.i32.const(-8).i64.const(1n).i64.store(0) }), /^udf-trap: /),
  {
    name: 'a merge that runs for long',
    guard: 'fuel-loops',
    limits: little,
    bytes: blocks({ merge: manyRounds }),
    expected: /^udf-fuel: .* while it merges$/,
    without: /^values/,
  },
  {
    name: 'a retract that runs for long',
    guard: 'fuel-loops',
    limits: little,
    bytes: blocks({ retract: manyRounds }),
    expected: /^udf-fuel: /,
    without: /^values/,
  },
  {
    name: 'a merge that calls itself by its own finish, 2 to the power of 20 times',
    guard: 'fuel-calls',
    limits: little,
    bytes: () => {
      const module = new ModuleBuilder();
      module.memory({ initial: 8 });
      const tree = module.function('tree', ['i32'], []) as unknown as FunctionBuilder;
      tree.get(tree.parameters[0]!);
      tree.if(() => {
        for (let branch = 0; branch < 2; branch++) tree.get(tree.parameters[0]!).i32.const(1).i32.sub().call(tree);
      });
      const parts = ['accumulate', 'merge'].map(part => module.exportFunction(`f_${part}`, ['i32', 'i32'], []));
      parts[1]!.i32.const(20).call(tree);
      module.exportFunction('f_finish', ['i32'], ['i64']).i64.const(0);
      return declared(module, { kind: 'aggregate', arguments: ['INT NOT NULL'], result: 'BIGINT NOT NULL', stateBytes: 16 });
    },
    expected: /^udf-fuel: /,
    without: /^values/,
  },
  flood(
    'a table function that always has more rows',
    flooding(table, ['i32'], next => next.i64.const(block(8, true))),
  ),
  flood(
    'a next block that begins the function anew',
    flooding(table, ['i32'], (next, first) => next.i32.const(1).call(first)),
  ),
  flood(
    'a process function that always has more rows',
    flooding(process, ['i32', 'i32'], next => next.i64.const(block(8, true))),
  ),
  flood('a timer that always has more rows', () => {
    const module = new ModuleBuilder();
    module.memory({ initial: 1 });
    const f = module.exportFunction('f', ['i32', 'i32'], ['i64']) as unknown as FunctionBuilder;
    request(1, 0, 0)(f);
    f.i64.const(0);
    module.exportFunction('f_timer', ['i32'], ['i64']).i64.const(block(8, true));
    module.exportFunction('f_next', [], ['i64']).i64.const(block(8, true));
    return declared(module, process);
  }),
  {
    name: 'a timer that always sets another one',
    guard: 'timer-chain',
    limits: { timerChainMax: 100 },
    bytes: partition(request(1, 0, 0), {}, undefined, request(1, 0, 0)),
    expected: "udf-fuel: 'f' fired 300 timers at one watermark, of which 3 had been set before",
    without: 'values ',
  },
  {
    name: 'a timer that always sets two more',
    guard: 'timer-chain',
    limits: { timerChainMax: 100 },
    bytes: partition(request(1, 0, 0), {}, undefined, f => {
      request(1, 0, 0)(f);
      f.i32.const(552).i32.const(1).i32.store(0);
      words([36, 2])(f);
    }),
    expected: /^udf-fuel: 'f' fired 300 timers/,
    without: 'values ',
  },
  {
    name: 'a state that doubles with every row',
    guard: 'memory-maximum',
    rows: Array.from({ length: 16 }, (_, row) => row),
    bytes: partition(growing, { states: texts }, growingRoom),
    expected: /^udf-memory: /,
    without: /^values/,
  },
  {
    name: 'an emit of its own, to be called back',
    guard: 'imports',
    bytes: () => {
      const module = new ModuleBuilder();
      const emit = module.importFunction('tidemill', 'emit', ['i32'], []);
      module.memory({ initial: 1 });
      const f = module.exportFunction('f', ['i32', 'i32'], ['i64']);
      f.get(f.parameters[1]).call(emit).i64.const(0);
      return declared(module, process);
    },
    expected: /^udf-import: /,
    without: /^(?!udf-import)/,
  },
  {
    name: 'room that is made by the function itself',
    guard: 'none',
    bytes: () => {
      const module = new ModuleBuilder();
      module.memory({ initial: 1 });
      const f = module.exportFunction('f', ['i32', 'i32', 'i32'], []) as unknown as FunctionBuilder;
      count(f).drop();
      return declared(module, { kind: 'batch', arguments: ['INT NOT NULL'], result: 'INT NOT NULL' }, allocate =>
        allocate.i32.const(0).i32.const(0).i32.const(0).call(f).i32.const(1024),
      );
    },
    expected: 'values 0 0 0',
  },
];
