import { readColumn } from '../../../core/columnar/read-values.ts';
import { types } from '../../../core/columnar/types.ts';
import type { Value } from '../../../core/columnar/values.ts';
import { columnOf } from '../../../core/columnar/write-values.ts';
import type { Kernels } from '../../../core/kernels/index.ts';
import {
  AggregateUdf,
  type Attention,
  BatchUdf,
  ProcessUdf,
  ScalarUdf,
  StateRecords,
  statePayload,
  TableUdf,
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
  const Udf = module.functions.find(each => each.name === entry.function)?.batch === true ? BatchUdf : ScalarUdf;
  const udf = new Udf(module, entry.function, memory, { kernels, onTrap: entry.onTrap ?? 'fail' });
  const rows = columns[0]!.length;
  const inputs = udf.function.arguments.map((type, index) => columnOf(memory, type, columns[index]!));
  return readColumn(memory, udf.call(rows, inputs, 0), rows);
}

/** The results of groups, in their order: rows are taken in, or out, then groups are merged. */
export function groupResults({ module, memory, kernels, entry, columns }: Subject): Value[] {
  const udf = new AggregateUdf(module, entry.function, memory, kernels);
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
  const udf = new TableUdf(module, entry.function, memory, { kernels, onTrap: entry.onTrap ?? 'fail' });
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
    for (const { kind, timeMs, name: bytes } of requests) {
      const name = new TextDecoder().decode(bytes);
      const others = (timer: Timer): boolean =>
        timer.partition !== partition || timer.name !== name || (name === '' && timer.timeMs !== timeMs);
      timers = timers.filter(timer => (kind === 'clear-all' ? timer.partition !== partition : others(timer)));
      if (kind === 'set') timers.push({ partition, name, timeMs });
    }
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
