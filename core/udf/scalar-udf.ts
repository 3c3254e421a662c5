import type { Column } from '../columnar/batch.ts';
import { type SqlType, storageBytes, storageOf, withNullable } from '../columnar/types.ts';
import { internalError, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { guarded } from '../wasm/guards.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { FunctionFailures, OnError } from './failures.ts';
import { startGuest, trapSite } from './guest-instance.ts';
import { findUdfFunction, type UdfFunction, type UdfModule } from './load-udf.ts';
import { charactersOffset, exportNames, frameBytes, heapOffset, heapWordsBytes, trapStates } from './loop-target.ts';
import { rowErrorMessage } from './result-place.ts';
import { argumentHasFlag, isText } from './signature.ts';
import { firstBadText, resultTextHint, type TextKernels } from './text-check.ts';
import { placeText } from './text-results.ts';
import { trapError } from './traps.ts';

export interface ScalarUdfOptions {
  /** Of the same memory; wanted by functions that make text, which is checked to be UTF-8. */
  readonly kernels?: TextKernels | undefined;
  /** What a trap does: fail the job, or make the row NULL and count it. */
  readonly onTrap?: OnError | undefined;
  readonly failures?: FunctionFailures | undefined;
}

export interface ScalarCall {
  readonly rows: number;
  readonly arguments: readonly Column[];
  /**
   * Address of a byte per row, 0 = the row is not wanted; or 0 for all rows. Readable for 64 bytes past its end, as all of an arena is.
   * Rows not wanted get harmless data and the validity of their arguments.
   */
  readonly selection: number;
  /** Where the result goes; validity 0 only if {@link ScalarUdf.needsValidity} says so, else a bitmap in whole 8-byte words. */
  readonly result: { readonly data: number; readonly validity: number };
}

interface Running {
  readonly fuel: WebAssembly.Global;
  readonly row: WebAssembly.Global;
  readonly state: WebAssembly.Global;
  readonly pending: WebAssembly.Global;
  readonly printed: () => string;
  readonly guest: WebAssembly.Memory | undefined;
  readonly prepare: (rows: number, frame: number) => void;
  readonly loop: (start: number, end: number, selection: number, frame: number) => void;
}

/**
 * A scalar user function of one task. The module is instantiated at the first call, with a memory of its own; after a trap the instance is
 * dropped, since its state can be anything.
 *
 * @example
 * const late = new ScalarUdf(module, 'late', taskMemory, { onTrap: 'null' });
 * const column = late.call(batch.length, [batch.columns[1]], 0);
 */
export class ScalarUdf {
  readonly name: string;
  readonly function: UdfFunction;
  readonly #module: UdfModule;
  readonly #memory: TaskMemory;
  readonly #onTrap: OnError;
  readonly #failures: FunctionFailures | undefined;
  readonly #strict: readonly boolean[];
  readonly #kernels: ScalarUdfOptions['kernels'];
  /** The result is text or bytes; of bytes nothing is checked. */
  readonly #makesViews: boolean;
  readonly #makesText: boolean;
  #running: Running | undefined;

  /** @throws TidemillError `udf-export` when the module has no such function. */
  constructor(module: UdfModule, functionName: string, memory: TaskMemory, options: ScalarUdfOptions = {}) {
    this.function = findUdfFunction(module, functionName);
    this.name = functionName;
    this.#module = module;
    this.#memory = memory;
    this.#onTrap = options.onTrap ?? 'fail';
    this.#failures = options.failures;
    this.#kernels = options.kernels;
    this.#makesViews = isText(this.function.result);
    this.#makesText = this.function.result.kind === 'VARCHAR';
    if (this.#makesText && options.kernels === undefined)
      throw internalError(`'${functionName}' makes text, and nobody checks it`);
    this.#strict = this.function.arguments.map((_, index) => !argumentHasFlag(this.function, index));
  }

  /** The result's type over these argument types: nullable as well when a NULL can come in or a trap makes one. */
  resultType(argumentTypes: readonly SqlType[]): SqlType {
    const nullable =
      this.#onTrap === 'null' || argumentTypes.some((type, index) => type.nullable && this.#strict[index] === true);
    return nullable ? withNullable(this.function.result, true) : this.function.result;
  }

  /** Whether a call with these columns must be given a validity bitmap for its result. */
  needsValidity(columns: readonly Column[]): boolean {
    return (
      this.#onTrap === 'null' ||
      this.function.makesNulls ||
      columns.some((column, index) => column.validity !== 0 && this.#strict[index] === true)
    );
  }

  /** Computes a result column in the task's arena. See {@link ScalarCall} for the arguments. */
  call(rows: number, columns: readonly Column[], selection: number): Column {
    const { arena } = this.#memory;
    const needsValidity = this.needsValidity(columns);
    const type = needsValidity ? withNullable(this.function.result, true) : this.function.result;
    const data = arena.allocate(rows * storageBytes(storageOf(type)));
    const validity = needsValidity ? arena.allocate(((rows + 63) >>> 6) * 8) : 0;
    this.callInto({ rows, arguments: columns, selection, result: { data, validity } });
    return { type, data, validity };
  }

  /**
   * Computes into given places of the task's memory.
   * @throws TidemillError `udf-trap`, `udf-fuel`, `udf-stack`, `udf-memory`, `udf-result`, naming the function, the row and the limit.
   */
  callInto(call: ScalarCall): void {
    const { rows } = call;
    const count = this.function.arguments.length;
    if (call.arguments.length !== count)
      throw internalError(`'${this.name}' takes ${count} arguments and got ${call.arguments.length}`);
    if (call.result.validity === 0 && this.needsValidity(call.arguments))
      throw internalError(`'${this.name}' needs a validity bitmap for its result`);
    if (rows === 0) return;
    const { arena } = this.#memory;
    const mark = arena.mark();
    try {
      const frame = arena.allocate(frameBytes(count) + (this.#makesViews ? heapWordsBytes : 0));
      if (this.#makesViews)
        this.#memory.u32.fill(0, (frame + heapOffset(count)) >>> 2, (frame + heapOffset(count) + heapWordsBytes) >>> 2);
      const words = this.#memory.u32;
      let word = frame >>> 2;
      for (const { data, validity } of [...call.arguments, call.result]) {
        words[word++] = data;
        words[word++] = validity;
      }
      this.#run(call, frame);
      if (this.#makesText && this.#memory.u32[(frame + heapOffset(count) + charactersOffset) >>> 2] !== 0) this.#checkText(call);
    } finally {
      // long texts of the result lie behind the frame
      if (!this.#makesViews) arena.release(mark);
    }
  }

  #run(call: ScalarCall, frame: number): void {
    const { fuelPerBatch, fuelPerRow } = this.#module.limits;
    let fuelGiven = BigInt(fuelPerBatch) + BigInt(fuelPerRow) * BigInt(call.rows);
    let start = 0;
    let fuelTraps = 0;
    for (;;) {
      const running = (this.#running ??= this.#start());
      running.fuel.value = fuelGiven;
      try {
        if (start === 0) running.prepare(call.rows, frame);
        running.loop(start, call.rows, call.selection, frame);
        if (Number(running.state.value) === trapStates.heapFull) {
          const at = Number(running.row.value);
          placeText(this.#memory, running, call.result.data + 16 * at, frame + heapOffset(this.function.arguments.length));
          start = at + 1;
          fuelGiven = running.fuel.value as bigint;
          if (start < call.rows) continue;
        }
        if (Number(running.state.value) === trapStates.rowError) {
          start = this.#rowError(running, call) + 1;
          fuelGiven = running.fuel.value as bigint;
          if (start < call.rows) continue;
        }
        return;
      } catch (cause) {
        if (cause instanceof TidemillError) throw cause;
        if (guarded('instance-dropped')) this.#running = undefined;
        const row = Number(running.row.value);
        const fuelLeft = running.fuel.value as bigint;
        const state = Number(running.state.value);
        const site = trapSite(this.#module, {
          functionName: this.name,
          row,
          fuelLeft,
          fuelGiven,
          state,
          printed: running.printed(),
        });
        const error = trapError(cause, site);
        if (this.#onTrap === 'fail' || error.domain === 'internal' || row < start) throw error;
        // Rows that run out of fuel are dear: a whole job must not crawl along them.
        if (error.code === 'udf-fuel' && ++fuelTraps > limits.udfFuelTrapsPerBatchMax && guarded('fuel-traps')) throw error;
        this.#makeNull(call, row, () => error.message);
        start = row + 1;
        if (start >= call.rows) return;
        fuelGiven = error.code === 'udf-fuel' ? BigInt(fuelPerBatch) : fuelLeft;
      }
    }
  }

  /** The function says that a row has an error: fails the job, or makes the row NULL. Returns the row. */
  #rowError({ pending, row, state, guest }: Running, call: ScalarCall): number {
    const at = Number(row.value);
    const message = (): string => `'${this.name}' in row ${at} of the batch: ${rowErrorMessage(guest, pending.value as bigint)}`;
    if (this.#onTrap === 'fail') throw new TidemillError('udf-error', message());
    state.value = trapStates.none;
    this.#makeNull(call, at, message);
    return at;
  }

  /** What a function says is text may be any bytes. */
  #checkText(call: ScalarCall): void {
    for (let from = 0; from < call.rows; ) {
      const bad = firstBadText(this.#kernels!, call.rows - from, call.result.data + 16 * from);
      if (bad === undefined) return;
      const row = from + bad;
      const message = (): string => `'${this.name}' returned bytes that are not UTF-8 in row ${row} of the batch`;
      if (this.#onTrap === 'fail') throw new TidemillError('udf-result', message(), { hint: resultTextHint });
      this.#makeNull(call, row, message);
      from = row + 1;
    }
  }

  #makeNull(call: ScalarCall, row: number, message: () => string): void {
    this.#failures?.note(this.name, 1, message);
    const bytes = this.#memory.u8;
    const place = call.result.validity + (row >>> 3);
    bytes[place] = bytes[place]! & ~(1 << (row & 7));
    const size = storageBytes(storageOf(this.function.result));
    bytes.fill(0, call.result.data + row * size, call.result.data + (row + 1) * size);
  }

  #start(): Running {
    const guest = startGuest(this.#module, this.name, this.#memory.memory);
    return {
      fuel: guest.fuel,
      row: guest.row,
      state: guest.state,
      pending: guest.pending,
      printed: guest.printed,
      guest: guest.memory,
      prepare: guest.exports[exportNames.prepare(this.name)] as Running['prepare'],
      loop: guest.exports[exportNames.loop(this.name)] as Running['loop'],
    };
  }
}
