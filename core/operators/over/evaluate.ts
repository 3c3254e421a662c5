import { type Batch, batchOf, type Column } from '../../columnar/batch.ts';
import { isNull, readColumn } from '../../columnar/read-values.ts';
import { storageBytes, storageOf, withoutTimeAttribute } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { columnOf } from '../../columnar/write-values.ts';
import { internalError } from '../../common/errors.ts';
import { aggregateFunctions } from '../../functions/index.ts';
import type { Frame, OverCall } from '../../plan/windows.ts';
import { userAggregateOf } from '../user-aggregate-values.ts';
import { accumulationOf, type FixedResults, FrameAggregates } from './frame-aggregates.ts';
import { type FrameBounds, frameBounds, type Positions } from './frames.ts';
import type { OrderedRows, RowOrdering } from './ordered-rows.ts';
import { edgeRows, extremeRows, type Picks, passing, placeNumbers, shiftedRows } from './picks.ts';

/** Results of one call by position. */
type Results =
  | { readonly kind: 'numbers'; readonly numbers: Float64Array }
  | { readonly kind: 'picks'; readonly column: number; readonly picks: Picks; readonly otherwise?: number | undefined }
  | { readonly kind: 'fixed'; readonly results: FixedResults }
  | { readonly kind: 'values'; readonly values: readonly Value[] };

/** Functions with OVER over rows that stand in order. */
export class OverResults {
  readonly #ordered: OrderedRows;
  readonly #positions: Positions;
  readonly #calls: readonly OverCall[];
  readonly #results: readonly Results[];

  constructor(ordered: OrderedRows, positions: Positions, spec: RowOrdering, calls: readonly OverCall[]) {
    this.#ordered = ordered;
    this.#positions = positions;
    this.#calls = calls;
    this.#results = evaluate(ordered, positions, spec, calls);
  }

  /** Ranks of a call, when it is one. */
  numbers(call: number): Float64Array {
    const results = this.#results[call]!;
    if (results.kind !== 'numbers') throw internalError('only places in an order are numbers');
    return results.numbers;
  }

  /** Columns of the calls for the rows at these positions, in the arena; `rows` is the address of their addresses. */
  columns(chosen: Uint32Array, rows: number): Column[] {
    return this.#results.map((results, index) => this.#column(results, this.#calls[index]!, chosen, rows));
  }

  /** A batch of the rows at these positions, with their results behind the first `width` columns. */
  batch(chosen: Uint32Array, width: number): Batch {
    const { memory } = this.#ordered.task;
    const rows = memory.arena.allocate(4 * chosen.length);
    for (const [index, position] of chosen.entries()) memory.u32[(rows >> 2) + index] = this.#positions.rows[position]!;
    const { columns } = this.#ordered.unpack(chosen.length, rows, width);
    return batchOf(chosen.length, [...columns, ...this.columns(chosen, rows)]);
  }

  #column(results: Results, call: OverCall, chosen: Uint32Array, rows: number): Column {
    const { memory } = this.#ordered.task;
    switch (results.kind) {
      case 'numbers': {
        const data = memory.arena.allocate(8 * chosen.length);
        const { numbers } = results;
        if (call.type.kind === 'DOUBLE')
          for (const [index, position] of chosen.entries()) memory.f64[(data >> 3) + index] = numbers[position]!;
        else
          for (const [index, position] of chosen.entries()) {
            memory.u32[(data >> 2) + 2 * index] = numbers[position]!;
            memory.u32[(data >> 2) + 2 * index + 1] = Math.floor(numbers[position]! / 2 ** 32);
          }
        return { type: call.type, validity: 0, data };
      }
      case 'fixed':
        return this.#fixed(results.results, chosen);
      case 'values':
        return columnOf(
          memory,
          withoutTimeAttribute(call.type),
          Array.from(chosen, position => results.values[position]!),
        );
      case 'picks':
        return this.#picked(results, call, chosen, rows);
    }
  }

  #fixed({ type, data, valid }: FixedResults, chosen: Uint32Array): Column {
    const { memory } = this.#ordered.task;
    const bytes = storageBytes(storageOf(type));
    const target = memory.arena.allocate(bytes * chosen.length);
    const validity = memory.arena.allocateZeroed(((chosen.length + 63) >> 6) * 8);
    const all = memory.u8;
    let nulls = false;
    for (const [index, position] of chosen.entries()) {
      for (let byte = 0; byte < bytes; byte++) all[target + bytes * index + byte] = data[bytes * position + byte]!;
      if (valid[position] === 1) all[validity + (index >> 3)]! |= 1 << (index & 7);
      else nulls = true;
    }
    return { type, validity: nulls ? validity : 0, data: target };
  }

  #picked(results: Extract<Results, { kind: 'picks' }>, call: OverCall, chosen: Uint32Array, rows: number): Column {
    const { memory } = this.#ordered.task;
    const count = chosen.length;
    const type = withoutTimeAttribute(call.type);
    const addresses = memory.arena.allocate(4 * count);
    const missing = new Uint8Array(count);
    for (const [index, position] of chosen.entries()) {
      const pick = results.picks[position]!;
      // a row that picks none reads its own value, which is not looked at
      memory.u32[(addresses >> 2) + index] = pick === 0 ? memory.u32[(rows >> 2) + index]! : pick;
      if (pick === 0) missing[index] = 1;
    }
    const value = this.#ordered.column(results.column, count, addresses);
    if (results.otherwise !== undefined) {
      const found = readColumn(memory, value, count);
      const others = readColumn(memory, this.#ordered.column(results.otherwise, count, rows), count);
      return columnOf(
        memory,
        type,
        found.map((one, index) => (missing[index] === 1 ? others[index]! : one)),
      );
    }
    if (!missing.includes(1)) return { ...value, type };
    const validity = memory.arena.allocateZeroed(((count + 63) >> 6) * 8);
    for (let index = 0; index < count; index++)
      if (missing[index] === 0 && !isNull(memory, value, index)) memory.u8[validity + (index >> 3)]! |= 1 << (index & 7);
    return { ...value, type, validity };
  }
}

