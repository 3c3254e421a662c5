import type { Column } from '../columnar/batch.ts';
import { storageBytes, storageOf, withNullable } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { guarded } from '../wasm/guards.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { accumulatorBytes, accumulatorStorage, stateBytesOf } from './aggregate-signature.ts';
import { type AccumulateCall, findAggregate, type MergeCall } from './aggregate-udf.ts';
import { type ColumnCode, columnCodeOf, type RemoteModule } from './column-code.ts';
import { allSet, type ComponentColumn, fromComponent, markRows, toComponent } from './component-columns.ts';
import type { UdfAggregate, UdfModule } from './load-udf.ts';
import { argumentHasFlag } from './signature.ts';
import type { TextKernels } from './text-check.ts';

const nothing = new Uint8Array();

/**
 * An aggregate of a component, or of another process, as `AggregateUdf` is one of a core module: the accumulators of the groups that some rows go into are given to it as columns, and
 * put back. A trap fails the job, because what is left of an accumulator then is no value.
 */
export class ComponentAggregate {
  readonly name: string;
  readonly function: UdfAggregate;
  readonly #memory: TaskMemory;
  readonly #kernels: TextKernels;
  readonly #instance: ColumnCode;

  /** @throws TidemillError `udf-export` when the component has no such aggregate. */
  constructor(module: UdfModule | RemoteModule, functionName: string, memory: TaskMemory, kernels: TextKernels) {
    this.function = findAggregate(module, functionName);
    this.name = functionName;
    this.#memory = memory;
    this.#kernels = kernels;
    this.#instance = columnCodeOf(module, functionName);
  }

  /** Takes rows in, and with negative weights out. @throws TidemillError `udf-trap`, `udf-fuel`, `udf-stack`, `udf-result`, `udf-error`. */
  accumulate({ from, to, order, rows, weights, columns, base }: AccumulateCall): void {
    const { u8, u32 } = this.#memory;
    const strict = columns.filter(({ validity }, index) => validity !== 0 && !argumentHasFlag(this.function, index));
    const taken: number[] = [];
    for (let position = from; position < to; position++) {
      const row = order === 0 ? position : u32[(order >>> 2) + position]!;
      if (u32[(rows >>> 2) + row] === 0 || (weights !== 0 && u8[weights + row] === 0)) continue;
      if (strict.every(({ validity }) => (u8[validity + (row >>> 3)]! & (1 << (row & 7))) !== 0)) taken.push(row);
    }
    for (let start = 0; start < taken.length; start += limits.udfComponentRowsMax) {
      const piece = Int32Array.from(taken.slice(start, start + limits.udfComponentRowsMax));
      const groups = groupsOf(piece, row => u32[(rows >>> 2) + row]! + base);
      const retract = weights === 0 ? nothing : Uint8Array.from(piece, row => u8[weights + row]! >>> 7);
      const inputs = columns.map((column, index) =>
        toComponent(this.#memory, { ...column, type: this.function.arguments[index]! }, piece),
      );
      const given = this.#accumulatorsAt(groups.addresses);
      const retracts = retract.includes(1) ? retract : nothing;
      const made = this.#instance.call('accumulate', piece.length, run =>
        run(this.name, given, piece.length, groups.of, retracts, inputs),
      );
      this.#putBack(groups.addresses, made);
    }
  }

  /** Takes accumulators into others. */
  merge({ from, to, order, targets, selection, sources, views, base }: MergeCall): void {
    const { u8, u32 } = this.#memory;
    const taken: number[] = [];
    for (let position = from; position < to; position++) {
      const row = order === 0 ? position : u32[(order >>> 2) + position]!;
      if (u32[(targets >>> 2) + row] !== 0 && (selection === 0 || u8[selection + row] !== 0)) taken.push(row);
    }
    const sourceOf = (row: number): number => {
      if (views === 0) return u32[(sources >>> 2) + row]! + base;
      const view = views + 16 * row;
      return u32[view >>> 2]! <= limits.stringInlineBytes ? view + 4 : u32[(view >>> 2) + 2]!;
    };
    for (let start = 0; start < taken.length; start += limits.udfComponentRowsMax) {
      const piece = taken.slice(start, start + limits.udfComponentRowsMax);
      const groups = groupsOf(piece, row => u32[(targets >>> 2) + row]! + base);
      const given = this.#accumulatorsAt(groups.addresses);
      const others = this.#accumulatorsAt(piece.map(sourceOf));
      const made = this.#instance.call('merge', piece.length, run => run(this.name, given, groups.of, others));
      this.#putBack(groups.addresses, made);
    }
  }

