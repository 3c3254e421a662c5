import type { Column } from '../../core/columnar/batch.ts';
import { readColumn } from '../../core/columnar/read-values.ts';
import { type SqlType, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { adaptCore, componentLimits } from '../../core/udf/component.ts';
import {
  AggregateUdf,
  BatchUdf,
  ComponentAggregate,
  ComponentProcess,
  ComponentStates,
  ComponentTable,
  ComponentUdf,
  encodeSignatures,
  loadComponent,
  loadUdf,
  type ProcessAnswer,
  ProcessUdf,
  placeRows,
  type ScalarSignature,
  ScalarUdf,
  StateRecords,
  signatureSection,
  statePayload,
  type UdfLimits,
  type UdfModule,
} from '../../core/udf/index.ts';
import { TableUdf } from '../../core/udf/table-udf.ts';
import { ByteWriter, type FunctionBuilder, ModuleBuilder, type ValueType } from '../../core/wasm/encoder/index.ts';
import { type Guard, withoutGuards } from '../../core/wasm/guards.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

/** A module that should not get through, and what stops it. */
export interface Hostile {
  readonly name: string;
  /** Ours, or `engine`: V8's validator, its bounds checks, its stack. `none`: it does no harm, and is run to show that. */
  readonly guard: Guard | 'engine' | 'none';
  readonly bytes: () => Uint8Array<ArrayBuffer>;
  /** `bytes` is a component: what jco would have made of it, and the core module that this asks for. */
  readonly component?: { readonly glue: string; readonly core: () => Uint8Array<ArrayBuffer> };
  readonly limits?: Partial<UdfLimits>;
  readonly onTrap?: 'fail' | 'null';
  /** Arguments of `f`, by default 1, 2, 3; `canary`: addresses of engine memory that is watched. */
  readonly rows?: readonly Value[] | 'canary';
  /** With its guards: the error as `code: message`, or `values …`. */
  readonly expected: string | RegExp;
  /** Without its guard. */
  readonly without?: string | RegExp;
}

const canaryBytes = 1 << 16;
const canaryByte = 0xa5;
const canaryWord = canaryByte * 0x01010101;

/** Loads a module and runs its function `f`; says in words what came of it, and whether the engine's memory was read or written. */
export function outcomeOf(hostile: Hostile): string {
  const memory = new TaskMemory({ pagesInitial: 16 });
  const canary = memory.allocateSegment(canaryBytes);
  memory.u8.fill(canaryByte, canary, canary + canaryBytes);
  let outcome: string;
  let values: readonly Value[] = [];
  try {
    const module = loaded(hostile);
    const rows = hostile.rows === 'canary' ? [canary, canary + 4096] : (hostile.rows ?? [1, 2, 3]);
    values = run(module, memory, rows, hostile.onTrap ?? 'fail');
    outcome = `values ${values.map(value => (typeof value === 'string' ? JSON.stringify(value) : String(value))).join(' ')}`;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    outcome = `${code ?? 'uncoded'}: ${message}`;
  }
  const written = memory.u8.subarray(canary, canary + canaryBytes).some(byte => byte !== canaryByte);
  const read = values.some(value => typeof value === 'number' && value >>> 0 === canaryWord);
  return `${written ? 'WROTE ENGINE MEMORY, ' : ''}${read ? 'READ ENGINE MEMORY, ' : ''}${outcome}`;
}

function loaded({ bytes, component, limits }: Hostile): UdfModule {
  if (component === undefined) return loadUdf(bytes(), { name: 'evil.wasm', ...(limits && { limits }) });
  const all = { ...componentLimits, ...limits };
  const cores = new Map([['core.wasm', adaptCore(component.core(), 'evil.wasm', all)]]);
  return { ...loadComponent(bytes(), 'evil.wasm', { glue: component.glue, cores }), limits: all };
}

function run(module: UdfModule, memory: TaskMemory, rows: readonly Value[], onTrap: 'fail' | 'null'): readonly Value[] {
  const kernels = loadKernels(memory);
  const columnFor = (declared: readonly SqlType[]) => declared.slice(0, 1).map(type => columnOf(memory, type, rows));
  if (module.tabular[0]?.kind === 'process') {
    const process = module.component === undefined ? processed : processedColumns;
    return process(module, memory, columnFor, rows.length);
  }
  if (module.tabular.length > 0) {
    const Table = module.component === undefined ? TableUdf : ComponentTable;
    const table = new Table(module, 'f', memory, { kernels, onTrap });
    const columns = columnFor(table.signature.arguments);
    const call = { rows: rows.length, arguments: columns, outer: false, capacity: 16 };
    const values: Value[] = [];
    for (let calls = 0; calls < manyCalls; calls++) {
      const made = table.call({ ...call, begins: calls === 0 });
      values.push(...readColumn(memory, made.columns[0]!, made.count));
      if (made.done) return values;
    }
    return values.slice(0, 3);
  }
  if (module.aggregates.length > 0) return grouped(module, memory, columnFor);
  const Scalar = module.component !== undefined ? ComponentUdf : module.functions[0]?.batch === true ? BatchUdf : ScalarUdf;
  const udf = new Scalar(module, 'f', memory, { kernels, onTrap });
  return readColumn(memory, udf.call(rows.length, columnFor(udf.function.arguments), 0), rows.length);
}

/** What never ends is left after so many calls. */
const manyCalls = 2000;

/** All rows into one group, the last one out again where that can be, another group into it, and its result. */
function grouped(module: UdfModule, memory: TaskMemory, columnFor: (types: readonly SqlType[]) => Column[]): readonly Value[] {
  const Aggregate = module.component === undefined ? AggregateUdf : ComponentAggregate;
  const udf = new Aggregate(module, 'f', memory, loadKernels(memory));
  udf.initial();
  const group = memory.arena.allocateZeroed(32);
  const rows = memory.arena.allocate(16);
  memory.u32.fill(group, rows >>> 2, (rows >>> 2) + 3);
  memory.u32[(rows >>> 2) + 3] = group + 16;
  const columns = columnFor(udf.function.arguments);
  const weights = memory.arena.allocate(8);
  memory.u8.set([1, 1, udf.function.canRetract ? 255 : 1], weights);
  udf.accumulate({ from: 0, to: 3, order: 0, rows, weights, columns, base: 0 });
  if (udf.function.canMerge)
    udf.merge({ from: 0, to: 1, order: 0, targets: rows, selection: 0, sources: rows + 12, views: 0, base: 0 });
  return readColumn(memory, udf.finish(1, rows, 0), 1);
}

/** All rows as one partition, its states, and its timers as far as they are asked for. */
function processed(
  module: UdfModule,
  memory: TaskMemory,
  columnFor: (types: readonly SqlType[]) => Column[],
  count: number,
): readonly Value[] {
  const kernels = loadKernels(memory);
  const udf = new ProcessUdf(module, 'f', memory, { kernels });
  const order = memory.arena.allocate(4 * count);
  for (let row = 0; row < count; row++) memory.u32[(order >>> 2) + row] = row;
  const columns = columnFor(udf.signature.table.columns.map(field => field.type));
  const given = { arguments: columns, order, weights: 0, times: 0, unitsPerMs: 1 };
  const payload = statePayload(udf.signature.states);
  const states = memory.arena.allocateZeroed(payload.bytes + 8);
  const records = new StateRecords(payload, memory, kernels, 'f');
  const begin = (): void => {
    const fresh = records.load(states, udf, udf.records, () => false);
    udf.begin({ hasTime: false, watermarkMs: 0, fresh, from: 0 });
  };
  const store = (): void => {
    records.store(states, udf.buffer, udf.records, 1, 0, bytes => memory.arena.allocate(bytes));
  };
  const values: Value[] = [];
  const give = (): void => {
    const { count: made, columns: out } = udf.finish();
    values.push(...readColumn(memory, out[0]!, made));
  };
  let timers = 0;
  let calls = 0;
  /** Goes on with a call until it is done. */
  const all = (call: () => 'attention' | 'full' | 'done', once: boolean): void => {
    for (let result = call(); result !== 'done' && calls++ < manyCalls; result = call()) {
      if (result === 'full') {
        give();
        udf.open(16, given);
      } else {
        timers += udf.attention().requests.length;
        if (once) return;
      }
    }
  };
  udf.open(16, given);
  // text of a state may lie where the next row's arguments go
  begin();
  for (let to = 1; to <= count; to++) {
    all(() => udf.rows(to), false);
    store();
    records.load(states, udf, udf.records, () => false);
  }
  give();
  udf.beginTimers(timers);
  for (; timers > 0 && calls++ < manyCalls; timers--) {
    udf.open(16);
    begin();
    let begins = true;
    all(() => {
      const result = udf.timer(begins, 0, new Uint8Array(), 0);
      begins = false;
      return result;
    }, true);
    store();
    give();
  }
  return values.slice(0, 3);
}

export function outcomeWithout(hostile: Hostile, guard: Guard): string {
  return withoutGuards([guard], () => outcomeOf(hostile));
}

export const intToInt: Partial<ScalarSignature> = {
  name: 'f',
  arguments: [types.int(false)],
  result: types.int(false),
};

export const signed = (module: ModuleBuilder, ...signatures: readonly Partial<ScalarSignature>[]): ModuleBuilder => {
  const complete = signatures.map(
    signature => ({ nulls: 'propagate', deterministic: true, arguments: [], ...signature }) as ScalarSignature,
  );
  module.customSection(signatureSection, encodeSignatures(complete));
  return module;
};

interface Made {
  readonly parameters?: readonly ValueType[];
  readonly results?: readonly ValueType[];
  readonly signature?: Partial<ScalarSignature>;
  readonly memory?: false | { readonly initial: number; readonly maximum?: number };
  /** Before `f`: imports. */
  readonly before?: (module: ModuleBuilder) => void;
}

/** A module with one function `f`, INT → INT unless told otherwise. */
export function made(
  body: (f: FunctionBuilder, module: ModuleBuilder) => void,
  { parameters = ['i32'], results = ['i32'], signature = intToInt, memory = { initial: 1 }, before }: Made = {},
): () => Uint8Array<ArrayBuffer> {
  return () => {
    const module = new ModuleBuilder();
    before?.(module);
    if (memory !== false) module.memory(memory);
    body(module.exportFunction('f', parameters, results), module);
    return signed(module, signature).build();
  };
}

/** Sections by id; what is given replaces that of a small valid module whose `f` is the identity. */
export function raw(
  sections: Readonly<Record<number, readonly number[] | undefined>>,
  tail: readonly number[] = [],
): Uint8Array<ArrayBuffer> {
  const whole: Record<number, readonly number[] | undefined> = {
    1: [1, 0x60, 1, 0x7f, 1, 0x7f],
    3: [1, 0],
    5: [1, 0, 1],
    7: [1, 1, 0x66, 0, 0],
    10: code([0x20, 0, 0x0b]),
    ...sections,
  };
  const out = new ByteWriter();
  out.bytes(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  // tags stand between memories and globals, the data count before the code
  const order = (id: number): number => (id === 13 ? 5.5 : id === 12 ? 9.5 : id);
  for (const id of Object.keys(whole)
    .map(Number)
    .sort((a, b) => order(a) - order(b))) {
    const bytes = whole[id];
    if (bytes === undefined) continue;
    out.u8(id);
    out.sized(Uint8Array.from(bytes));
  }
  out.bytes(Uint8Array.from(tail));
  return out.finish();
}

/** A code section of one function without locals, or with the locals given as bytes. */
export function code(body: readonly number[], locals: readonly number[] = [0]): number[] {
  return [1, ...leb(body.length + locals.length), ...locals, ...body];
}

export function leb(value: number): number[] {
  const writer = new ByteWriter();
  writer.u32(value);
  return [...writer.finish()];
}

export const name = (text: string): number[] => {
  const bytes = [...new TextEncoder().encode(text)];
  return [...leb(bytes.length), ...bytes];
};

/** The same of a component, with all rows in one call. */
function processedColumns(
  module: UdfModule,
  memory: TaskMemory,
  columnFor: (types: readonly SqlType[]) => Column[],
  count: number,
): readonly Value[] {
  const kernels = loadKernels(memory);
  const udf = new ComponentProcess(module, 'f', memory);
  const { table, columns, states: declared } = udf.signature;
  const payload = statePayload(declared);
  const states = new ComponentStates('f', payload, new StateRecords(payload, memory, kernels, 'f'), memory, kernels);
  const place = memory.arena.allocateZeroed(payload.bytes + 8);
  const load = () => states.load([place], () => false);
  const values: Value[] = [];
  let timers = 0;
  const take = ({ made, states: after, requests }: ProcessAnswer): void => {
    states.take(after, 1);
    states.store(0, place, 1, bytes => memory.arena.allocate(bytes));
    for (const asked of requests.values()) timers += asked.length;
    const elements = made.of.map((_, index) => index);
    const placed = placeRows('f', { memory, kernels }, columns, made.columns, elements, false);
    values.push(...readColumn(memory, placed[0]!, elements.length));
  };
  const given = {
    rows: Int32Array.from({ length: count }, (_, row) => row),
    arguments: columnFor(table.columns.map(field => field.type)),
    groups: new Uint32Array(count),
    ...{ partitions: 1, weights: 0, times: 0, unitsPerMs: 1, watermarkMs: 0 },
  };
  take(udf.rows(given, load()));
  udf.beginTimers(timers);
  for (let calls = 0; timers > 0 && calls < manyCalls; calls++) {
    timers--;
    take(udf.timers([{ timeMs: 0, name: new Uint8Array() }], 0, load()));
  }
  return values.slice(0, 3);
}