function evaluate(ordered: OrderedRows, positions: Positions, spec: RowOrdering, calls: readonly OverCall[]): Results[] {
  const [key] = spec.order;
  const order = key?.expression.kind === 'column' ? { column: key.expression.index, descending: key.descending } : undefined;
  const known = new Map<string, FrameBounds>();
  const boundsOf = (frame: Frame): FrameBounds => {
    const text = frameKey(frame);
    let bounds = known.get(text);
    if (bounds === undefined) known.set(text, (bounds = frameBounds(positions, frame, ordered, order)));
    return bounds;
  };
  const results: Results[] = calls.map(call => placed(ordered, positions, call, boundsOf) ?? pending);
  const frames = [...new Set(calls.flatMap((call, index) => (results[index] === pending ? [frameKey(call.frame)] : [])))];
  for (const frame of frames) {
    const places = calls.flatMap((call, index) => (results[index] === pending && frameKey(call.frame) === frame ? [index] : []));
    const own = places.map(index => calls[index]!);
    const bounds = boundsOf(own[0]!.frame);
    for (const [index, place] of places.entries()) {
      const call = own[index]!;
      const accumulation = accumulationOf([call]);
      results[place] =
        accumulation === undefined
          ? { kind: 'values', values: byReference(ordered, positions, bounds, call) }
          : { kind: 'fixed', results: new FrameAggregates(accumulation, ordered).run(positions, bounds, [call])[0]! };
    }
  }
  return results;
}

const pending: Results = { kind: 'values', values: [] };
const frameKey = ({ unit, start, end }: Frame): string =>
  [unit, start.kind, 'offset' in start ? start.offset.value : '', end.kind, 'offset' in end ? end.offset.value : ''].join();

const columnIndex = (call: OverCall, index: number): number => {
  const argument = call.arguments[index];
  if (argument?.kind !== 'column') throw internalError(`argument ${index} of ${call.name} is no column`);
  return argument.index;
};

/** Functions that number rows or take their value from one row. */
function placed(
  ordered: OrderedRows,
  positions: Positions,
  call: OverCall,
  boundsOf: (frame: Frame) => FrameBounds,
): Results | undefined {
  switch (call.name) {
    case 'row-number':
    case 'rank':
    case 'dense-rank':
    case 'percent-rank':
    case 'cume-dist':
    case 'ntile':
      return { kind: 'numbers', numbers: placeNumbers(positions, call) };
    case 'lag':
    case 'lead': {
      const offset = call.arguments[1];
      const by = offset?.kind === 'literal' ? Number(offset.value) : 1;
      const picks = shiftedRows(positions, call.name === 'lag' ? -by : by);
      const otherwise = call.arguments.length > 2 ? columnIndex(call, 2) : undefined;
      return { kind: 'picks', column: columnIndex(call, 0), picks, otherwise };
    }
    case 'min':
    case 'max':
    case 'first-value':
    case 'last-value': {
      const argument = columnIndex(call, 0);
      const filter = call.filter?.kind === 'column' ? call.filter.index : undefined;
      const passes = passing(positions, ordered, argument, filter);
      const bounds = boundsOf(call.frame);
      const picks =
        call.name === 'min' || call.name === 'max'
          ? extremeRows(positions, bounds, passes, ordered.columnComparator(argument), call.name === 'max')
          : edgeRows(positions, bounds, passes, call.name === 'first-value');
      return { kind: 'picks', column: argument, picks };
    }
    default:
      return undefined;
  }
}

/** Any aggregate, frame by frame: right for all, and slow for long frames. */
function byReference(ordered: OrderedRows, positions: Positions, { start, end }: FrameBounds, call: OverCall): Value[] {
  const { memory } = ordered.task;
  const { user } = call;
  const entry = aggregateFunctions.get(call.name);
  if (entry === undefined && user === undefined) throw internalError(`there is no aggregate ${call.name}`);
  const mark = memory.arena.mark();
  const columns = call.arguments.map((_, index) =>
    readColumn(memory, ordered.column(columnIndex(call, index), positions.count, positions.address), positions.count),
  );
  memory.arena.release(mark);
  const filter = call.filter?.kind === 'column' ? call.filter.index : undefined;
  const passes = passing(positions, ordered, undefined, filter);
  const types = { arguments: call.arguments.map(argument => argument.type), result: call.type };
  const values: Value[] = [];
  for (let position = 0; position < positions.count; position++) {
    if (position > 0 && start[position] === start[position - 1] && end[position] === end[position - 1]) {
      values.push(values[position - 1]!);
      continue;
    }
    const rows = new Map<string | number, readonly Value[]>();
    for (let other = start[position]!; other < end[position]!; other++) {
      if (passes[other] === 0) continue;
      const row = columns.map(column => column[other]!);
      const key = call.distinct ? JSON.stringify(row, plain) : other;
      if (!rows.has(key)) rows.set(key, row);
    }
    const own = [...rows.values()];
    values.push(user === undefined ? entry!.reference(own, types) : userAggregateOf(ordered.task, { ...call, user }, own));
  }
  return values;
}

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
