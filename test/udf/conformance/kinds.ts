import { readColumn } from '../../../core/columnar/read-values.ts';
import { types } from '../../../core/columnar/types.ts';
import type { Value } from '../../../core/columnar/values.ts';
import { columnOf } from '../../../core/columnar/write-values.ts';
import type { Kernels } from '../../../core/kernels/index.ts';
import {
  AggregateUdf,
  type Attention,
  BatchUdf,
  ComponentAggregate,
  ComponentProcess,
  ComponentStates,
  ComponentTable,
  ComponentUdf,
  type ProcessAnswer,
  ProcessUdf,
  placeRows,
  ScalarUdf,
  StateRecords,
  statePayload,
  TableUdf,
  type TimerRequest,
  type UdfModule,
} from '../../../core/udf/index.ts';
import { argumentHasFlag } from '../../../core/udf/signature.ts';
import type { TaskMemory } from '../../../core/wasm/memory.ts';
import type { Case } from './cases.ts';

/** One function of a module over plain values. */
export interface Subject {
  readonly module: UdfModule;
  readonly memory: TaskMemory;
  readonly kernels: Kernels;
  readonly entry: Case;
  readonly columns: readonly (readonly Value[])[];
}

export function columnResult({ module, memory, kernels, entry, columns }: Subject): Value[] {
  const isBatch = module.functions.find(each => each.name === entry.function)?.batch === true;
  const Udf = module.component !== undefined ? ComponentUdf : isBatch ? BatchUdf : ScalarUdf;
  const udf = new Udf(module, entry.function, memory, { kernels, onTrap: entry.onTrap ?? 'fail' });
  const rows = columns[0]!.length;
  const inputs = udf.function.arguments.map((type, index) => columnOf(memory, type, columns[index]!));
  return readColumn(memory, udf.call(rows, inputs, 0), rows);
}

/** The results of groups, in their order: rows are taken in, or out, then groups are merged. */
export function groupResults({ module, memory, kernels, entry, columns }: Subject): Value[] {
  const Udf = module.component === undefined ? AggregateUdf : ComponentAggregate;
  const udf = new Udf(module, entry.function, memory, kernels);
  const { groups = [], weights, merges = [] } = entry;
  const initial = udf.initial();
  const count = 1 + Math.max(...groups, ...merges.flat());
  const places = Array.from({ length: count }, () => {
    const place = memory.arena.allocate(initial.length + 8);
    memory.u8.set(initial, place);
    return place;
  });
  const words = (values: readonly number[]): number => {
    const address = memory.arena.allocate(4 * values.length);
    memory.u32.set(values, address >>> 2);
    return address;
  };
  const inputs = udf.function.arguments.map((type, index) => columnOf(memory, type, columns[index]!));
  let signs = 0;
  if (weights !== undefined) {
    signs = memory.arena.allocate(weights.length);
    memory.u8.set(weights, signs);
  }
  // which rows count is the engine's work: not those with a NULL, unless the function asks for them
  const counts = (row: number): boolean =>
    columns.every((values, index) => values[row] !== null || argumentHasFlag(udf.function, index));
  const rows = words(groups.map((group, row) => (counts(row) ? places[group]! : 0)));
  udf.accumulate({ from: 0, to: groups.length, order: 0, rows, weights: signs, columns: inputs, base: 0 });
  const targets = words(merges.map(([into]) => places[into]!));
  const sources = words(merges.map(([, from]) => places[from]!));
  udf.merge({ from: 0, to: merges.length, order: 0, targets, selection: 0, sources, views: 0, base: 0 });
  return readColumn(memory, udf.finish(count, words(places), 0), count);
}

/** The rows of a table function, each behind the number of the row that it was made of. */
export function madeRows({ module, memory, kernels, entry, columns }: Subject): Value[][] {
  const Udf = module.component === undefined ? TableUdf : ComponentTable;
  const udf = new Udf(module, entry.function, memory, { kernels, onTrap: entry.onTrap ?? 'fail' });
  const inputs = udf.signature.arguments.map((type, index) => columnOf(memory, type, columns[index]!));
  const made: Value[][] = [];
  for (let begins = true; ; begins = false) {
    const {
      count,
      picks,
      columns: out,
      done,
    } = udf.call({
      rows: columns[0]!.length,
      arguments: inputs,
      begins,
      outer: entry.outer === true,
      capacity: 50,
    });
    const values = out.map(each => readColumn(memory, each, count));
    for (let row = 0; row < count; row++) made.push([memory.u32[(picks >>> 2) + row]!, ...values.map(each => each[row]!)]);
    if (done) return made;
  }
}

