import type { Column } from '../columnar/batch.ts';
import { storageBytes, storageOf, withNullable } from '../columnar/types.ts';
import { internalError, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { EndlessWork } from './endless.ts';
import type { FunctionFailures, OnError } from './failures.ts';
import { type GuestInstance, startGuest, trapSite } from './guest-instance.ts';
import type { UdfModule } from './load-udf.ts';
import { exportNames, heapOffset, trapStates } from './loop-target.ts';
import { argumentHasFlag } from './signature.ts';
import { columnOffset, picksOffset, tableFrameBytes } from './table-loop.ts';
import type { TableSignature } from './table-signature.ts';
import { columnTextHint, firstBadText, type TextKernels } from './text-check.ts';
import { trapError } from './traps.ts';

export interface TableUdfOptions {
  /** Of the same memory: what functions say is text is checked to be UTF-8. */
  readonly kernels: TextKernels;
  /** What a trap does: fail the job, or end the rows of its call and count it. */
  readonly onTrap?: OnError | undefined;
  readonly failures?: FunctionFailures | undefined;
}

export interface TableCall {
  readonly rows: number;
  readonly arguments: readonly Column[];
  /** The first call with these rows; else the last one goes on, with the same values. */
  readonly begins: boolean;
  /** A row without rows gives one of NULLs. */
  readonly outer: boolean;
  /** At most so many rows are made. */
  readonly capacity: number;
}

/** Rows that were made, in the arena. */
export interface TableRows {
  readonly count: number;
  /** Address of one u32 a row: which row of the input it is of. */
  readonly picks: number;
  readonly columns: readonly Column[];
  /** No more rows come of this input. */
  readonly done: boolean;
  /** Rows of the input before this one have all their rows. */
  readonly complete: number;
}

/**
 * A table function of one operator. It goes on where it stopped, so that however many rows a call makes, they leave batch by batch.
 *
 * @example
 * const split = new TableUdf(module, 'split', memory, { kernels });
 * const { count, columns, done } = split.call({ rows, arguments: [text], begins: true, outer: false, capacity: 8192 });
 */
export class TableUdf {
  readonly signature: TableSignature;
  readonly #module: UdfModule;
  readonly #memory: TaskMemory;
  readonly #options: TableUdfOptions;
  readonly #work: EndlessWork;
  #complete = 0;
  #running: GuestInstance | undefined;

  /** @throws TidemillError `udf-export` when the module has no such table function. */
  constructor(module: UdfModule, functionName: string, memory: TaskMemory, options: TableUdfOptions) {
    this.signature = findTable(module, functionName);
    this.#module = module;
    this.#memory = memory;
    this.#options = options;
    this.#work = new EndlessWork(functionName, module.limits);
  }

  /**
   * @throws TidemillError `udf-trap`, `udf-fuel`, `udf-stack`, `udf-memory`, `udf-result`, naming the function, the row and the limit.
   */
  call(call: TableCall): TableRows {
    const { arena } = this.#memory;
    const { columns: fields } = this.signature;
    const count = this.signature.arguments.length;
    if (call.arguments.length !== count) throw internalError(`'${this.signature.name}' takes ${count} arguments`);
    const frame = arena.allocate(tableFrameBytes(count, fields.length));
    const picks = arena.allocate(4 * call.capacity);
    const bitmap = ((call.capacity + 63) >>> 6) * 8;
    const columns = fields.map(({ type }): Column => {
      const nullable = type.nullable || call.outer;
      const validity = nullable ? arena.allocate(bitmap) : 0;
      if (nullable) this.#memory.u8.fill(255, validity, validity + bitmap);
      const data = arena.allocate(call.capacity * storageBytes(storageOf(type)));
      return { type: withNullable(type, nullable), validity, data };
    });
    const strict = call.arguments.some((column, index) => column.validity !== 0 && !argumentHasFlag(this.signature, index));
    const asked = strict ? arena.allocate(((call.rows + 63) >>> 6) * 8) : 0;
    const words = this.#memory.u32;
    for (const [index, { data, validity }] of call.arguments.entries()) words.set([data, validity], (frame + 8 * index) >>> 2);
    words.set([picks, asked, 0, 0], (frame + picksOffset(count)) >>> 2);
    for (const [index, { data, validity }] of columns.entries())
      words.set([data, validity], (frame + columnOffset(count, index)) >>> 2);
    const running = this.#run(call, frame);
    const made = partOf(running, 'made');
    for (const [index, { type }] of fields.entries()) if (type.kind === 'VARCHAR') this.#checkText(made, columns[index]!, picks);
    const open = partOf(running, 'left') > 0 || partOf(running, 'more') > 0 || (call.outer && partOf(running, 'given') === 0);
    const next = partOf(running, 'next');
    const complete = open ? next - 1 : next;
    const ended = !open || complete > this.#complete || call.begins;
    this.#complete = complete;
    const goesOn = this.#mayGoOn(made, ended) && open;
    if (open && !goesOn) this.#abandon(running, next);
    return { count: made, picks, columns, done: !goesOn && next >= call.rows, complete: goesOn ? complete : next };
  }

  /** Whether the function may give more rows for its input row; where it must not, and the policy is to go without them, they are counted. */
  #mayGoOn(made: number, ended: boolean): boolean {
    try {
      this.#work.made(made, ended);
      return true;
    } catch (error) {
      if (this.#options.onTrap !== 'null' || !(error instanceof TidemillError)) throw error;
      this.#options.failures?.note(this.signature.name, 1, () => error.message);
      return false;
    }
  }

  /** Goes on with the row behind; what the instance still had to give goes with it. */
  #abandon(running: GuestInstance, next: number): void {
    const made = partOf(running, 'made');
    this.#running = undefined;
    this.#work.made(0, true);
    const fresh = this.#instance();
    begin(fresh, { next, given: 1 });
    set(fresh, 'made', made);
  }

  #run(call: TableCall, frame: number): GuestInstance {
    const { name } = this.signature;
    const { fuelPerBatch, fuelPerRow } = this.#module.limits;
    let running = this.#instance();
    if (call.begins) begin(running, { next: 0, given: 1 });
    set(running, 'made', 0);
    const given = BigInt(fuelPerBatch) + BigInt(fuelPerRow) * BigInt(call.rows - partOf(running, 'next') + call.capacity);
    let fuelTraps = 0;
    let room: number = limits.udfTextHeapBytesMin;
    let fuelGiven = given;
    for (;;) {
      running.fuel.value = fuelGiven;
      const before = partOf(running, 'next');
      try {
        (running.exports[exportNames.prepare(name)] as (rows: number, frame: number) => void)(call.rows, frame);
        (running.exports[exportNames.table(name)] as (rows: number, frame: number, capacity: number, outer: number) => void)(
          call.rows,
          frame,
          call.capacity,
          call.outer ? 1 : 0,
        );
        if (Number(running.state.value) !== trapStates.heapFull) return running;
        room = this.#placeText(running, frame, room);
        fuelGiven = running.fuel.value as bigint;
      } catch (cause) {
        this.#running = undefined;
        const fuelLeft = running.fuel.value as bigint;
        const row = Number(running.row.value);
        const state = Number(running.state.value);
        const error = trapError(
          cause,
          trapSite(this.#module, { functionName: name, row, fuelLeft, fuelGiven, state, printed: running.printed() }),
        );
        if (this.#options.onTrap !== 'null' || error.domain === 'internal') throw error;
        // a trap before any row was asked about comes again
        if (partOf(running, 'next') === 0 || (error.code === 'udf-fuel' && ++fuelTraps > limits.udfFuelTrapsPerBatchMax))
          throw error;
        this.#options.failures?.note(name, 1, () => error.message);
        const old = running;
        running = this.#instance();
        begin(running, { next: Math.max(before, partOf(old, 'next')), given: partOf(old, 'given') });
        set(running, 'made', partOf(old, 'made'));
        running.row.value = row;
        fuelGiven = given;
      }
    }
  }

  /** A new place for long texts, larger each time, so that a record with several of them gets its place; returns its size. */
  #placeText(running: GuestInstance, frame: number, before: number): number {
    const bytes = Number(BigInt.asUintN(64, running.pending.value as bigint) >> 32n);
    const room = Math.max(2 * bytes, 2 * before);
    const place = this.#memory.arena.allocate(room);
    this.#memory.u32.set([place, place + room], (frame + heapOffset(this.signature.arguments.length)) >>> 2);
    running.state.value = trapStates.none;
    return room;
  }

  /** What a function says is text may be any bytes. */
  #checkText(count: number, column: Column, picks: number): void {
    const at = firstBadText(this.#options.kernels, count, column.data);
    if (at === undefined) return;
    const row = this.#memory.u32[(picks >>> 2) + at]!;
    throw new TidemillError(
      'udf-result',
      `'${this.signature.name}' returned bytes that are not UTF-8 for row ${row} of the batch`,
      { hint: columnTextHint },
    );
  }

  #instance(): GuestInstance {
    this.#running ??= startGuest(this.#module, this.signature.name, this.#memory.memory);
    return this.#running;
  }
}

/** A table function of a module by its name. @throws TidemillError `udf-export`. */
export function findTable(module: Pick<UdfModule, 'name' | 'tabular'>, functionName: string): TableSignature {
  const found = module.tabular.find(entry => entry.kind === 'table' && entry.name === functionName);
  if (found?.kind !== 'table') throw new TidemillError('udf-export', `${module.name} has no table function '${functionName}'`);
  return found;
}

type Part = 'cursor' | 'left' | 'more' | 'made' | 'given' | 'next';

const globalOf = (running: GuestInstance, part: Part): WebAssembly.Global =>
  running.exports[exportNames.block(part)] as WebAssembly.Global;
const partOf = (running: GuestInstance, part: Part): number => Number(globalOf(running, part).value) >>> 0;
const set = (running: GuestInstance, part: Part, value: number): void => {
  globalOf(running, part).value = value;
};
const begin = (running: GuestInstance, at: { readonly next: number; readonly given: number }): void => {
  for (const part of ['cursor', 'left', 'more'] as const) set(running, part, 0);
  set(running, 'next', at.next);
  set(running, 'given', at.given);
};
