import { signatureSection } from '../../../core/udf/index.ts';
import { type FunctionBuilder, ModuleBuilder } from '../../../core/wasm/encoder/index.ts';
import type { Guard } from '../../../core/wasm/guards.ts';
import { withCustomSection } from '../../../core/wasm/reader/index.ts';
import { componentHeader } from '../../udf/support.ts';
import type { Hostile } from '../support.ts';
import { type Body, manyRounds } from './kinds.ts';

const scalar = { arguments: ['INT NOT NULL'], result: 'INT NOT NULL' };
const text = { arguments: ['INT NOT NULL'], result: 'STRING NOT NULL' };
const table = { kind: 'table', arguments: ['INT NOT NULL'], columns: [{ name: 'n', type: 'INT NOT NULL' }] };
const values = {
  kind: 'aggregate',
  arguments: ['INT NOT NULL'],
  result: 'BIGINT NOT NULL',
  accumulators: ['BIGINT'],
  parts: ['retract', 'merge'],
};

const process = {
  kind: 'process',
  table: { columns: [{ name: 'n', type: 'INT NOT NULL' }] },
  states: [{ name: 's', columns: [{ name: 'x', type: 'BIGINT NOT NULL' }] }],
  columns: [{ name: 'k', type: 'INT NOT NULL' }],
  parts: ['timer'],
};
const timer = 'column(Uint8Array.of(1)), column(new Uint8Array(8)), column(ints(0, 0))';
/** Without rows: states, and timer requests. */
const answer = (states: string, timers: string): string => `[[column(none), column(none)], [${states}], [${timers}]]`;
const state = 'column(new Uint8Array(8))';
const setsTimer = `callProcess() { return ${answer(state, `column(ints(0)), ${timer}`)}; }`;

/** What jco would make of a component: it starts the core module, and calls its export `run` where `exported` says so. */
const glueOf = (exported: string): string => `export function instantiate(getCore, imports, instantiateCore) {
  const core = instantiateCore(getCore('core.wasm'), {}).exports;
  const none = new Uint8Array();
  const bytes = values => new Uint8Array(values.buffer);
  const ints = (...values) => bytes(Int32Array.from(values));
  const column = (data, text = none, validity = none) => ({ validity, data, text });
  const same = (name, accumulators) => accumulators;
  return { accumulate: same, merge: same, finish: (name, groups) => column(new Uint8Array(8 * groups)), ${exported} };
}`;

/** A component of one function `f`, and the core module in it, whose export `run` has `body`. */
const component = (
  members: object,
  exported: string,
  body: Body = () => {},
  more: (module: ModuleBuilder) => void = module => void module.memory({ initial: 1 }),
): Pick<Hostile, 'bytes' | 'component'> => ({
  bytes: () => {
    const section = { version: 1, functions: [{ name: 'f', ...members }] };
    return withCustomSection(componentHeader, signatureSection, new TextEncoder().encode(JSON.stringify(section)));
  },
  component: {
    glue: glueOf(exported),
    core: () => {
      const module = new ModuleBuilder();
      more(module);
      body(module.exportFunction('run', []) as unknown as FunctionBuilder);
      return module.build();
    },
  },
});

/** Where the core module is called: in each kind's exports. */
const places: readonly (readonly [kind: string, members: object, exported: string])[] = [
  ['call', scalar, 'call(name, rows) { core.run(); return column(new Uint8Array(4 * rows)); }'],
  ['call-table', table, 'callTable() { core.run(); return [column(none), column(none)]; }'],
  ['begin', { ...values, parts: ['init'] }, 'begin() { core.run(); return [column(new Uint8Array(8))]; }'],
  ['accumulate', values, 'accumulate(name, accumulators) { core.run(); return accumulators; }'],
  ['merge', values, 'merge(name, accumulators) { core.run(); return accumulators; }'],
  ['finish', values, 'finish(name, groups) { core.run(); return column(new Uint8Array(8 * groups)); }'],
  ['call-process', process, `callProcess() { core.run(); return ${answer(state, '')}; }`],
  ['call-timers', process, `${setsTimer}, callTimers() { core.run(); return ${answer(state, '')}; }`],
];
const little = { fuelPerBatch: 10_000, fuelPerRow: 0 };
const lie = (name: string, guard: Guard, members: object, exported: string, expected: RegExp): Hostile => ({
  name,
  guard,
  ...component(members, exported),
  expected,
  without: /^(?!udf-result)/,
});
const growth: Body = f => {
  const rounds = f.newLocal('i32');
  f.i32.const(300).set(rounds);
  f.loop(again => {
    f.i32.const(0).memoryGrow().drop();
    f.get(rounds).i32.const(1).i32.sub().tee(rounds).brIf(again);
  });
};
const named =
  (name: string): ((module: ModuleBuilder) => void) =>
  module => {
    module.memory({ initial: 1 });
    module.exportFunction(name, []);
  };