interface Timer {
  readonly partition: number;
  readonly name: string;
  readonly timeMs: number;
}

/** Timers behind what a call asked for. */
function asked(before: readonly Timer[], partition: number, requests: readonly TimerRequest[]): Timer[] {
  let timers = [...before];
  for (const { kind, timeMs, name: bytes } of requests) {
    const name = new TextDecoder().decode(bytes);
    const others = (timer: Timer): boolean =>
      timer.partition !== partition || timer.name !== name || (name === '' && timer.timeMs !== timeMs);
    timers = timers.filter(timer => (kind === 'clear-all' ? timer.partition !== partition : others(timer)));
    if (kind === 'set') timers.push({ partition, name, timeMs });
  }
  return timers;
}

/** {@link processedRows} of a component: all rows up to a watermark in one call, then its timers one by one. */
export function rowsOfComponent({ module, memory, kernels, entry, columns }: Subject): Value[][] {
  const { partitions = [], times, watermarks = [] } = entry;
  const udf = new ComponentProcess(module, entry.function, memory);
  const { table, arguments: scalars, states: declared, columns: schema } = udf.signature;
  const shape = [...table.columns.map(field => field.type), ...scalars];
  const inputs = shape.map((type, index) => columnOf(memory, type, columns[index]!));
  const timed = times === undefined ? 0 : columnOf(memory, types.bigint(false), times.map(BigInt)).data;
  const payload = statePayload(declared);
  const records = new StateRecords(payload, memory, kernels, entry.function);
  const states = new ComponentStates(entry.function, payload, records, memory, kernels);
  const all = [...new Set(partitions)];
  const places = all.map(() => memory.arena.allocateZeroed(payload.bytes + 8));
  const made: Value[][] = [];
  let timers: Timer[] = [];
  const take = (
    answer: ProcessAnswer,
    of: readonly number[],
    who: (given: number) => readonly [number, bigint | undefined],
  ): void => {
    states.take(answer.states, of.length);
    for (const [index, at] of of.entries()) states.store(index, places[at]!, 1, bytes => memory.arena.allocate(bytes));
    for (const [index, requests] of answer.requests) timers = asked(timers, all[of[index]!]!, requests);
    const elements = answer.made.of.map((_, index) => index);
    const task = { memory, kernels };
    const placed = placeRows(entry.function, task, schema, answer.made.columns, elements, false);
    const values = placed.map(each => readColumn(memory, each, elements.length));
    for (const [index, given] of answer.made.of.entries()) {
      const [partition, time] = who(given);
      made.push([partition, ...values.map(each => each[index]!), ...(time === undefined ? [] : [time])]);
    }
  };
  const load = (of: readonly number[]) =>
    states.load(
      of.map(at => places[at]!),
      () => false,
    );
  let watermarkMs = Number.NEGATIVE_INFINITY;
  const give = (from: number, to: number): void => {
    if (to === from) return;
    const every = all.map((_, at) => at);
    const rows = Int32Array.from({ length: to - from }, (_, index) => from + index);
    const groups = Uint32Array.from(rows, row => all.indexOf(partitions[row]!));
    const given = {
      rows,
      groups,
      partitions: all.length,
      arguments: inputs,
      weights: 0,
      times: timed,
      unitsPerMs: 1,
      watermarkMs,
    };
    take(udf.rows(given, load(every)), every, row => [partitions[from + row]!, times && BigInt(times[from + row]!)]);
  };
  const fire = (ms: number): void => {
    watermarkMs = ms;
    udf.beginTimers(timers.length);
    for (;;) {
      const due = timers.filter(timer => timer.timeMs <= ms).sort((one, other) => one.timeMs - other.timeMs)[0];
      if (due === undefined) return;
      timers = timers.filter(timer => timer !== due);
      const of = [all.indexOf(due.partition)];
      const named = { timeMs: due.timeMs, name: new TextEncoder().encode(due.name) };
      take(udf.timers([named], ms, load(of)), of, () => [due.partition, BigInt(due.timeMs)]);
    }
  };
  let from = 0;
  for (const [rows, ms] of [...watermarks, [partitions.length, Number.POSITIVE_INFINITY] as const]) {
    give(from, rows);
    from = rows;
    fire(ms);
  }
  return made;
}

