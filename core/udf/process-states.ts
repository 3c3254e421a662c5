import { type Field, storageOf } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { ProcessState } from '../plan/tabular-shapes.ts';
import { guarded } from '../wasm/guards.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { isText } from './signature.ts';
import { recordBytes, slotBytes, slotOffsets } from './table-signature.ts';
import { firstBadText, type TextKernels } from './text-check.ts';

/**
 * How states lie in a row of the engine's: for each the time it was last written to (i64 ms; 0: there is none), its NULL bits, and a slot of 8 bytes a field,
 * 16 for text and long decimals.
 */
export interface StatePayload {
  readonly bytes: number;
  readonly viewOffsets: readonly number[];
  readonly states: readonly StatePlaces[];
}
interface StatePlaces {
  readonly state: ProcessState;
  readonly offset: number;
  /** Of the fields, in the payload. */
  readonly fields: readonly number[];
  /** The same bytes in the module's memory. */
  readonly flat: boolean;
  /** Of the record in the module's memory. */
  readonly size: number;
  readonly slots: readonly number[];
  readonly empty: Uint8Array;
}

const payloadSlotBytes = (field: Field): number => (isText(field.type) ? 16 : slotBytes(field));

export function statePayload(states: readonly ProcessState[]): StatePayload {
  let at = 0;
  const places = states.map((state): StatePlaces => {
    const offset = at;
    at += 16;
    const fields = state.columns.map(field => {
      at += payloadSlotBytes(field);
      return at - payloadSlotBytes(field);
    });
    const size = recordBytes(state.columns);
    const empty = new Uint8Array(size);
    setNulls(empty, 0, state);
    const flat = !state.columns.some(field => isText(field.type));
    return { state, offset, fields, flat, size, slots: slotOffsets(state.columns), empty };
  });
  const viewOffsets = places.flatMap(({ state, fields }) => fields.filter((_, index) => isText(state.columns[index]!.type)));
  return { bytes: at, viewOffsets, states: places };
}

/** A place for bytes in the module's memory. */
export interface GuestRoom {
  readonly buffer: ArrayBuffer;
  /** Address of room for so many bytes, good until the next call of this. */
  room(bytes: number): number;
}

/** Copies states between rows of the engine's and a context in the module's memory. */
export class StateRecords {
  readonly #payload: StatePayload;
  readonly #memory: TaskMemory;
  readonly #kernels: TextKernels;
  readonly #name: string;
  #freedBytes = 0;

  constructor(payload: StatePayload, memory: TaskMemory, kernels: TextKernels, functionName: string) {
    this.#payload = payload;
    this.#memory = memory;
    this.#kernels = kernels;
    this.#name = functionName;
  }

  /**
   * Writes the states of the payload at `payload` to the records at `target`; those that `isExpired` begin anew. Whether there is none.
   */
  load(payload: number, guest: GuestRoom, target: number, isExpired: (state: number, writtenMs: number) => boolean): boolean {
    let fresh = true;
    let record = target;
    const texts: { readonly view: number; readonly slot: number; readonly bytes: number }[] = [];
    const { u8, u32, i32 } = this.#memory;
    const to = new Uint8Array(guest.buffer);
    const { states } = this.#payload;
    for (let index = 0; index < states.length; index++) {
      const { state, offset, fields, flat, size, slots, empty } = states[index]!;
      const at = payload + offset;
      const writtenMs = i32[(at + 4) >> 2]! * 4294967296 + u32[at >> 2]!;
      const exists = writtenMs > 0 && !isExpired(index, writtenMs);
      if (!exists) to.set(empty, record);
      else if (flat) copyBytes(u8, at + 8, to, record, size);
      else {
        to.set(u8.subarray(at + 8, at + 16), record);
        for (const [place, slot] of slots.entries()) {
          const from = payload + fields[place]!;
          if (isText(state.columns[place]!.type)) texts.push({ view: from, slot: record + slot, bytes: u32[from >> 2]! });
          else to.set(u8.subarray(from, from + slotBytes(state.columns[place]!)), record + slot);
        }
      }
      fresh &&= !exists;
      record += size;
    }
    if (texts.length > 0) this.#loadTexts(texts, guest);
    return fresh;
  }