/** Components whose core modules fall, run for ever and ask for too much, and whose columns lie. */
export const components: readonly Hostile[] = [
  ...places.map(
    ([kind, members, exported]): Hostile => ({
      name: `a component that traps in ${kind}`,
      guard: 'engine',
      ...component(members, exported, f => f.unreachable()),
      expected: /^udf-trap: 'f' trapped: /,
    }),
  ),
  ...places.map(
    ([kind, members, exported]): Hostile => ({
      name: `a component with a loop in ${kind}`,
      guard: 'fuel-loops',
      limits: little,
      ...component(members, exported, manyRounds),
      expected: /^udf-fuel: 'f' used up its fuel/,
      without: /^values/,
    }),
  ),
  {
    name: 'a component that calls itself for ever',
    guard: 'engine',
    ...component(scalar, places[0]![2], f => f.call(f)),
    expected: /^udf-stack: /,
  },
  {
    name: 'a component that grows its memory over and over',
    guard: 'fuel-growth',
    limits: little,
    ...component(scalar, places[0]![2], growth),
    expected: /^udf-fuel: /,
    without: /^values/,
  },
  {
    name: 'a component with a memory of 257 MiB',
    guard: 'memory-initial',
    ...component(scalar, places[0]![2], undefined, module => void module.memory({ initial: 4112 })),
    expected: /^udf-memory: /,
    without: /^(?!udf-memory)/,
  },
  {
    name: 'a component that grows to 257 MiB',
    guard: 'memory-maximum',
    ...component(
      scalar,
      'call(name, rows) { core.run(); return column(ints(...Array.from({ length: rows }, () => core.memory.buffer.byteLength >> 20))); }',
      f => f.i32.const(4111).memoryGrow().drop(),
      module => void module.export('memory', module.memory({ initial: 1 })),
    ),
    expected: 'values 0 0 0',
    without: 'values 257 257 257',
  },
  {
    name: 'a component with a table of a million elements',
    guard: 'table-initial',
    ...component(scalar, places[0]![2], undefined, module => void module.table([], { initial: 1_000_000 })),
    expected: /^udf-table: /,
    without: /^(?!udf-table)/,
  },
  {
    name: 'a component with a core module that is not valid',
    guard: 'validation',
    ...component(scalar, places[0]![2], f => f.i32.const(1)),
    expected: /^udf-invalid: /,
    without: /^(?!udf-invalid)/,
  },
  ...["a quote'", 'a back\\slash', 'a line\nand another', '`${1}`', 'tidemill.fuel'].map(
    (name): Hostile => ({
      name: `a component with a core export called ${JSON.stringify(name)}`,
      guard: 'component-names',
      ...component(scalar, places[0]![2], undefined, named(name)),
      expected: /^udf-invalid: /,
      without: /^(?!udf-invalid: .* has the name)/,
    }),
  ),
  lie(
    'a component with a row too few',
    'component-columns',
    scalar,
    'call(name, rows) { return column(new Uint8Array(4 * rows - 4)); }',
    /^udf-result: 'f' returned 8 bytes of data for 3 rows, not 12/,
  ),
  lie(
    'a component with 256 KiB for three rows',
    'component-columns',
    scalar,
    'call() { return column(new Uint8Array(1 << 18)); }',
    /^udf-result: 'f' returned 262144 bytes of data for 3 rows/,
  ),
  lie(
    'a component with bits for a million rows',
    'component-columns',
    { ...scalar, result: 'INT' },
    'call(name, rows) { return column(new Uint8Array(4 * rows), none, new Uint8Array(125000)); }',
    /^udf-result: 'f' returned 125000 bytes of validity/,
  ),
  lie(
    'a component with NULL where there is none',
    'component-columns',
    scalar,
    'call(name, rows) { return column(new Uint8Array(4 * rows), none, Uint8Array.of(5)); }',
    /^udf-result: 'f' returned NULL/,
  ),
  lie(
    'a component with text of another column',
    'component-columns',
    text,
    'call() { return column(ints(8, 8, 8, 8), Uint8Array.of(65, 66, 67, 68, 69, 70, 71, 72)); }',
    /^udf-result: 'f' returned text whose first offset is not 0/,
  ),
  lie(
    'a component with offsets that go down',
    'component-columns',
    { ...scalar, result: 'BYTES NOT NULL' },
    'call() { return column(ints(0, 2, 1, 2), Uint8Array.of(65, 66)); }',
    /^udf-result: 'f' returned offsets that go down/,
  ),
  lie(
    'a component with text of a megabyte that is not there',
    'component-columns',
    text,
    'call() { return column(ints(0, 1, 2, 1 << 20), Uint8Array.of(65, 66)); }',
    /^udf-result: 'f' returned offsets that go down, or lie outside/,
  ),
  lie(
    'a component with text that is not UTF-8',
    'text-utf8',
    text,
    'call() { return column(ints(0, 1, 2, 3), Uint8Array.of(65, 0xff, 66)); }',
    /^udf-result: 'f' returned bytes that are not UTF-8/,
  ),
  lie(
    'a component with rows of row 7',
    'component-rows',
    table,
    'callTable() { return [column(ints(7)), column(ints(1))]; }',
    /^udf-result: 'f' returned a row of row 7/,
  ),
  lie(
    'a component with rows that go down',
    'component-rows',
    table,
    'callTable() { return [column(ints(1, 0)), column(ints(1, 1))]; }',
    /^udf-result: 'f' returned a row of row 0/,
  ),
  lie(
    'a component with a column too many',
    'component-columns',
    table,
    'callTable() { return [column(ints(0)), column(ints(1)), column(ints(2))]; }',
    /^udf-result: 'f' returned 3 columns, not 2/,
  ),
  lie(
    'a component with more rows than data',
    'component-columns',
    table,
    'callTable() { return [column(ints(0, 1)), column(ints(1))]; }',
    /^udf-result: 'f' returned 4 bytes of data for 2 rows/,
  ),
  lie(
    'a component with an accumulator too many',
    'component-accumulators',
    values,
    'accumulate(name, kept) { return [...kept, ...kept]; }',
    /^udf-result: 'f' returned 2 accumulators, not 1/,
  ),
  lie(
    'a component with an accumulator of 64 KiB',
    'component-accumulators',
    values,
    'accumulate() { return [column(new Uint8Array(1 << 16))]; }',
    /^udf-result: 'f' returned 65536 bytes of accumulators/,
  ),
  lie(
    'a component with accumulators that are NULL',
    'component-accumulators',
    values,
    'accumulate(name, [kept]) { return [{ ...kept, validity: Uint8Array.of(0) }]; }',
    /^udf-result: 'f' returned an accumulator that is NULL/,
  ),
  lie(
    'a component with a block of 64 KiB',
    'component-accumulators',
    { ...values, accumulators: undefined, stateBytes: 8 },
    'merge() { return [column(new Uint8Array(1 << 16))]; }',
    /^udf-result: 'f' returned 65536 bytes of accumulators/,
  ),
  lie(
    'a component with states of 64 KiB',
    'component-columns',
    process,
    `callProcess() { return ${answer('column(new Uint8Array(1 << 16))', '')}; }`,
    /^udf-result: 'f' returned 65536 bytes of data for 1 rows, not 8/,
  ),
  lie(
    'a component with a state too many',
    'component-columns',
    process,
    `callProcess() { return ${answer(`${state}, ${state}`, '')}; }`,
    /^udf-result: 'f' returned 2 columns of states, not 1/,
  ),
  lie(
    'a component with a timer of another partition',
    'timer-requests',
    process,
    `callProcess() { return ${answer(state, `column(ints(7)), ${timer}`)}; }, callTimers() { return ${answer(state, '')}; }`,
    /^udf-result: 'f' asks for a timer of partition 7, of 1 that it was given/,
  ),
  {
    name: 'a component whose timers always set others',
    guard: 'timer-chain',
    limits: { timerChainMax: 100 },
    ...component(process, `${setsTimer}, callTimers() { return ${answer(state, `column(ints(0)), ${timer}`)}; }`),
    expected: /^udf-fuel: 'f' fired 100 timers at one watermark/,
    without: /^(?!udf-fuel)/,
  },
  {
    name: 'a component without an export of its kind',
    guard: 'none',
    ...component(table, 'call() {}'),
    expected: /^udf-export: /,
  },
];