/**
 * The rows of a process table function: the partition, the function's columns, and the time (ms) where rows have one. States and timers are kept as plainly as
 * can be; the engine's operator has tables for them.
 */
export function processedRows({ module, memory, kernels, entry, columns }: Subject): Value[][] {
  const { arena } = memory;
  const { partitions = [], times } = entry;
  const udf = new ProcessUdf(module, entry.function, memory, { kernels });
  const { signature } = udf;
  const shape = [...signature.table.columns.map(field => field.type), ...signature.arguments];
  const inputs = shape.map((type, index) => columnOf(memory, type, columns[index]!));
  const timed = times === undefined ? 0 : columnOf(memory, types.bigint(false), times.map(BigInt)).data;
  const payload = statePayload(signature.states);
  const records = new StateRecords(payload, memory, kernels, entry.function);
  const states = new Map(partitions.map(partition => [partition, arena.allocateZeroed(payload.bytes + 8)]));
  let timers: Timer[] = [];
  let watermarkMs = Number.NEGATIVE_INFINITY;
  const made: Value[][] = [];

  const load = (partition: number): boolean => records.load(states.get(partition)!, udf, udf.records, () => false);
  const store = (partition: number, cleared: number): void => {
    records.store(states.get(partition)!, udf.buffer, udf.records, 1, cleared, bytes => arena.allocate(bytes));
  };
  const request = (partition: number, { requests, cleared }: Attention): void => {
    timers = asked(timers, partition, requests);
    store(partition, cleared);
    load(partition);
  };
  const give = (partition: number, timeOf: (row: number) => number): void => {
    const { count, picks, columns: out } = udf.finish();
    const values = out.map(each => readColumn(memory, each, count));
    for (let row = 0; row < count; row++) {
      const time = times === undefined ? [] : [BigInt(timeOf(memory.u32[(picks >>> 2) + row]!))];
      made.push([partition, ...values.map(each => each[row]!), ...time]);
    }
  };
  const rowsOf = (partition: number, rows: readonly number[]): void => {
    const order = arena.allocate(4 * rows.length);
    memory.u32.set(rows, order >>> 2);
    const given = { arguments: inputs, order, weights: 0, times: timed, unitsPerMs: 1 };
    udf.open(8, given);
    udf.begin({ hasTime: times !== undefined, watermarkMs, fresh: load(partition), from: 0 });
    for (let result = udf.rows(rows.length); result !== 'done'; result = udf.rows(rows.length)) {
      if (result === 'attention') request(partition, udf.attention());
      else {
        give(partition, row => times![row]!);
        udf.open(8, given);
      }
    }
    give(partition, row => times![row]!);
    store(partition, 0);
  };
  const fire = ({ partition, name, timeMs }: Timer, atMs: number): void => {
    udf.open(8);
    udf.begin({ hasTime: true, watermarkMs: atMs, fresh: load(partition), from: 0 });
    const call = (begins: boolean) => udf.timer(begins, timeMs, new TextEncoder().encode(name), 0);
    let result = call(true);
    for (; result === 'full'; result = call(false)) {
      give(partition, () => timeMs);
      udf.open(8);
    }
    give(partition, () => timeMs);
    if (result === 'attention') request(partition, udf.attention());
    else store(partition, 0);
  };

  const between = (from: number, to: number): void => {
    const rows = Array.from({ length: to - from }, (_, index) => from + index);
    const groups = new Map(rows.map(row => [partitions[row]!, rows.filter(other => partitions[other] === partitions[row])]));
    // text of a state may lie where the next row's arguments go
    for (const [partition, members] of groups)
      if (payload.viewOffsets.length === 0) rowsOf(partition, members);
      else for (const row of members) rowsOf(partition, [row]);
  };
  let at = 0;
  for (const [rows, ms] of entry.watermarks ?? []) {
    between(at, rows);
    at = rows;
    for (;;) {
      const [due] = timers.filter(timer => timer.timeMs <= ms).sort((a, b) => a.timeMs - b.timeMs);
      if (due === undefined) break;
      timers = timers.filter(timer => timer !== due);
      fire(due, ms);
    }
    watermarkMs = ms;
  }
  between(at, partitions.length);
  return made;
}