  #loadTexts(texts: readonly { readonly view: number; readonly slot: number; readonly bytes: number }[], guest: GuestRoom): void {
    const total = texts.reduce((sum, { bytes }) => sum + bytes, 0);
    let address = total === 0 ? 0 : guest.room(total);
    const { u8, u32 } = this.#memory;
    const to = new Uint8Array(guest.buffer);
    const words = new DataView(guest.buffer);
    for (const { view, slot, bytes } of texts) {
      const from = bytes <= limits.stringInlineBytes ? view + 4 : u32[(view >> 2) + 2]!;
      to.set(u8.subarray(from, from + bytes), address);
      words.setUint32(slot, address, true);
      words.setUint32(slot + 4, bytes, true);
      address += bytes;
    }
  }

  /**
   * Writes the records at `source` to the payload, but for states with a bit in `cleared`. `heap` gives a place for long text.
   * Returns whether there is anything left, and how many bytes of long text in the heap nobody needs any more.
   * @throws TidemillError `udf-result`: text that lies outside the module's memory, or is not UTF-8.
   */
  store(
    payload: number,
    buffer: ArrayBuffer,
    source: number,
    nowMs: number,
    cleared: number,
    heap: (bytes: number) => number,
  ): { readonly some: boolean; readonly freedBytes: number } {
    this.#freedBytes = 0;
    const from = new Uint8Array(buffer);
    const words = new DataView(buffer);
    let some = false;
    let record = source;
    const { states } = this.#payload;
    for (let index = 0; index < states.length; index++) {
      const { state, offset, fields, flat, size, slots } = states[index]!;
      const at = payload + offset;
      const keeps = (cleared & (1 << index)) === 0 && !isEmpty(from, record, states[index]!);
      this.#writeMs(at, keeps ? Math.max(nowMs, 1) : 0);
      some ||= keeps;
      if (flat && keeps) copyBytes(from, record, this.#memory.u8, at + 8, size);
      else if (!flat) {
        this.#memory.u8.set(from.subarray(record, record + 8), at + 8);
        for (const [place, slot] of slots.entries()) {
          const to = payload + fields[place]!;
          const column = state.columns[place]!;
          const isNull = (from[record + (place >> 3)]! & (1 << (place & 7))) !== 0;
          if (!isText(column.type)) this.#memory.u8.set(from.subarray(record + slot, record + slot + slotBytes(column)), to);
          else if (!keeps || isNull) this.#clear(to);
          else
            this.#storeText(
              to,
              from,
              words.getUint32(record + slot, true),
              words.getUint32(record + slot + 4, true),
              column,
              heap,
            );
        }
      }
      record += size;
    }
    return { some, freedBytes: this.#freedBytes };
  }

  /** Whether the payload has no state. */
  isEmpty(payload: number): boolean {
    const { u32 } = this.#memory;
    return this.#payload.states.every(
      ({ offset }) => u32[(payload + offset) >> 2] === 0 && u32[(payload + offset + 4) >> 2] === 0,
    );
  }

  /** A view of nothing. */
  #clear(view: number): void {
    const bytes = this.#memory.u32[view >> 2]!;
    if (bytes > limits.stringInlineBytes) this.#freedBytes += bytes;
    this.#memory.u8.fill(0, view, view + 16);
  }

  #storeText(
    view: number,
    from: Uint8Array,
    address: number,
    bytes: number,
    column: Field,
    heap: (bytes: number) => number,
  ): void {
    if (guarded('state-bounds') && bytes > 0 && address + bytes > from.length)
      throw new TidemillError(
        'udf-result',
        `'${this.#name}' left text in its state (${column.name}) that lies outside its memory`,
      );
    const text = from.subarray(address, address + bytes);
    if (bytes > limits.stringInlineBytes && this.#isSame(view, text)) return;
    this.#clear(view);
    const place = bytes > limits.stringInlineBytes ? heap(bytes) : view + 4;
    const { u8, u32 } = this.#memory;
    u8.set(text, place);
    if (bytes > limits.stringInlineBytes) {
      u8.set(text.subarray(0, 4), view + 4);
      u32[(view >> 2) + 2] = place;
    }
    u32[view >> 2] = bytes;
    if (column.type.kind === 'VARCHAR' && firstBadText(this.#kernels, 1, view) !== undefined)
      throw new TidemillError('udf-result', `'${this.#name}' left text in its state (${column.name}) that is not UTF-8`, {
        hint: 'Declare the column BYTES, or keep text in UTF-8.',
      });
  }

  /** Long text that is there already is not put into the heap again. */
  #isSame(view: number, text: Uint8Array): boolean {
    const { u8, u32 } = this.#memory;
    if (u32[view >> 2] !== text.length) return false;
    const place = u32[(view >> 2) + 2]!;
    for (let index = 0; index < text.length; index++) if (u8[place + index] !== text[index]) return false;
    return true;
  }

  #writeMs(at: number, ms: number): void {
    const high = Math.floor(ms / 4294967296);
    this.#memory.u32[at >> 2] = ms - high * 4294967296;
    this.#memory.i32[(at >> 2) + 1] = high;
  }
}

/** Records are short: a loop is quicker than making views of them. */
function copyBytes(from: Uint8Array, at: number, to: Uint8Array, target: number, bytes: number): void {
  for (let index = 0; index < bytes; index++) to[target + index] = from[at + index]!;
}

/** Fields begin as NULL where they may be. */
function setNulls(bytes: Uint8Array, record: number, state: ProcessState): void {
  for (const [place, { type }] of state.columns.entries()) if (type.nullable) bytes[record + (place >> 3)]! |= 1 << (place & 7);
}

/** A state that is as it begins is none: NULLs, or zeros and empty text. */
function isEmpty(bytes: Uint8Array, record: number, { state, slots: offsets }: StatePlaces): boolean {
  return state.columns.every((field, place) => {
    if (field.type.nullable) return (bytes[record + (place >> 3)]! & (1 << (place & 7))) !== 0;
    // of text the length, behind its address
    const from = record + offsets[place]! + (isText(field.type) ? 4 : 0);
    const storage = storageOf(field.type);
    const narrow = storage === 'i8' || storage === 'i16' || storage === 'i32' || storage === 'f32' || storage === 'view';
    const size = narrow ? 4 : slotBytes(field);
    for (let index = from; index < from + size; index++) if (bytes[index] !== 0) return false;
    return true;
  });
}

/** The storage of a state's fields, for whoever reads checkpoints. */
export const stateColumns = (payload: StatePayload) =>
  payload.states.flatMap(({ state, fields }) =>
    state.columns.flatMap((field, index) =>
      ['i64', 'f64'].includes(storageOf(field.type)) || isText(field.type) || storageOf(field.type) === 'i128'
        ? [{ name: `${state.name}.${field.name}`, type: field.type, offsetBytes: fields[index]! }]
        : [],
    ),
  );
