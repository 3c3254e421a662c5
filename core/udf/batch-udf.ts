import type { Column } from '../columnar/batch.ts';
import { storageBytes, storageOf } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { guarded } from '../wasm/guards.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { type ColumnCallOptions, type ColumnFunction, callColumns } from './column-calls.ts';
import { type ComponentColumn, countNulls, packBits, unpackBits } from './component-columns.ts';
import { type GuestInstance, startGuest, trapSite } from './guest-instance.ts';
import { findUdfFunction, type UdfFunction, type UdfModule } from './load-udf.ts';
import { allocateExport, exportNames } from './loop-target.ts';
import { isText } from './signature.ts';
import { trapError } from './traps.ts';

const contractHint = 'See udf-sdk/abi: Batch functions.';
/** Bytes of an ArrowArray in wasm32, and places in it. Source: Arrow docs, "The Arrow C data interface". */
const arrowArray = { bytes: 64, length: 0, nullCount: 8, offset: 16, bufferCount: 24, buffers: 40 } as const;
const alignment = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/**
 * A function over whole columns, which lie in the module's memory as the Arrow C data interface says. Gets the rows that are wanted and, unless it asks for
 * NULLs, not NULL.
 *
 * @example
 * const risk = new BatchUdf(module, 'risk', memory, { kernels });
 * const column = risk.call(batch.length, [batch.columns[1]], 0);
 */
export class BatchUdf {
  readonly name: string;
  readonly function: UdfFunction;
  readonly #module: UdfModule;
  readonly #memory: TaskMemory;
  readonly #target: ColumnFunction;
  #running: GuestInstance | undefined;
  #room = { address: 0, bytes: 0 };

