import type { Column } from '../columnar/batch.ts';
import { storageBytes, storageOf } from '../columnar/types.ts';
import { internalError, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { guarded } from '../wasm/guards.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { EndlessWork } from './endless.ts';
import { type GuestInstance, startGuest, trapSite } from './guest-instance.ts';
import type { UdfModule } from './load-udf.ts';
import { allocateExport, exportNames, trapStates } from './loop-target.ts';
import { contextFlags, contextPlaces, type ProcessFrame, processFrame } from './process-frame.ts';
import { canSwitchPartitions } from './process-partitions.ts';
import { contextBytes, type ProcessSignature } from './process-signature.ts';
import type { GuestRoom } from './process-states.ts';
import { recordBytes } from './table-signature.ts';
import { columnTextHint, firstBadText, type TextKernels } from './text-check.ts';
import {
  badTimerRequest,
  isTimerNameTooLong,
  type TimerRequest,
  timeMsMax,
  timerAction,
  timerRequest,
} from './timer-requests.ts';
import { trapError } from './traps.ts';

export interface Attention {
  readonly requests: readonly TimerRequest[];
  /** Bit i: state i is cleared. */
  readonly cleared: number;
}

/** The rows of a batch as a process function gets them. */
export interface ProcessRows {
  readonly arguments: readonly Column[];
  /** Address of one u32 a row: the order in which they are given. */
  readonly order: number;
  /** Address of one i8 a row, or 0. */
  readonly weights: number;
  /** Address of one i64 a row, or 0, and how many of its units a millisecond has. */
  readonly times: number;
  readonly unitsPerMs: number;
}

/** Rows that were made, in the arena. */
export interface ProcessedRows {
  readonly count: number;
  /** Address of one u32 a row: the row it was made for. */
  readonly picks: number;
  readonly columns: readonly Column[];
}

/**
 * A process table function of one operator: rows and timers of one partition at a time, with its states in the context's records.
 * Calls stop when the output is full, and go on with the next output.
 */
export class ProcessUdf implements GuestRoom {
  readonly signature: ProcessSignature;
  readonly #module: UdfModule;
  readonly #memory: TaskMemory;
  readonly #kernels: TextKernels;
  readonly #contextSize: number;
  readonly #frame: ProcessFrame;
  readonly #work: EndlessWork;
  /** The row that the last call ended at. */
  #rowAt = -1;
  #running: GuestInstance | undefined;
  #globals: Readonly<Record<Part, WebAssembly.Global>> | undefined;
  #view: DataView | undefined;
  #context = 0;
  /** Of the row that comes next. */
  #flags = 0;
  #room = { address: 0, bytes: 0 };
  #out:
    | { readonly frame: number; readonly picks: number; readonly columns: readonly Column[]; readonly capacity: number }
    | undefined;
  #textRoom: number = limits.udfTextHeapBytesMin;

  /** @throws TidemillError `udf-export` when the module has no such function. */
  constructor(module: UdfModule, functionName: string, memory: TaskMemory, options: { readonly kernels: TextKernels }) {
    const found = module.tabular.find(entry => entry.kind === 'process' && entry.name === functionName);
    if (found?.kind !== 'process')
      throw new TidemillError('udf-export', `${module.name} has no process table function '${functionName}'`);
    this.signature = found;
    this.#module = module;
    this.#memory = memory;
    this.#kernels = options.kernels;
    this.#frame = processFrame(found);
    this.#work = new EndlessWork(functionName, module.limits);
    this.#contextSize = found.states.reduce((sum, { columns }) => sum + recordBytes(columns), contextBytes);
  }

  /** Address of the states' records. */
  get records(): number {
    this.#instance();
    return this.#context + contextBytes;
  }
  get buffer(): ArrayBuffer {
    return this.#instance().memory!.buffer as ArrayBuffer;
  }

  room(bytes: number): number {
    if (bytes > this.#room.bytes) this.#room = { address: this.#allocate(2 * bytes), bytes: 2 * bytes };
    return this.#room.address;
  }

  /** An output batch of at most so many rows begins. */
  open(capacity: number, rows?: ProcessRows): void {
    const { arena } = this.#memory;
    const frameOf = this.#frame;
    const frame = arena.allocateZeroed(frameOf.bytes);
    const picks = arena.allocate(4 * capacity);
    const bitmap = ((capacity + 63) >>> 6) * 8;
    const columns = this.signature.columns.map(({ type }): Column => {
      const validity = type.nullable ? arena.allocate(bitmap) : 0;
      if (type.nullable) this.#memory.u8.fill(255, validity, validity + bitmap);
      return { type, validity, data: arena.allocate(capacity * storageBytes(storageOf(type))) };
    });
    const words = this.#memory.u32;
    for (const [index, { data, validity }] of (rows?.arguments ?? []).entries())
      words.set([data, validity], (frame + 8 * index) >>> 2);
    words.set([picks, rows?.order ?? 0], (frame + frameOf.picks) >>> 2);
    for (const [index, { data, validity }] of columns.entries())
      words.set([data, validity], (frame + frameOf.column(index)) >>> 2);
    words.set([rows?.weights ?? 0, rows?.times ?? 0, rows?.unitsPerMs ?? 1, this.#flags], (frame + frameOf.weights) >>> 2);
    this.#out = { frame, picks, columns, capacity };
    this.#textRoom = limits.udfTextHeapBytesMin;
    this.#set('made', 0);
  }

  get made(): number {
    return this.#get('made');
  }

  /** The rows made since {@link open}. @throws TidemillError `udf-result`: text that is not UTF-8. */
  finish(): ProcessedRows {
    const { picks, columns } = this.#opened();
    const count = this.made;
    for (const { type, data } of columns)
      if (type.kind === 'VARCHAR' && firstBadText(this.#kernels, count, data) !== undefined)
        throw new TidemillError('udf-result', `'${this.signature.name}' returned bytes that are not UTF-8`, {
          hint: columnTextHint,
        });
    return { count, picks, columns };
  }

  /** Before the first row or timer of a partition: what the context says besides the row. */
  begin(at: { readonly hasTime: boolean; readonly watermarkMs: number; readonly fresh: boolean; readonly from: number }): void {
    const context = this.#contextView();
    const { frame } = this.#opened();
    const hasWatermark = Number.isFinite(at.watermarkMs);
    const watermark = hasWatermark ? at.watermarkMs : at.watermarkMs > 0 ? timeMsMax : -timeMsMax;
    setInt64(context, contextPlaces.watermark, watermark);
    setInt64(context, contextPlaces.time, 0);
    const known = hasWatermark || at.watermarkMs > 0;
    const flags =
      (at.hasTime ? contextFlags.time : 0) | (known ? contextFlags.watermark : 0) | (at.fresh ? contextFlags.fresh : 0);
    this.#flags = flags;
    this.#memory.u32[(frame + this.#frame.flags) >>> 2] = flags;
    context.setUint32(contextPlaces.flags, flags, true);
    context.setUint32(contextPlaces.nameAddress, 0, true);
    context.setUint32(contextPlaces.nameBytes, 0, true);
    context.setInt32(contextPlaces.weight, 1, true);
    this.#clearAttention(context);
    this.#set('left', 0);
    this.#set('more', 0);
    this.#set('next', at.from);
  }

  /** Goes on with the rows up to order[to). `attention`: do what {@link attention} says, then call again. */
  rows(to: number): 'attention' | 'full' | 'done' {
    this.#run('row', exportNames.process(this.signature.name), to);
    this.#flags = this.#memory.u32[(this.#opened().frame + this.#frame.flags) >>> 2]!;
    if (this.#wantsAttention()) return 'attention';
    return this.#endOf(to);
  }

  #endOf(to: number): 'full' | 'done' {
    const next = this.#get('next');
    const isOpen = this.#get('left') > 0 || this.#get('more') > 0;
    this.#work.made(this.made, !isOpen || next !== this.#rowAt);
    this.#rowAt = next;
    return isOpen || next < to ? 'full' : 'done';
  }

  /** {@link partitions} can be called. */
  get canSwitchPartitions(): boolean {
    return canSwitchPartitions(this.signature.states);
  }

  /**
   * Goes on with rows of any partitions up to `to`, in the order of the batch. Their states lie `offset` bytes behind the addresses at `rows`; they are loaded, and
   * stored at `nowMs`. `emptied`: how often nothing was left of a partition's states.
   */
  partitions(
    to: number,
    states: { readonly rows: number; readonly offset: number; readonly nowMs: number },
  ): { readonly result: 'attention' | 'full' | 'done'; readonly emptied: number } {
    let emptied = 0;
    const now = BigInt(Math.max(states.nowMs, 1));
    const exported = exportNames.partitions(this.signature.name);
    this.#run('row', exported, to, call => {
      emptied += call(states.rows, states.offset, now);
    });
    if (this.#wantsAttention()) return { result: 'attention', emptied };
    return { result: this.#endOf(to), emptied };
  }

  /** A timer is due; `name` is its bytes. After `full` it is called again with `begins` false. */
  timer(begins: boolean, timeMs: number, name: Uint8Array, pick: number): 'attention' | 'full' | 'done' {
    if (begins) {
      this.#work.fires();
      // behind the states' records
      const address = name.length === 0 ? 0 : this.#context + this.#contextSize;
      if (name.length > 0) new Uint8Array(this.buffer).set(name, address);
      const context = new DataView(this.buffer, this.#context, this.#contextSize);
      setInt64(context, contextPlaces.time, timeMs);
      context.setUint32(contextPlaces.nameAddress, address, true);
      context.setUint32(contextPlaces.nameBytes, name.length, true);
    }
    this.#instance().row.value = pick;
    this.#run('timer', exportNames.timer(this.signature.name), begins ? 1 : 0);
    const isOpen = this.#get('left') > 0 || this.#get('more') > 0;
    this.#work.made(this.made, begins || !isOpen);
    if (isOpen) return 'full';
    return this.#wantsAttention() ? 'attention' : 'done';
  }

  /** Timers begin to fire, with so many set. */
  beginTimers(set: number): void {
    this.#work.beginTimers(set);
  }

  /** What the last call asked for; it counts as done from now on. @throws TidemillError `udf-result` for requests that make no sense. */
  attention(): Attention {
    const bytes = new Uint8Array(this.buffer);
    const words = new DataView(this.buffer);
    const context = this.#context;
    const cleared = words.getUint32(context + contextPlaces.cleared, true);
    const address = words.getUint32(context + contextPlaces.requests, true);
    const count = words.getUint32(context + contextPlaces.requestCount, true);
    const checked = guarded('timer-requests');
    const functionName = this.signature.name;
    if (checked && count > limits.udfTimerRequestsMax)
      throw this.#badRequest(`asks for ${count} timers at once; at most ${limits.udfTimerRequestsMax} can be`);
    if (checked && address + 24 * count > bytes.length) throw this.#badRequest('has timer requests outside its memory');
    const requests = Array.from({ length: count }, (_, index): TimerRequest => {
      const at = address + 24 * index;
      const kind = timerAction(functionName, words.getUint32(at + 16, true));
      const [start, length] = [words.getUint32(at + 8, true), words.getUint32(at + 12, true)];
      if (kind === 'clear-all') return { kind, timeMs: 0, name: new Uint8Array() };
      if (checked && (isTimerNameTooLong(length) || start + length > bytes.length))
        throw this.#badRequest(
          `gives a timer a name of more than ${limits.udfTimerNameBytesMax} bytes, or one outside its memory`,
        );
      return timerRequest(functionName, kind, Number(words.getBigInt64(at, true)), bytes.slice(start, start + length));
    });
    this.#clearAttention(new DataView(this.buffer, context, this.#contextSize));
    return { requests, cleared };
  }

  #badRequest(what: string): TidemillError {
    return badTimerRequest(this.signature.name, what);
  }

  #wantsAttention(): boolean {
    if (this.#get('left') > 0 || this.#get('more') > 0) return false;
    const words = this.#contextView();
    return words.getUint32(contextPlaces.requestCount, true) !== 0 || words.getUint32(contextPlaces.cleared, true) !== 0;
  }

  #clearAttention(context: DataView): void {
    context.setUint32(contextPlaces.requests, 0, true);
    context.setUint32(contextPlaces.requestCount, 0, true);
    context.setUint32(contextPlaces.cleared, 0, true);
  }

  /** `more`: calls with further arguments. */
  #run(
    what: 'row' | 'timer',
    exported: string,
    first: number,
    more: (call: (...rest: readonly (number | bigint)[]) => number) => void = call => void call(),
  ): void {
    const running = this.#instance();
    const { frame, capacity } = this.#opened();
    const { fuelPerBatch, fuelPerRow } = this.#module.limits;
    const rows = what === 'row' ? Math.max(0, first - this.#get('next')) : 1;
    const fuelGiven = BigInt(fuelPerBatch + fuelPerRow * (rows + capacity));
    running.fuel.value = fuelGiven;
    try {
      for (let begins = first; ; ) {
        const loop = running.exports[exported] as (...given: readonly (number | bigint)[]) => number;
        more((...rest) => loop(begins, frame, capacity, ...rest));
        if (Number(running.state.value) !== trapStates.heapFull) return;
        this.#placeText(running, frame);
        if (what === 'timer') begins = 0;
      }
    } catch (cause) {
      throw this.#failed(running, cause, fuelGiven, what === 'row' ? Number(running.row.value) : undefined);
    }
  }

  #placeText(running: GuestInstance, frame: number): void {
    const bytes = Number(BigInt.asUintN(64, running.pending.value as bigint) >> 32n);
    this.#textRoom = Math.max(2 * bytes, 2 * this.#textRoom);
    const place = this.#memory.arena.allocate(this.#textRoom);
    this.#memory.u32.set([place, place + this.#textRoom], (frame + processFrame(this.signature).heap) >>> 2);
    running.state.value = trapStates.none;
  }

  #instance(): GuestInstance {
    if (this.#running === undefined) {
      this.#running = startGuest(this.#module, this.signature.name, this.#memory.memory);
      this.#room = { address: 0, bytes: 0 };
      this.#view = undefined;
      const { exports } = this.#running;
      const global = (part: Part): WebAssembly.Global => exports[exportNames.block(part)] as WebAssembly.Global;
      this.#globals = { left: global('left'), more: global('more'), made: global('made'), next: global('next') };
      this.#context = this.#allocate(this.#contextSize + limits.udfTimerNameBytesMax);
      (this.#running.exports[exportNames.block('context')] as WebAssembly.Global).value = this.#context;
    }
    return this.#running;
  }

  /** Room in the module's memory, for good. */
  #allocate(bytes: number): number {
    const running = this.#instance();
    const fuelGiven = BigInt(this.#module.limits.fuelPerBatch);
    running.fuel.value = fuelGiven;
    let address: number;
    try {
      address = Number((running.exports[exportNames.own(allocateExport)] as (bytes: number) => number)(bytes)) >>> 0;
    } catch (cause) {
      throw this.#failed(running, cause, fuelGiven, undefined);
    }
    const outside = address === 0 || address % 8 !== 0 || address + bytes > running.memory!.buffer.byteLength;
    if (outside && guarded('allocation-bounds'))
      throw new TidemillError(
        'udf-memory',
        `'${this.signature.name}' got no room for its state: ${allocateExport} returned 0, a place outside its memory, or one that is no multiple of 8`,
      );
    return address;
  }

  #failed(running: GuestInstance, cause: unknown, fuelGiven: bigint, row: number | undefined): TidemillError {
    this.#running = undefined;
    const fuelLeft = running.fuel.value as bigint;
    const state = Number(running.state.value);
    const place = row === undefined ? 'in a timer' : undefined;
    const functionName = this.signature.name;
    return trapError(
      cause,
      trapSite(this.#module, { functionName, row, place, fuelLeft, fuelGiven, state, printed: running.printed() }),
    );
  }

  #opened() {
    if (this.#out === undefined) throw internalError('no output was opened');
    return this.#out;
  }
  #get(part: Part): number {
    this.#instance();
    return (this.#globals![part].value as number) >>> 0;
  }
  #set(part: Part, value: number): void {
    this.#instance();
    this.#globals![part].value = value;
  }
  /** A view of the context, made anew when the memory has grown. */
  #contextView(): DataView {
    const { buffer } = this;
    if (this.#view === undefined || this.#view.buffer !== buffer)
      this.#view = new DataView(buffer, this.#context, this.#contextSize);
    return this.#view;
  }
}

type Part = 'left' | 'more' | 'made' | 'next';

function setInt64(view: DataView, offset: number, value: number): void {
  const high = Math.floor(value / 4294967296);
  view.setUint32(offset, value - high * 4294967296, true);
  view.setInt32(offset + 4, high, true);
}