  /** The results of groups as a column in the arena. */
  finish(count: number, rows: number, base: number): Column {
    const { arena, u32 } = this.#memory;
    const { result } = this.function;
    const validity = result.nullable ? arena.allocate(Math.max(((count + 63) >>> 6) * 8, 8)) : 0;
    const all = Int32Array.from({ length: count }, (_, row) => row);
    if (validity !== 0) markRows(this.#memory, validity, count, all);
    const data = arena.allocateZeroed(Math.max(count * storageBytes(storageOf(result)), 8));
    const size = storageBytes(storageOf(result));
    for (let start = 0; start < count; start += limits.udfComponentRowsMax) {
      const length = Math.min(count - start, limits.udfComponentRowsMax);
      const places = all.subarray(0, length);
      const given = this.#accumulatorsAt([...places].map(row => u32[(rows >>> 2) + start + row]! + base));
      const made = this.#instance.call('finish', length, run => run(this.name, length, given));
      // pieces are multiples of 8 rows, so that their bits begin at a byte
      const into = { data: data + start * size, validity: validity === 0 ? 0 : validity + (start >>> 3) };
      const wrong = fromComponent(this.#memory, this.#kernels, result, made, places, length, into);
      if (wrong !== undefined) throw this.#badResult(wrong);
    }
    return { type: result.nullable ? withNullable(result, true) : result, data, validity };
  }

  /** What a group begins with. */
  initial(): readonly number[] {
    const bytes = stateBytesOf(this.function);
    if (!this.function.hasInit) return new Array<number>(bytes).fill(0);
    const { arena } = this.#memory;
    const mark = arena.mark();
    const address = arena.allocateZeroed(bytes);
    this.#putBack(
      [address],
      this.#instance.call('begin', 1, run => run(this.name)),
    );
    const made = [...this.#memory.u8.subarray(address, address + bytes)];
    arena.release(mark);
    return made;
  }

  /** Accumulators as columns: one a value, of 4 or 8 bytes, or one of blocks. */
  #accumulatorsAt(addresses: readonly number[]): ComponentColumn[] {
    const { accumulators, stateBytes } = this.function;
    const { u8 } = this.#memory;
    if (accumulators === undefined) {
      const data = new Uint8Array(addresses.length * stateBytes!);
      for (const [index, address] of addresses.entries())
        data.set(u8.subarray(address, address + stateBytes!), index * stateBytes!);
      return [{ validity: nothing, data, text: nothing }];
    }
    const words = new DataView(this.#memory.memory.buffer);
    return accumulators.map((type, place) => {
      const data = new Uint8Array(addresses.length * accumulatorBytes(type));
      const view = new DataView(data.buffer);
      for (const [index, address] of addresses.entries()) {
        const at = address + 8 * place;
        switch (accumulatorStorage(type)) {
          case 'i32':
            view.setInt32(4 * index, words.getInt32(at, true), true);
            break;
          case 'f32':
            view.setFloat32(4 * index, words.getFloat64(at, true), true);
            break;
          default:
            view.setUint32(8 * index, words.getUint32(at, true), true);
            view.setUint32(8 * index + 4, words.getUint32(at + 4, true), true);
        }
      }
      return { validity: nothing, data, text: nothing };
    });
  }

  #putBack(addresses: readonly number[], made: readonly ComponentColumn[]): void {
    const { accumulators, stateBytes } = this.function;
    const sizes = accumulators === undefined ? [stateBytes!] : accumulators.map(accumulatorBytes);
    const checked = guarded('component-accumulators');
    if (checked && made.length !== sizes.length)
      throw this.#badResult(`returned ${made.length} accumulators, not ${sizes.length}`);
    for (const [place, { data, validity }] of made.entries()) {
      const wanted = addresses.length * sizes[place]!;
      if (checked && data.length !== wanted)
        throw this.#badResult(`returned ${data.length} bytes of accumulators, not ${wanted}`);
      if (checked && validity.some(bits => bits !== 255) && !allSet(validity, addresses.length))
        throw this.#badResult('returned an accumulator that is NULL');
    }
    const { u8 } = this.#memory;
    if (accumulators === undefined) {
      const [{ data }] = made as [ComponentColumn];
      for (const [index, address] of addresses.entries())
        u8.set(data.subarray(index * stateBytes!, (index + 1) * stateBytes!), address);
      return;
    }
    const words = new DataView(this.#memory.memory.buffer);
    for (const [place, type] of accumulators.entries()) {
      const { data } = made[place]!;
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      for (const [index, address] of addresses.entries()) {
        const at = address + 8 * place;
        switch (accumulatorStorage(type)) {
          case 'i32': {
            const value = view.getInt32(4 * index, true);
            words.setInt32(at, value, true);
            words.setInt32(at + 4, value >> 31, true);
            break;
          }
          case 'f32':
            words.setFloat64(at, view.getFloat32(4 * index, true), true);
            break;
          default:
            words.setUint32(at, view.getUint32(8 * index, true), true);
            words.setUint32(at + 4, view.getUint32(8 * index + 4, true), true);
        }
      }
    }
  }

  #badResult(what: string): TidemillError {
    return new TidemillError('udf-result', `'${this.name}' ${what}`, { hint: 'See udf-sdk/abi: Components.' });
  }
}

/** The different accumulators that rows go into, and for each row which of them (u32, little-endian). */
function groupsOf(rows: ArrayLike<number>, addressOf: (row: number) => number) {
  const known = new Map<number, number>();
  const addresses: number[] = [];
  const of = new Uint32Array(rows.length);
  for (let index = 0; index < rows.length; index++) {
    const address = addressOf(rows[index]!);
    let group = known.get(address);
    if (group === undefined) {
      group = addresses.length;
      known.set(address, group);
      addresses.push(address);
    }
    of[index] = group;
  }
  return { addresses, of: new Uint8Array(of.buffer) };
}