  /** @throws TidemillError `udf-export` when the module has no such function. */
  constructor(module: UdfModule, functionName: string, memory: TaskMemory, options: ColumnCallOptions) {
    this.function = findUdfFunction(module, functionName);
    this.name = functionName;
    this.#module = module;
    this.#memory = memory;
    const call: ColumnFunction['call'] = (inputs, rows) => this.#called(inputs, rows);
    this.#target = {
      ...options,
      name: functionName,
      function: this.function,
      memory,
      rowsMax: limits.batchRows,
      hint: contractHint,
      call,
    };
  }

  /**
   * Computes a result column in the task's arena.
   * @param selection address of a byte per row, 0 = the row is not wanted; or 0 for all rows
   * @throws TidemillError `udf-trap`, `udf-fuel`, `udf-stack`, `udf-memory`, `udf-result`.
   */
  call(rows: number, columns: readonly Column[], selection: number): Column {
    return callColumns(this.#target, rows, columns, selection);
  }

  #badResult(what: string): TidemillError {
    return new TidemillError('udf-result', `'${this.name}' ${what}`, { hint: contractHint });
  }

  /** Puts the columns into the module's memory, calls it, and finds its result there. */
  #called(inputs: readonly ComponentColumn[], rows: number): ComponentColumn {
    const types = this.function.arguments;
    const { result } = this.function;
    const columns = inputs.map((input, index) => ({
      text: isText(types[index]!),
      buffers: [input.validity, types[index]!.kind === 'BOOLEAN' ? packBits(input.data) : input.data, input.text],
    }));
    const validityBytes = (rows + 7) >>> 3;
    const resultBytes = isText(result)
      ? 4 * (rows + 1)
      : result.kind === 'BOOLEAN'
        ? validityBytes
        : rows * storageBytes(storageOf(result));
    const own = [new Uint8Array(validityBytes).fill(255), new Uint8Array(resultBytes), new Uint8Array()];
    const all = [...columns, { text: isText(result), buffers: own }];
    const headBytes = aligned(arrowArray.bytes * all.length + 16 * all.length);
    const bytes = all.reduce(
      (sum, { buffers }) => sum + buffers.reduce((inner, each) => inner + aligned(each.length), 0),
      headBytes,
    );
    const { fuelPerBatch, fuelPerRow } = this.#module.limits;
    const fuelGiven = BigInt(fuelPerBatch) + BigInt(fuelPerRow) * BigInt(rows);
    const running = this.#instance();
    running.fuel.value = fuelGiven;
    const structs = (index: number): number => this.#room.address + arrowArray.bytes * index;
    try {
      this.#makeRoom(running, bytes + alignment);
      const memory = new Uint8Array(running.memory!.buffer);
      const words = new DataView(running.memory!.buffer);
      memory.fill(0, this.#room.address, this.#room.address + headBytes);
      let at = this.#room.address + headBytes;
      for (const [index, { text, buffers }] of all.entries()) {
        const struct = structs(index);
        const list = structs(all.length) + 16 * index;
        const isResult = index === all.length - 1;
        const hasNulls = !isResult && buffers[0]!.length > 0;
        words.setUint32(struct + arrowArray.length, rows, true);
        words.setUint32(struct + arrowArray.nullCount, hasNulls ? countNulls(buffers[0]!, rows) : 0, true);
        words.setUint32(struct + arrowArray.bufferCount, text ? 3 : 2, true);
        words.setUint32(struct + arrowArray.buffers, list, true);
        for (const [number, buffer] of buffers.entries()) {
          if (buffer.length === 0) continue;
          memory.set(buffer, at);
          words.setUint32(list + 4 * number, at, true);
          at += aligned(buffer.length);
        }
      }
      const call = running.exports[exportNames.own(this.name)] as (rows: number, given: number, result: number) => void;
      call(rows, structs(0), structs(all.length - 1));
    } catch (cause) {
      if (cause instanceof TidemillError) throw cause;
      this.#running = undefined;
      const fuelLeft = running.fuel.value as bigint;
      const state = Number(running.state.value);
      const place = `in a call of ${rows} rows`;
      throw trapError(
        cause,
        trapSite(this.#module, {
          functionName: this.name,
          row: undefined,
          place,
          fuelLeft,
          fuelGiven,
          state,
          printed: running.printed(),
        }),
      );
    }
    return this.#resultAt(running.memory!.buffer as ArrayBuffer, structs(all.length - 1), rows);
  }

  #resultAt(buffer: ArrayBuffer, struct: number, rows: number): ComponentColumn {
    const { result } = this.function;
    const words = new DataView(buffer);
    const text = isText(result);
    const long = (at: number): bigint => words.getBigInt64(struct + at, true);
    const shaped = guarded('column-shape');
    if (shaped && long(arrowArray.length) !== BigInt(rows))
      throw this.#badResult(`returned ${long(arrowArray.length)} rows for ${rows}`);
    if (shaped && long(arrowArray.offset) !== 0n) throw this.#badResult('returned a column with an offset');
    if (shaped && long(arrowArray.bufferCount) !== (text ? 3n : 2n))
      throw this.#badResult(`returned ${long(arrowArray.bufferCount)} buffers`);
    const list = words.getUint32(struct + arrowArray.buffers, true);
    const count = text ? 3 : 2;
    const bounded = guarded('column-bounds');
    if (bounded && list + 4 * count > buffer.byteLength)
      throw this.#badResult('returned a list of buffers that lies outside its memory');
    const part = (number: number, bytes: number): Uint8Array => {
      // where nothing lies does not matter
      if (bytes === 0) return new Uint8Array();
      const address = words.getUint32(list + 4 * number, true);
      if (bounded && (address === 0 || address + bytes > buffer.byteLength))
        throw this.#badResult('returned a buffer that lies outside its memory');
      return new Uint8Array(buffer, address, bytes);
    };
    const hasNulls = long(arrowArray.nullCount) !== 0n && words.getUint32(list, true) !== 0;
    const validity = hasNulls ? part(0, (rows + 7) >>> 3) : new Uint8Array();
    if (text) {
      const offsets = part(1, 4 * (rows + 1));
      const bytes = new DataView(offsets.buffer, offsets.byteOffset).getInt32(4 * rows, true);
      if (bytes < 0) throw this.#badResult('returned offsets that go down');
      return { validity, data: offsets, text: part(2, bytes) };
    }
    if (result.kind !== 'BOOLEAN')
      return { validity, data: part(1, rows * storageBytes(storageOf(result))), text: new Uint8Array() };
    return { validity, data: unpackBits(part(1, (rows + 7) >>> 3), rows), text: new Uint8Array() };
  }

  #makeRoom(running: GuestInstance, bytes: number): void {
    if (bytes <= this.#room.bytes) return;
    const wanted = 2 * bytes;
    const address = Number((running.exports[exportNames.own(allocateExport)] as (bytes: number) => number)(wanted)) >>> 0;
    const start = aligned(address);
    if (guarded('allocation-bounds') && (address === 0 || address + wanted > running.memory!.buffer.byteLength))
      throw new TidemillError(
        'udf-memory',
        `'${this.name}' got no room for its columns (${wanted} bytes): ${allocateExport} returned 0, or a place outside its memory`,
      );
    this.#room = { address: start, bytes: wanted - (start - address) };
  }

  #instance(): GuestInstance {
    if (this.#running === undefined) {
      this.#running = startGuest(this.#module, this.name, this.#memory.memory);
      this.#room = { address: 0, bytes: 0 };
    }
    return this.#running;
  }
}
